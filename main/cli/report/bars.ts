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
/** ECMA-48 EL: from the cursor to the end of the line. */
const clearRight = '\u001b[K'

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
  const tally: Tally = { all: 0, over: 0, sized: 0, sizedBytes: 0, bytes: 0 }
  /** Items at work, in the order in which they began. */
  const active = new Set<number>()
  let lineCount = 0
  let isClosed = false

  const isDrawn = (): boolean => lineCount > 0 && !isClosed
  const columns = (): number => Math.max(20, (stream.columns ?? 80) - 1)
  const paint = (code: number, text: string): string => (hasColor ? `\u001b[${code}m${text}\u001b[39m` : text)

  /** The items at work, then the total right below them, then nothing. */
  function drawLine(line: number): string {
    const shown = [...active].flatMap((index) => items.get(index) ?? [])
    const running = shown.filter(({ state }) => state.kind === 'running')
    const waiting = shown.filter(({ state }) => state.kind === 'waiting')
    const drawn = [...running, ...waiting].slice(0, lineCount - 1)
    const item = drawn[line]
    if (item) return redact(drawItem(item, columns(), texts, paint))
    return line === drawn.length ? fitWidth(drawTotal(tally, running, texts), columns()) : ''
  }

  /** Above the bars; whatever stood on these lines is cleared. */
  function log(mark: string, text: string): void {
    const [first = '', ...others] = wrapText(redact(text), columns() - 2)
    bars.log(`${mark} ${first}${clearRight}\n`)
    for (const line of others) bars.log(`  ${line}${clearRight}\n`)
  }

  return {
    begin(batch, left, isResumed) {
      for (const item of batch.items) remember(item)
      stream.write(`${redact(describeBegin(batch, left, isResumed, texts))}\n`)
      if (left === 0) return
      const room = Math.max(1, Math.min(mostBars, (stream.rows ?? 24) - linesForOthers))
      const wanted = Math.min(batch.options.concurrency, left, room)
      lineCount = wanted + 1
      for (let line = 0; line < lineCount; line += 1) bars.create(1, 0, { draw: () => drawLine(line) })
    },
    item(item) {
      const before = phases.get(item.index)
      remember(item)
      if (item.state.kind === 'running' || item.state.kind === 'waiting') active.add(item.index)
      else active.delete(item.index)
      const isOver = item.state.kind === 'done' || item.state.kind === 'failed' || item.state.kind === 'cancelled'
      if (isOver && before !== phases.get(item.index))
        log(item.state.kind === 'done' ? paint(32, '✓') : paint(31, '✗'), describeItem(item, texts))
    },
    note: (text) => (isDrawn() ? log('·', text) : void stream.write(`${redact(text)}\n`)),
    end(batch: Batch) {
      this.close()
      stream.write(`${redact(describeSummary(batch, texts))}\n`)
    },
    close() {
      if (isClosed) return
      isClosed = true
      if (lineCount === 0) return
      bars.update()
      bars.stop()
    },
  }

  function remember(item: Item): void {
    count(tally, items.get(item.index), -1)
    count(tally, item, 1)
    items.set(item.index, item)
    phases.set(item.index, phaseOf(item))
  }
}

type Paint = (code: number, text: string) => string

/** `Gate north      ████████░░░░  63 %  30.1 MB / 48.2 MB  38.4 Mbit/s`, never wider than the terminal. */
export function drawItem(item: Item, columns: number, texts: Texts, paint: Paint): string {
  const nameColumns = Math.max(12, Math.min(28, Math.floor(columns / 4)))
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

/** Of all items; kept while they change, since a batch may have a hundred thousand. */
export interface Tally {
  all: number
  over: number
  /** Items whose size is known, and their size together. */
  sized: number
  sizedBytes: number
  bytes: number
}

/** Adds (1) or takes out (-1) an item. */
export function count(tally: Tally, item: Item | undefined, change: 1 | -1): void {
  if (item === undefined) return
  tally.all += change
  if (['done', 'failed', 'cancelled'].includes(item.state.kind)) tally.over += change
  if (item.totalBytes !== null) tally.sized += change
  tally.sizedBytes += change * (item.totalBytes ?? 0)
  tally.bytes += change * item.bytes
}

/** Bytes of items whose size is not known yet are guessed from those whose size is. */
export function drawTotal(tally: Tally, running: readonly Item[], texts: Texts): string {
  const rate = running.reduce((sum, item) => sum + item.bytesPerSecond, 0)
  const facts = [texts.total(tally.over, tally.all), formatRate(rate, texts.unit)]
  if (rate > 0 && tally.sized > 0) {
    const leftBytes = Math.max(0, (tally.sizedBytes / tally.sized) * tally.all - tally.bytes)
    facts.push(texts.left(formatDuration((leftBytes / rate) * 1000, texts.unit)))
  }
  return facts.join('  ')
}
