// SHA-256 of files in threads of their own: whole files, and files that are still growing. Knows nothing of downloads.
import { Worker } from 'node:worker_threads'
import { AppError } from '#contract/errors.ts'
import { fromDiskError } from './disk-error.ts'
import { createWorkerPool } from './worker-pool.ts'
import type { PooledJob } from './worker-pool.ts'
import type { HashCommand, HashReport } from './worker-message.ts'

/** A digest that follows a file's unbroken beginning. */
export interface GrowingHash {
  /** That many bytes from the beginning can be read. Never less than told before. */
  grow(untilBytes: number): void
  /** How far reading was allowed at most. */
  allowedBytes(): number
  /** Lower-case hex once `sizeBytes` are read. Rejects with what went wrong while reading, as `fromDiskError` maps it. */
  finish(sizeBytes: number): Promise<string>
  /** Closes the file and keeps what was computed, so that `grow` can go on later. */
  park(): void
  drop(): void
}

export interface Hasher {
  follow(file: string): GrowingHash
  hashFile(file: string, context: HashContext): Promise<HashedFile>
  close(): Promise<void>
}

export interface HashContext {
  signal?: AbortSignal | undefined
  /** Every 64 MiB. */
  onProgress?: ((doneBytes: number) => void) | undefined
}

export interface HashedFile {
  /** Lower-case hex. */
  sha256: string
  sizeBytes: number
}

/** `workers`: threads at most. */
export function createHasher(options: { workers: number; onCrash: (reason: string) => void }): Hasher {
  const pool = createWorkerPool<HashCommand, HashReport>({
    most: options.workers,
    startWorker: () => new Worker(new URL('./hash.worker.ts', import.meta.url)),
    onCrash: options.onCrash,
  })
  let lastId = 0

  function begin(file: string, untilBytes: number | null, onProgress: (doneBytes: number) => void): HashJob {
    lastId += 1
    const id = lastId
    let job: PooledJob<HashCommand> | null = null
    const digest = new Promise<HashedFile>((resolve, reject) => {
      const onReport = (report: HashReport): void => {
        if (report.kind === 'progress') return onProgress(report.bytes)
        job?.end()
        if (report.kind === 'digest') resolve({ sha256: report.sha256, sizeBytes: report.sizeBytes })
        else reject(readError(file, report.systemCode))
      }
      job = pool.begin(id, onReport, (reason) => reject(lostError(reason)))
      job.send({ kind: 'open', id, file, untilBytes })
    })
    // Whoever follows a file may never ask for its digest.
    digest.catch(() => undefined)
    const send = (command: HashCommand): void => job?.send(command)
    const drop = (): void => {
      send({ kind: 'drop', id })
      job?.end()
    }
    return { id, digest, send, drop }
  }

  return {
    follow(file) {
      const { id, send, digest, drop } = begin(file, 0, () => undefined)
      let allowedBytes = 0
      return {
        grow(untilBytes) {
          allowedBytes = Math.max(allowedBytes, untilBytes)
          send({ kind: 'grow', id, untilBytes: allowedBytes })
        },
        allowedBytes: () => allowedBytes,
        async finish(sizeBytes) {
          send({ kind: 'finish', id, sizeBytes })
          return (await digest).sha256
        },
        park: () => send({ kind: 'park', id }),
        drop,
      }
    },
    hashFile(file, { signal, onProgress }) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(cancelledError())
        const { digest, drop } = begin(file, null, onProgress ?? (() => undefined))
        const onAbort = (): void => {
          drop()
          reject(cancelledError())
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        digest.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort))
      })
    },
    close: () => pool.close(),
  }
}

interface HashJob {
  id: number
  digest: Promise<HashedFile>
  send(command: HashCommand): void
  drop(): void
}

function readError(file: string, systemCode: string): AppError {
  return fromDiskError(Object.assign(new Error(systemCode), { code: systemCode }), { file, neededBytes: null })
}

function lostError(reason: string): AppError {
  return new AppError('internal', 'The hashing thread ended unexpectedly.', { details: { reason } })
}

function cancelledError(): AppError {
  return new AppError('cancelled', 'Cancelled.')
}
