// The records of one batch while it is open: the only place that changes them, writes them down and tells of them.
// Knows nothing of slots, servers or retries.
import { AppError } from '#contract/errors.ts'
import type { Batch, Item, ItemState } from '#contract/exports.ts'
import type { ErrorValue } from '#contract/errors.ts'
import type { Journal } from './journal.ts'
import { createItemPublisher, noProgress } from './publisher.ts'
import type { ItemProgress } from './publisher.ts'
import { applyEvent } from './record.ts'
import type { BatchHeader, ItemEvent, ItemRecord } from './record.ts'
import { batchStateOf, isTerminal } from './state.ts'
import type { StateCounts } from './state.ts'

export interface BatchBook {
  readonly header: BatchHeader
  readonly records: readonly ItemRecord[]
  /** Errors: not-found for an index that the batch does not have. */
  recordAt(index: number): ItemRecord
  itemAt(index: number): Item
  /** In memory at once, then on the disk: resolves when it is there. Errors: those of the disk. */
  emit(index: number, event: ItemEvent): Promise<void>
  /** What changes while an item runs; published, not written down. */
  progress(index: number, change: Partial<ItemProgress>): void
  summary(pause: { error: ErrorValue | null } | null): Omit<Batch, 'items'>
  isOver(): boolean
  /** What can be started now, oldest footage first, since it is the first that the server overwrites. */
  chooseNext(busy: { has(index: number): boolean }, nowMs: number): Choice
  close(): Promise<void>
}

/** `later`: nothing can be started before that time. */
export type Choice = { kind: 'start'; index: number } | { kind: 'later'; atMs: number } | { kind: 'none' }

export function openBatchBook(
  destination: string,
  header: BatchHeader,
  initial: readonly ItemRecord[],
  journal: Journal,
  options: { now(): number; onItem(item: Item): void },
): BatchBook {
  const records = [...initial]
  const live = new Map<number, ItemProgress>()
  const publisher = createItemPublisher((index) => options.onItem(itemAt(index)))
  const counts: StateCounts = { total: records.length, done: 0, failed: 0, cancelled: 0 }
  for (const record of records) count(record.state, 1)
  const byFootage = records.map((record) => record.index).sort((a, b) => fromOf(header, a) - fromOf(header, b) || a - b)
  let firstOpen = 0

  function count(state: ItemState, change: 1 | -1): void {
    if (state.kind === 'done' || state.kind === 'failed' || state.kind === 'cancelled') counts[state.kind] += change
  }

  function recordAt(index: number): ItemRecord {
    const record = records[index]
    if (!record) throw new AppError('not-found', `This batch has no item ${index}.`)
    return record
  }

  function itemAt(index: number): Item {
    return toItem(header, recordAt(index), live.get(index) ?? noProgress)
  }

  async function emit(index: number, event: ItemEvent): Promise<void> {
    const before = recordAt(index)
    const atMs = options.now()
    const after = applyEvent(before, event, atMs)
    records[index] = after
    if (event.kind === 'startedOver' || event.kind === 'retried') live.delete(index)
    if (after.state !== before.state) {
      count(before.state, -1)
      count(after.state, 1)
      if (event.kind === 'retried') firstOpen = 0
      if (isTerminal(after.state)) live.delete(index)
      publisher.changed(index, false)
    }
    await journal.append(index, event, atMs)
  }

  return {
    header,
    records,
    recordAt,
    itemAt,
    emit,
    progress(index, change) {
      const before = live.get(index) ?? noProgress
      live.set(index, { ...before, ...change, fraction: fractionOf({ ...before, ...change }, change) })
      publisher.changed(index, true)
    },
    summary(pause) {
      const { batchId: id, name, createdAtMs, options: chosen, case: caseRecord } = header
      const state = batchStateOf(counts, pause !== null)
      return {
        id,
        name,
        destination,
        createdAtMs,
        state,
        error: pause?.error ?? null,
        options: chosen,
        case: caseRecord,
      }
    },
    isOver: () => counts.done + counts.failed + counts.cancelled === counts.total,
    chooseNext(busy, nowMs) {
      while (firstOpen < byFootage.length && isTerminal(recordAt(byFootage[firstOpen]!).state)) firstOpen += 1
      return chooseFrom(byFootage.slice(firstOpen, firstOpen + 1_000), records, busy, nowMs)
    },
    async close() {
      publisher.close()
      await journal.close()
    },
  }
}

/** A batch as its folder tells it, while nobody here works on it: one that is not over waits to be resumed. */
export function describeBatch(destination: string, header: BatchHeader, records: readonly ItemRecord[]): Batch {
  const nobody: Journal = { append: () => Promise.resolve(), close: () => Promise.resolve() }
  const book = openBatchBook(destination, header, records, nobody, { now: () => 0, onItem: () => undefined })
  return { ...book.summary({ error: null }), items: records.map((record) => book.itemAt(record.index)) }
}

function chooseFrom(
  open: readonly number[],
  records: readonly ItemRecord[],
  busy: { has(index: number): boolean },
  nowMs: number,
): Choice {
  let nextAtMs = Infinity
  for (const index of open) {
    const state = records[index]?.state
    if (!state || busy.has(index)) continue
    if (state.kind === 'queued') return { kind: 'start', index }
    if (state.kind !== 'waiting' || state.retryAtMs === null) continue
    if (state.retryAtMs <= nowMs) return { kind: 'start', index }
    nextAtMs = Math.min(nextAtMs, state.retryAtMs)
  }
  return nextAtMs === Infinity ? { kind: 'none' } : { kind: 'later', atMs: nextAtMs }
}

function fromOf(header: BatchHeader, index: number): number {
  return header.items[index]?.order.range.fromMs ?? 0
}

function toItem(header: BatchHeader, record: ItemRecord, progress: ItemProgress): Item {
  const { order, cameraName, stem } = header.items[record.index]!
  const { finished, totalBytes } = record.part
  const kept = record.fetched?.sizeBytes ?? finished.reduce((sum, range) => sum + range.end - range.start, 0)
  const isRunning = record.state.kind === 'running'
  return {
    batchId: header.batchId,
    index: record.index,
    order,
    cameraName,
    stem,
    state: record.state.kind === 'running' ? { ...record.state, fraction: progress.fraction } : record.state,
    bytes: Math.max(kept, progress.bytes),
    totalBytes: progress.totalBytes ?? record.fetched?.sizeBytes ?? totalBytes,
    bytesPerSecond: isRunning ? progress.bytesPerSecond : 0,
    attempts: record.orders,
    isPreparing: isRunning && progress.isPreparing,
  }
}

/** A step tells its own fraction; while bytes come, they are it. */
function fractionOf(progress: ItemProgress, change: Partial<ItemProgress>): number | null {
  if (change.fraction !== undefined) return change.fraction
  return progress.totalBytes ? progress.bytes / progress.totalBytes : null
}
