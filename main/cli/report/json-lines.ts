// A batch as JSON lines for programs, in the form of the design ("CLI"). Prints nothing else.
import type { Batch, Item } from '#contract/exports.ts'
import { countItems, mainFileOf, phaseOf } from './reporter.ts'
import type { Reporter } from './reporter.ts'

/** Progress of one item is not printed more often. */
const progressEveryMs = 1000

/** `note`: for words beside the lines, on another stream. */
export function createJsonReporter(
  print: (value: object) => void,
  note: (text: string) => void,
  now: () => number,
): Reporter {
  const printed = new Map<number, { phase: string; atMs: number }>()
  return {
    begin(batch) {
      for (const item of batch.items) if (item.state.kind !== 'queued') this.item(item)
    },
    item(item) {
      const phase = phaseOf(item)
      const last = printed.get(item.index)
      const atMs = now()
      if (last?.phase === phase && (item.state.kind !== 'running' || atMs - last.atMs < progressEveryMs)) return
      printed.set(item.index, { phase, atMs })
      print(itemLine(item))
    },
    note,
    end(batch) {
      print(summaryLine(batch))
    },
    close() {
      printed.clear()
    },
  }
}

export function itemLine(item: Item): object {
  const { state } = item
  const error = 'error' in state ? state.error : null
  return {
    event: 'item',
    index: item.index,
    camera: item.order.cameraId,
    state: state.kind,
    step: state.kind === 'running' || state.kind === 'waiting' ? state.step : null,
    bytes: item.bytes,
    totalBytes: item.totalBytes,
    file: mainFileOf(item),
    ...(error ? { error: { code: error.code, message: error.message } } : {}),
  }
}

export function summaryLine(batch: Batch): object {
  const { done, failed, cancelled, gaps, bytes } = countItems(batch.items)
  return { event: 'summary', done, failed, cancelled, gaps, bytes, destination: batch.destination }
}
