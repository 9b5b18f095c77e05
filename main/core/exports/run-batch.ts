// One batch at work: which item has a slot, pausing, cancelling, retrying, and the batch's own troubles (disk full,
// folder gone). Knows the life of an item only through run-item, and records only through the book.
import { AppError, toErrorValue } from '#contract/errors.ts'
import type { ErrorValue } from '#contract/errors.ts'
import type { Batch } from '#contract/exports.ts'
import { backoffMs } from './decide.ts'
import { destinationTrouble, diskFull, fromDiskError } from './destination.ts'
import type { BatchBook } from './batch-book.ts'
import type { EngineDeps } from './engine-deps.ts'
import { createEvidenceWriter } from './evidence-writer.ts'
import { newFetchMemory } from './fetch-item.ts'
import { removeWorkingFiles } from './publish-item.ts'
import type { ItemEvent } from './record.ts'
import { runItem, toItemError } from './run-item.ts'
import type { ItemMemory } from './run-item.ts'
import { isTerminal } from './state.ts'

export interface BatchRun {
  snapshot(): Batch
  /** Nothing is taken on any more; see `ended`. */
  isEnding(): boolean
  /** Resolves when nothing is fetched any more. */
  pause(): Promise<void>
  resume(): void
  cancel(indexes?: readonly number[]): Promise<void>
  /** Queues what failed or was cancelled again. */
  retry(indexes?: readonly number[]): Promise<void>
  /** Someone signed in or accepted a certificate: what waited for a person goes on. */
  wake(): void
  /** Resolves when every item is terminal and the evidence is written, or when the run was stopped. */
  readonly ended: Promise<void>
  /** Stops without ending anything: the folder can be resumed. Safe to repeat. */
  stop(): Promise<void>
}

interface Slot {
  abort: AbortController
  /** How often the batch had been woken when the work began. */
  wakes: number
  ended: Promise<void>
}

/** Room wanted before a batch that met a full disk goes on. */
const roomToContinueBytes = 32 * 1024 * 1024
const longestTimerMs = 2 ** 31 - 1
const pausedByUs = new AppError('cancelled', 'Paused.')
const stoppedByUs = new AppError('cancelled', 'Stopped.')
const cancelledByUs = new AppError('cancelled', 'Cancelled.')

