// A batch as plain lines, one per change of state: for logs, pipes and people without a terminal.
import type { Batch, Item } from '#contract/exports.ts'
import { formatBytes } from '../format.ts'
import type { Texts } from '../texts/index.ts'
import { describeItem, describeSummary } from './sentences.ts'
import { phaseOf } from './reporter.ts'
import type { Reporter } from './reporter.ts'

export interface PlainOptions {
  texts: Texts
  print(line: string): void
  /** Beside what was asked for. */
  note(text: string): void
  /** With `isQuiet` only what went wrong is printed. */
  isQuiet: boolean
}

export function createPlainReporter({ texts, print, note, isQuiet }: PlainOptions): Reporter {
  const phases = new Map<number, string>()
  let total = 0
  return {
    begin(batch, left, isResumed) {
      total = batch.items.length
      for (const item of batch.items) phases.set(item.index, phaseOf(item))
      if (!isQuiet) print(describeBegin(batch, left, isResumed, texts))
    },
    item(item) {
      const phase = phaseOf(item)
      if (phases.get(item.index) === phase) return
      phases.set(item.index, phase)
      if (item.state.kind === 'queued' || (isQuiet && item.state.kind !== 'failed')) return
      const width = String(total).length
      print(`[${String(item.index + 1).padStart(width)}/${total}] ${describeItem(item, texts)}`)
    },
    note,
    end(batch) {
      if (!isQuiet) print(describeSummary(batch, texts))
    },
    close() {
      phases.clear()
    },
  }
}

export function describeBegin(batch: Batch, left: number, isResumed: boolean, texts: Texts): string {
  if (!isResumed) return texts.start(batch.items.length, batch.destination)
  return left === 0 ? texts.nothingLeft(batch.destination) : texts.going(left, batch.items.length, batch.destination)
}

/** What a bar of a running item says behind its percentage. */
export function describeBytes(item: Item, texts: Texts): string {
  const done = formatBytes(item.bytes, texts.unit)
  return item.totalBytes === null ? done : `${done} / ${formatBytes(item.totalBytes, texts.unit)}`
}
