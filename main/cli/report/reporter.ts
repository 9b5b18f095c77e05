// What a way of showing a batch has to do. Knows none of them.
import type { Batch, Item } from '#contract/exports.ts'

export interface Reporter {
  /** Once, before the first item. `left`: items that are not done yet. */
  begin(batch: Batch, left: number, isResumed: boolean): void
  /** After every change of an item, progress too. */
  item(item: Item): void
  /** A word beside the items, such as that the batch is being paused. */
  note(text: string): void
  /** Once, after the last. */
  end(batch: Batch): void
  /** Puts a terminal back as it was; safe to repeat. */
  close(): void
}

export interface Counts {
  done: number
  failed: number
  cancelled: number
  gaps: number
  /** Fetched from the servers. */
  bytes: number
}

export function countItems(items: readonly Item[]): Counts {
  const counts: Counts = { done: 0, failed: 0, cancelled: 0, gaps: 0, bytes: 0 }
  for (const { state, bytes } of items) {
    if (state.kind === 'done') counts.gaps += state.result.gaps.length
    if (state.kind === 'done' || state.kind === 'failed' || state.kind === 'cancelled') counts[state.kind] += 1
    counts.bytes += state.kind === 'done' ? state.result.fetchedBytes : bytes
  }
  return counts
}

/** The file that a person opens: the video, or its viewing copy, relative to the destination. */
export function mainFileOf(item: Item): string | null {
  if (item.state.kind !== 'done') return null
  const { files } = item.state.result
  return (
    (files.find(({ role }) => role === 'video') ?? files.find(({ role }) => role === 'viewing-copy') ?? files[0])
      ?.path ?? null
  )
}

/** Changes when something else than the number of bytes has. */
export function phaseOf({ state, isPreparing }: Item): string {
  switch (state.kind) {
    case 'running':
      return `${state.step} ${isPreparing}`
    case 'waiting':
      return `waiting ${state.step} ${state.error.code} ${state.retryAtMs}`
    default:
      return state.kind
  }
}
