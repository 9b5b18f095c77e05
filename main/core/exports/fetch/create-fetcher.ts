// Downloads archives in threads of their own and hashes them as they come: starts transfers, passes events on, and turns
// their ends into outcomes. Knows neither items nor servers.
import { Worker } from 'node:worker_threads'
import { AppError, fromErrorValue, isAppError, toErrorValue } from '#contract/errors.ts'
import type { LogEntry } from '#core/ports.ts'
import { createHasher } from './create-hasher.ts'
import type { GrowingHash, Hasher } from './create-hasher.ts'
import type { FetchEvent, FetchOutcome, FetchRequest } from './fetch-request.ts'
import { createParkedHashes } from './parked-hashes.ts'
import type { ParkedHashes } from './parked-hashes.ts'
import type { TransferOutcome } from './transfer.ts'
import type { Validator } from './validator.ts'
import { createWorkerPool } from './worker-pool.ts'
import type { WorkerPool } from './worker-pool.ts'
import type { FetchCommand, FetchReport } from './worker-message.ts'

export interface FetchContext {
  signal: AbortSignal
  /** Called on this thread, in order, and never after the outcome. */
  onEvent(event: FetchEvent): void
}

export interface Fetcher {
  /**
   * One attempt. After an abort: the connections are closed, what was received is flushed and told, then it rejects with
   * `cancelled`; a thread that does not manage that within 3 s is ended. Rejects otherwise only with `internal`: a bug.
   */
  fetch(request: FetchRequest, context: FetchContext): Promise<FetchOutcome>
  /** Ends all threads. Attempts under way are cut. */
  close(): Promise<void>
}

interface Tools {
  pool: WorkerPool<FetchCommand, FetchReport>
  hasher: Hasher
  parked: ParkedHashes
  nextId(): number
}

const abortPatienceMs = 3000
const mostParkedHashes = 64

/** `workers`: downloading threads at most, and as many for hashing; they start when needed. */
export function createFetcher(options: { workers: number; log: (entry: LogEntry) => void }): Fetcher {
  const onCrash = (reason: string): void => {
    options.log({ level: 'error', event: 'fetch.threadEnded', fields: { reason } })
  }
  const pool = createWorkerPool<FetchCommand, FetchReport>({
    most: options.workers,
    startWorker: () => new Worker(new URL('./fetch.worker.ts', import.meta.url)),
    onCrash,
  })
  const hasher = createHasher({ workers: options.workers, onCrash })
  let lastId = 0
  const nextId = (): number => (lastId += 1)
  const tools: Tools = { pool, hasher, parked: createParkedHashes(mostParkedHashes), nextId }
  return {
    fetch: (request, context) => fetchOnce(tools, request, context),
    async close() {
      await Promise.all([pool.close(), hasher.close()])
    },
  }
}

async function fetchOnce(tools: Tools, request: FetchRequest, context: FetchContext): Promise<FetchOutcome> {
  if (context.signal.aborted) throw cancelledError()
  const hash = tools.parked.take(request) ?? tools.hasher.follow(request.file)
  let witness: { validator: Validator; totalBytes: number } | null = request.resume
  const onEvent = (event: FetchEvent): void => {
    if (event.kind === 'head') witness = witnessOf(event)
    context.onEvent(event)
  }
  let outcome: TransferOutcome | null = null
  try {
    outcome = await runTransfer(tools, request, { signal: context.signal, onEvent, hash })
    if (outcome.kind !== 'complete') return outcome
    return { ...outcome, sha256: await finishHash(hash, outcome.sizeBytes, context.signal) }
  } catch (error) {
    if (isAppError(error) && error.code !== 'cancelled' && error.code !== 'internal') {
      return { kind: 'refused', error: toErrorValue(error) }
    }
    throw error
  } finally {
    if (outcome?.kind === 'complete') hash.drop()
    else tools.parked.park(request.file, hash, outcome?.kind === 'changed' ? null : witness)
  }
}

/** What proves, next time, that the bytes hashed so far are still those of the file. */
function witnessOf(head: Extract<FetchEvent, { kind: 'head' }>): { validator: Validator; totalBytes: number } | null {
  const { isResumable, validator, totalBytes } = head
  return isResumable && validator !== null && totalBytes !== null ? { validator, totalBytes } : null
}

function runTransfer(
  tools: Tools,
  request: FetchRequest,
  context: FetchContext & { hash: GrowingHash },
): Promise<TransferOutcome> {
  const id = tools.nextId()
  const { signal, hash } = context
  return new Promise((resolve, reject) => {
    let newBytes = 0
    let patience: NodeJS.Timeout | undefined
    const settle = (): void => {
      clearTimeout(patience)
      signal.removeEventListener('abort', onAbort)
      job.end()
    }
    const onReport = (report: FetchReport): void => {
      if (report.kind === 'prefix') return hash.grow(report.prefixBytes)
      if (report.kind === 'event') {
        if (report.event.kind === 'progress') newBytes = report.event.bytes
        return context.onEvent(report.event)
      }
      settle()
      if (report.kind === 'end') resolve(report.outcome)
      else reject(fromErrorValue(report.error))
    }
    const onLost = (reason: string): void => {
      settle()
      if (signal.aborted) reject(cancelledError())
      else resolve(lostOutcome(reason, Math.max(0, newBytes - resumedBytes(request))))
    }
    const onAbort = (): void => {
      patience = setTimeout(() => job.terminate(), abortPatienceMs)
      job.send({ kind: 'abort', id })
    }
    const job = tools.pool.begin(id, onReport, onLost)
    signal.addEventListener('abort', onAbort, { once: true })
    job.send({ kind: 'start', id, request })
  })
}

function resumedBytes(request: FetchRequest): number {
  return (request.resume?.finished ?? []).reduce((sum, range) => sum + range.end - range.start, 0)
}

function finishHash(hash: GrowingHash, sizeBytes: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelledError())
    signal.addEventListener('abort', onAbort, { once: true })
    hash
      .finish(sizeBytes)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function lostOutcome(reason: string, newBytes: number): TransferOutcome {
  const error = new AppError('internal', 'The downloading thread ended unexpectedly. What was flushed is kept.', {
    details: { reason },
  })
  return { kind: 'cut', error: toErrorValue(error), newBytes }
}

function cancelledError(): AppError {
  return new AppError('cancelled', 'Cancelled. What was fetched is kept.')
}