/** `workFolder`: of this run, relative to the destination; exists. */
export function startBatchRun(destination: string, workFolder: string, book: BatchBook, deps: EngineDeps): BatchRun {
  const { ports } = deps
  const { header } = book
  const memories = new Map<number, ItemMemory>()
  const slots = new Map<number, Slot>()
  const evidence = createEvidenceWriter(() => deps.writeEvidence(destination, header, book.records), ports.log)
  let pauseReason: { error: ErrorValue | null } | null = null
  let isStopped = false
  let wakes = 0
  let hasEnded = false
  let wakeTimer: NodeJS.Timeout | undefined
  let resolveEnded: () => void
  const ended = new Promise<void>((resolve) => (resolveEnded = resolve))
  const allIndexes = header.items.map((_, index) => index)

  async function emit(index: number, event: ItemEvent): Promise<void> {
    try {
      await book.emit(index, event)
    } catch (error) {
      const trouble = fromDiskError(error, destination)
      hold(trouble)
      throw trouble
    }
    if (isTerminal(book.recordAt(index).state)) evidence.schedule()
  }

  /** Keeps what is queued and running until the disk is back; what is on it stays. */
  function hold(trouble: unknown): void {
    if (pauseReason || isStopped) return
    pauseReason = { error: trouble instanceof AppError ? toErrorValue(trouble) : toItemError(trouble, ports.log) }
    ports.log({ level: 'warn', event: 'export.paused', fields: { code: pauseReason.error?.code ?? null } })
    for (const slot of slots.values()) slot.abort.abort(pausedByUs)
    showBatch()
    void continueWhenPossible()
  }

  async function continueWhenPossible(): Promise<void> {
    while (isHeld()) {
      await ports.clock.sleep(ports.deadlines.diskRecheckMs)
      const trouble = await destinationTrouble(destination, roomToContinueBytes)
      // Meanwhile a person may have paused it: then a person resumes it.
      if (!trouble && isHeld()) return resume()
    }
  }

  function isHeld(): boolean {
    return !isStopped && pauseReason !== null && pauseReason.error !== null
  }

  /** A batch is over when its evidence is written, not when its last item is. */
  function summarize(): Omit<Batch, 'items'> {
    const summary = book.summary(pauseReason)
    return book.isOver() && !hasEnded ? { ...summary, state: 'running' } : summary
  }

  function showBatch(): void {
    deps.onBatch(summarize())
  }

  function pump(): void {
    clearTimeout(wakeTimer)
    if (isStopped) return
    if (slots.size === 0 && book.isOver()) return void close(true)
    if (pauseReason) return
    for (;;) {
      const next = book.chooseNext(slots, ports.clock.now())
      if (next.kind === 'later')
        wakeTimer = setTimeout(pump, Math.min(longestTimerMs, Math.max(1, next.atMs - ports.clock.now())))
      if (next.kind !== 'start' || slots.size >= header.options.concurrency) break
      startItem(next.index)
    }
  }

  function startItem(index: number): void {
    const slot: Slot = { abort: new AbortController(), wakes, ended: Promise.resolve() }
    slots.set(index, slot)
    slot.ended = work(index, slot.abort.signal).finally(() => {
      slots.delete(index)
      pump()
    })
  }

  async function work(index: number, signal: AbortSignal): Promise<void> {
    const item = header.items[index]!
    const { serverId } = item.order
    const memory = memories.get(index) ?? { fetch: newFetchMemory(), failedOrders: 0 }
    memories.set(index, memory)
    try {
      const outcome = await runItem({
        ports,
        destination,
        workFolder,
        item,
        options: header.options,
        server: deps.openServer(serverId),
        trusted: () => deps.trustedOf(serverId),
        fetcher: deps.fetcher,
        breaker: deps.breaker,
        locateFfmpeg: deps.locateFfmpeg,
        turnstile: deps.turnstileOf(serverId),
        memory,
        signal,
        record: () => book.recordAt(index),
        emit: (event) => emit(index, event),
        onProgress: (change) => book.progress(index, change),
      })
      if (outcome.kind === 'retry')
        await emit(index, { kind: 'waited', retryAtMs: outcome.retryAtMs, error: outcome.error })
      if (outcome.kind === 'failed') await settle(index, outcome.error, signal)
      if (outcome.kind === 'done') memories.delete(index)
    } catch (error) {
      const known = fromDiskError(error, destination)
      await settle(index, known instanceof AppError ? toErrorValue(known) : toItemError(known, ports.log), signal)
    }
  }

  /** What an item's error means for it and for the batch. Never throws: the journal may be what failed. */
  async function settle(index: number, error: ErrorValue, signal: AbortSignal): Promise<void> {
    if (isTerminal(book.recordAt(index).state) || (isStopped && signal.aborted)) return
    try {
      if (!signal.aborted) {
        const trouble = await destinationTrouble(destination, 0)
        if (error.code === 'disk-full' || trouble) hold(trouble ?? fullDisk(error))
        else if (ports.canAskPerson && (error.code === 'unauthorized' || error.code === 'untrusted-certificate'))
          return await waitForPerson(index, error)
        else return await fail(index, error)
      }
      // Resumed while it was still ending: then nobody else would queue it.
      await emit(index, pauseReason ? { kind: 'paused', error: pauseReason.error } : { kind: 'queued' })
    } catch (failure) {
      hold(fromDiskError(failure, destination))
    }
  }

  /** Someone who signed in while the refusal was on its way would not be asked again: the item then tries soon by itself. */
  async function waitForPerson(index: number, error: ErrorValue): Promise<void> {
    const memory = memories.get(index)
    const wasWoken = slots.get(index)?.wakes !== wakes
    if (memory && wasWoken) memory.failedOrders += 1
    const delayMs = backoffMs({ random: ports.random(), deadlines: ports.deadlines }, memory?.failedOrders ?? 1)
    await emit(index, { kind: 'waited', retryAtMs: wasWoken ? ports.clock.now() + delayMs : null, error })
  }

  function fullDisk({ details }: ErrorValue): AppError {
    const neededBytes = details?.['neededBytes']
    return diskFull(destination, typeof neededBytes === 'number' ? neededBytes : roomToContinueBytes)
  }

  async function fail(index: number, error: ErrorValue): Promise<void> {
    const { fetched, part } = book.recordAt(index)
    await emit(index, { kind: 'failed', error })
    // Bytes that no retry could go on from are of no use to anyone.
    if (fetched === null && part.finished.length === 0) await removeWorkingFiles(destination, header.items[index]!.stem)
  }

  async function close(isWhole: boolean): Promise<void> {
    if (isStopped) return
    isStopped = true
    clearTimeout(wakeTimer)
    for (const slot of slots.values()) slot.abort.abort(stoppedByUs)
    await Promise.all([...slots.values()].map((slot) => slot.ended))
    await evidence.close(isWhole)
    await book.close().catch((error: unknown) => evidence.logFailure(error))
    hasEnded = true
    showBatch()
    resolveEnded()
  }

  function requeue(index: number): void {
    // A disk that fails right now holds the batch again, and the item is found queued by the next start.
    emit(index, { kind: 'queued' }).catch(() => undefined)
  }

  function resume(): void {
    if (!pauseReason || isStopped) return
    pauseReason = null
    for (const { index, state } of book.records) if (state.kind === 'paused') requeue(index)
    showBatch()
    pump()
  }

  queueMicrotask(() => {
    showBatch()
    pump()
  })

  return {
    ended,
    isEnding: () => isStopped,
    resume,
    snapshot: () => ({ ...summarize(), items: allIndexes.map((index) => book.itemAt(index)) }),
    async pause() {
      if (isStopped || pauseReason?.error === null) return
      // What a person pauses does not go on by itself, also if the disk had stopped it before.
      pauseReason = { error: null }
      for (const slot of slots.values()) slot.abort.abort(pausedByUs)
      await Promise.all([...slots.values()].map((slot) => slot.ended))
      showBatch()
    },
    async cancel(indexes = allIndexes) {
      for (const index of indexes) {
        if (isTerminal(book.recordAt(index).state)) continue
        await emit(index, { kind: 'cancelled' })
        const slot = slots.get(index)
        slot?.abort.abort(cancelledByUs)
        await slot?.ended
        await removeWorkingFiles(destination, header.items[index]!.stem)
      }
      pump()
    },
    async retry(indexes = allIndexes) {
      for (const index of indexes) {
        const { kind } = book.recordAt(index).state
        if (kind !== 'failed' && kind !== 'cancelled') continue
        memories.delete(index)
        await emit(index, { kind: 'retried' })
      }
      showBatch()
      pump()
    },
    wake() {
      wakes += 1
      for (const { index, state } of book.records)
        if (state.kind === 'waiting' && state.retryAtMs === null) requeue(index)
      pump()
    },
    async stop() {
      await close(false)
      await ended
    },
  }
}
