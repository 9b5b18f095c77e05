// One download from opening the file to the last flush. Runs in the worker; the SHA-256 is somebody else's work.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { AppError, isAppError, toErrorValue } from '#contract/errors.ts'
import type { BlockPool } from './block-pool.ts'
import { areValidRanges, countBytes, measurePrefix, mergeRanges, missingRanges } from './byte-ranges.ts'
import type { ByteRange } from './byte-ranges.ts'
import { fromDiskError } from './disk-error.ts'
import { download } from './download.ts'
import type { DownloadEnd } from './download.ts'
import type { FetchRequest } from './fetch-request.ts'
import { createFileWriter } from './file-writer.ts'
import type { DiskPort, FileWriter } from './file-writer.ts'
import { emptyError } from './open-body.ts'
import type { Ending } from './open-body.ts'
import { createReporter } from './transfer-reporter.ts'
import type { Listener, TransferReporter } from './transfer-reporter.ts'

export type TransferOutcome = { kind: 'complete'; sizeBytes: number; isEndProven: boolean } | Ending

export interface TransferTools extends Listener {
  pool: BlockPool
  disk: DiskPort
  signal: AbortSignal
  /** Unix milliseconds. */
  nowMs(): number
}

/**
 * Everything received is on the disk and told by a last `flushed` before this resolves or rejects. Rejects with `cancelled`
 * after an abort, and with what is a bug.
 */
export async function transfer(request: FetchRequest, tools: TransferTools): Promise<TransferOutcome> {
  const present = mergeRanges(request.resume?.finished ?? [])
  const reporter = createReporter(present, request.resume?.totalBytes ?? null, tools)
  let handle: FileHandle | null = null
  try {
    handle = await openFile(request.file, request.resume === null)
    if (request.resume !== null && !(await holdsRanges(handle, present, request.resume.totalBytes))) {
      return { kind: 'changed' }
    }
    return await transferInto(handle, request, present, reporter, tools)
  } catch (error) {
    if (isAppError(error)) throw error
    const mapped = fromDiskError(error, { file: request.file, neededBytes: reporter.missingBytes() })
    return { kind: 'refused', error: toErrorValue(mapped) }
  } finally {
    // Everything that counts is flushed by now: a failing close changes nothing.
    await handle?.close().catch(() => undefined)
  }
}

function openFile(file: string, isEmptied: boolean): Promise<FileHandle> {
  // A symbolic link planted under this name is not followed (the flag is absent on Windows).
  const noFollow = constants.O_NOFOLLOW ?? 0
  return open(file, constants.O_RDWR | constants.O_CREAT | noFollow | (isEmptied ? constants.O_TRUNC : 0))
}

/** Whether the file can hold what the caller believes to be finished. */
async function holdsRanges(handle: FileHandle, finished: readonly ByteRange[], totalBytes: number): Promise<boolean> {
  if (!areValidRanges(finished, totalBytes)) return false
  const { size } = await handle.stat()
  return finished.every((range) => range.end <= size)
}

async function transferInto(
  handle: FileHandle,
  request: FetchRequest,
  present: readonly ByteRange[],
  reporter: TransferReporter,
  tools: TransferTools,
): Promise<TransferOutcome> {
  const stopping = new AbortController()
  const signal = AbortSignal.any([tools.signal, stopping.signal])
  const writer = createFileWriter({
    fd: handle.fd,
    pool: tools.pool,
    disk: tools.disk,
    present,
    onWritten: (written) => reporter.noteWritten(written),
    onFlushed: (finished) => reporter.noteFlushed(finished),
    onError: () => stopping.abort(),
  })
  const totalBytes = request.resume?.totalBytes ?? Number.POSITIVE_INFINITY
  const missing = missingRanges(present, totalBytes)
  const stop = (): void => stopping.abort()
  reporter.start(() => writer.flushSoon())
  try {
    const end = await settleAfter(writer, async (): Promise<DownloadEnd> => {
      if (missing.length === 0) return { kind: 'received', totalBytes, isEndProven: true }
      return await download(request, { missing, writer, reporter, signal, stop, nowMs: () => tools.nowMs() })
    })
    if (tools.signal.aborted) throw new AppError('cancelled', 'Cancelled. What was fetched is kept.')
    if (end.kind === 'received') return await seal(handle, writer, end)
    return 'newBytes' in end ? { ...end, newBytes: reporter.newBytes() } : end
  } finally {
    reporter.stop()
  }
}

/** Runs the download, then waits for the disk. A disk error comes first: it is what ended everything else. */
async function settleAfter(writer: FileWriter, run: () => Promise<DownloadEnd>): Promise<DownloadEnd> {
  const [result] = await Promise.allSettled([run()])
  await writer.settle()
  if (result.status === 'rejected') throw result.reason
  return result.value
}

/** Checks that every byte is there, and cuts off what an earlier, longer file may have left behind the end. */
async function seal(
  handle: FileHandle,
  writer: FileWriter,
  end: Extract<DownloadEnd, { kind: 'received' }>,
): Promise<TransferOutcome> {
  const sizeBytes = end.totalBytes ?? countBytes(writer.written())
  if (sizeBytes === 0) return { kind: 'refused', error: toErrorValue(emptyError()) }
  if (measurePrefix(writer.written()) !== sizeBytes) {
    throw new AppError('internal', 'The download ended with a hole in the file. Nothing was finished.')
  }
  const { size } = await handle.stat()
  if (size !== sizeBytes) {
    await handle.truncate(sizeBytes)
    await handle.datasync()
  }
  return { kind: 'complete', sizeBytes, isEndProven: end.isEndProven }
}
