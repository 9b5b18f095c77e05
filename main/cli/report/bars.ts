// A batch as progress bars on a terminal: a line for each running item, one for all, finished ones above. Knows no core.
import { MultiBar } from 'cli-progress'
import type { Batch, Item } from '#contract/exports.ts'
import { fitWidth, formatDuration, formatRate, wrapText } from '../format.ts'
import type { OutputStream } from '../host.ts'
import type { Texts } from '../texts/index.ts'
import { describeBegin, describeBytes } from './plain-lines.ts'
import { phaseOf } from './reporter.ts'
import type { Reporter } from './reporter.ts'
import { describeItem, describeState, describeSummary, nameItem } from './sentences.ts'

export interface BarsOptions {
  texts: Texts
  stream: OutputStream
  /** Without colours where NO_COLOR is set (no-color.org). */
  hasColor: boolean
  redact(text: string): string
}

const redrawsPerSecond = 5
const mostBars = 12
const linesForOthers = 3

export function createBarReporter({ texts, stream, hasColor, redact }: BarsOptions): Reporter {
  const bars = new MultiBar({
    stream,
    fps: redrawsPerSecond,
    hideCursor: true,
    linewrap: false,
    clearOnComplete: true,
    gracefulExit: false,
    forceRedraw: true,
    format: (_options, _state, payload: { draw?: () => string }) => payload.draw?.() ?? '',
  })
  const items = new Map<number, Item>()
  const phases = new Map<number, string>()
  /** Which item each line shows; a line that is free shows nothing. */
  const lines: (number | null)[] = []
  let isClosed = false

  const columns = (): number => Math.max(20, (stream.columns ?? 80) - 1)
  const paint = (code: number, text: string): string => (hasColor ? `\u001b[${code}m${text}\u001b[39m` : text)

  function drawLine(line: number): string {
    const index = lines[line]
    const item = index === null || index === undefined ? undefined : items.get(index)
    return item ? redact(drawItem(item, columns(), texts, paint)) : ''
  }

  return {
    begin(batch, left, isResumed) {
      for (const item of batch.items) remember(item)
      stream.write(`${redact(describeBegin(batch, left, isResumed, texts))}\n`)
      if (left === 0) return
      const room = Math.max(1, Math.min(mostBars, (stream.rows ?? 24) - linesForOthers))
      const wanted = Math.min(batch.options.concurrency, left, room)
      for (let line = 0; line < wanted; line += 1) {
        lines.push(null)
        bars.create(1, 0, { draw: () => drawLine(line) })
      }
      bars.create(1, 0, { draw: () => fitWidth(drawTotal([...items.values()], texts), columns()) })
    },
    item(item) {
      const before = phases.get(item.index)
      remember(item)
      const isShown = item.state.kind === 'running' || item.state.kind === 'waiting'
      const at = lines.indexOf(item.index)
      if (isShown && at < 0) {
        const free = lines.indexOf(null)
        if (free >= 0) lines[free] = item.index
      }
      if (!isShown && at >= 0) lines[at] = null
      const isOver = item.state.kind === 'done' || item.state.kind === 'failed' || item.state.kind === 'cancelled'
      if (isOver && before !== phases.get(item.index)) {
        const color = item.state.kind === 'done' ? 32 : 31
        const [first = '', ...others] = wrapText(redact(describeItem(item, texts)), columns() - 2)
        bars.log(`${paint(color, item.state.kind === 'done' ? '✓' : '✗')} ${first}\n`)
        for (const line of others) bars.log(`  ${line}\n`)
      }
    },
    end(batch: Batch) {
      this.close()
      stream.write(`${redact(describeSummary(batch, texts))}\n`)
    },
    close() {
      if (isClosed) return
      isClosed = true
      if (lines.length === 0) return
      bars.update()
      bars.stop()
    },
  }

  function remember(item: Item): void {
    items.set(item.index, item)
    phases.set(item.index, phaseOf(item))
  }
}

type Paint = (code: number, text: string) => string

/** `Gate north      ████████░░░░  63 %  30.1 MB / 48.2 MB  38.4 Mbit/s`, never wider than the terminal. */
export function drawItem(item: Item, columns: number, texts: Texts, paint: Paint): string {
  const nameColumns = Math.max(8, Math.min(28, Math.floor(columns / 4)))
  const name = fitWidth(nameItem(item), nameColumns, true)
  const { state } = item
  if (state.kind !== 'running') return `${name} ${fitWidth(describeState(item, texts), columns - nameColumns - 1)}`
  const step = item.isPreparing ? texts.state.preparing : texts.state[state.step]
  const facts =
    state.step === 'fetching' && !item.isPreparing
      ? [describeBytes(item, texts), formatRate(item.bytesPerSecond, texts.unit)]
      : [step]
  const percent = state.fraction === null ? '     ' : `${String(Math.floor(state.fraction * 100)).padStart(3)} %`
  const barColumns = Math.max(0, Math.min(24, columns - nameColumns - 36))
  const filled = Math.round((state.fraction ?? 0) * barColumns)
  const bar = paint(36, '█'.repeat(filled)) + '░'.repeat(barColumns - filled)
  const rest = fitWidth(`${percent}  ${facts.join('  ')}`, columns - nameColumns - barColumns - 2)
  return `${name} ${bar} ${rest}`
}

/** Bytes of items whose size is not known yet are guessed from those whose size is. */
export function drawTotal(items: readonly Item[], texts: Texts): string {
  const over = items.filter(({ state }) => ['done', 'failed', 'cancelled'].includes(state.kind)).length
  const rate = items.reduce((sum, item) => sum + (item.state.kind === 'running' ? item.bytesPerSecond : 0), 0)
  const sized = items.filter((item) => item.totalBytes !== null)
  const facts = [texts.total(over, items.length), formatRate(rate, texts.unit)]
  if (rate > 0 && sized.length > 0) {
    const knownBytes = sized.reduce((sum, item) => sum + (item.totalBytes ?? 0), 0)
    const allBytes = (knownBytes / sized.length) * items.length
    const leftBytes = Math.max(0, allBytes - items.reduce((sum, item) => sum + item.bytes, 0))
    facts.push(texts.left(formatDuration((leftBytes / rate) * 1000, texts.unit)))
  }
  return facts.join('  ')
}
