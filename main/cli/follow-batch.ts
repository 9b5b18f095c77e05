// Follows one batch from its first event to its end. Knows no words and no terminal.
import { AppError } from '#contract/errors.ts'
import type { Batch, Item } from '#contract/exports.ts'
import type { Client } from './client.ts'

export type BatchHead = Omit<Batch, 'items'>

export interface FollowOptions {
  client: Client
  /** Starts or opens the batch. */
  begin(): Promise<Batch>
  onBegin(batch: Batch): void
  onItem(item: Item): void
  /** Aborted: the batch is paused, its state kept. */
  pauseSignal: AbortSignal
}

/** The batch as it ended: all its items over, paused by `pauseSignal`, or stopped by a trouble of its own (`error`). */
export async function followBatch(options: FollowOptions): Promise<Batch> {
  const { client, pauseSignal } = options
  const signal = new AbortController().signal
  const early: (Item | BatchHead)[] = []
  let batchId: string | null = null
  let latest: BatchHead | null = null
  let wake = (): void => undefined

  function take(value: Item | BatchHead): void {
    if (batchId === null) early.push(value)
    else if ('batchId' in value && value.batchId === batchId) options.onItem(value)
    else if ('id' in value && value.id === batchId) {
      latest = value
      wake()
    }
  }

  const stops = [client.on('exports.itemChanged', take), client.on('exports.batchChanged', take)]
  try {
    const batch = await options.begin()
    latest = batch
    options.onBegin(batch)
    batchId = batch.id
    for (const value of early.splice(0)) take(value)
    if (batch.state === 'paused' && !pauseSignal.aborted) await client.call('exports.resume', { batchId }, signal)
    const isOver = (): boolean => latest !== null && hasStopped(latest)
    const ended = new Promise<void>((resolve) => {
      wake = () => isOver() && resolve()
      wake()
    })
    await Promise.race([ended, whenAborted(pauseSignal)])
    if (!isOver()) return await client.call('exports.pause', { batchId }, signal)
    return { ...(await client.call('exports.get', { batchId }, signal)), ...pick(latest) }
  } finally {
    for (const stop of stops) stop()
  }
}

/** A batch that waits for the disk goes on by itself; nobody sits in front of a command line, so it ends there. */
function hasStopped({ state, error }: BatchHead): boolean {
  return (
    state === 'done' ||
    state === 'partial' ||
    state === 'failed' ||
    state === 'cancelled' ||
    (state === 'paused' && error !== null)
  )
}

function pick(head: BatchHead | null): Pick<Batch, 'state' | 'error'> {
  if (head === null) throw new AppError('internal', 'The batch ended before it began.')
  return { state: head.state, error: head.error }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
