// The network side of one download: the first reply, what it allows, and the connections that fetch the rest. Writes through
// the file's writer and settles nothing.
import { performance } from 'node:perf_hooks'
import type { ByteRange } from './byte-ranges.ts'
import type { Asked } from './classify-reply.ts'
import type { FetchRequest } from './fetch-request.ts'
import type { FileWriter } from './file-writer.ts'
import { openBody } from './open-body.ts'
import type { Ending, OpenBody } from './open-body.ts'
import { createRateLimit } from './rate-limit.ts'
import { receiveBody } from './receive-body.ts'
import { runLanes } from './run-lanes.ts'
import type { Opened } from './run-lanes.ts'
import type { TransferReporter } from './transfer-reporter.ts'

export interface DownloadTools {
  /** At least one range; the end of a single one is Infinity while the size is unknown. */
  missing: readonly ByteRange[]
  writer: FileWriter
  reporter: TransferReporter
  signal: AbortSignal
  /** Aborts `signal`. */
  stop(): void
  /** Unix milliseconds. */
  nowMs(): number
}

/** `totalBytes` null: the size is what was received. */
export type DownloadEnd = { kind: 'received'; totalBytes: number | null; isEndProven: boolean } | Ending

/** Below this rate a body is not worth waiting for (slow loris), whatever the deadline for silence says. */
const leastBytesPerSecond = 1000

/** Rejects with `cancelled` when `signal` is aborted before the first reply; an abort later resolves. */
export async function download(request: FetchRequest, tools: DownloadTools): Promise<DownloadEnd> {
  const { reporter, signal } = tools
  const [firstMissing] = tools.missing
  const ask = (asked: Asked): Promise<OpenBody> =>
    openBody({ ...request, headers: request.headers ?? {}, ...request.deadlines }, asked, {
      signal,
      nowMs: () => tools.nowMs(),
    })
  const { resume } = request
  const first = await ask(
    resume === null || firstMissing === undefined
      ? { kind: 'whole' }
      : { kind: 'part', range: firstMissing, ...resume },
  )
  if (first.kind === 'end') return first.ending
  const { body } = first
  tellHead(first, reporter)

  const { validator, totalBytes } = body
  const isSplittable = body.isResumable && validator !== null && totalBytes !== null
  const ending = await runLanes({
    missing: resume === null ? [{ start: 0, end: totalBytes ?? Number.POSITIVE_INFINITY }] : tools.missing,
    first,
    maxConnections: isSplittable ? Math.max(1, request.maxConnections) : 1,
    ask: (range) =>
      isSplittable ? ask({ kind: 'part', range, totalBytes, validator }) : Promise.resolve(notResumable),
    receive: createReceive(request, tools),
    receivedBytes: () => reporter.newBytes(),
    nowMs: () => performance.now(),
    signal,
    onHopeless: () => tools.stop(),
  })
  return ending ?? { kind: 'received', totalBytes, isEndProven: body.isEndProven }
}

const notResumable: OpenBody = { kind: 'end', ending: { kind: 'not-resumable' } }

function createReceive(request: FetchRequest, tools: DownloadTools) {
  const rateLimit = createRateLimit(request.bytesPerSecond)
  const { firstByteMs, stallMs } = request.deadlines
  const allowed = request.bytesPerSecond ?? Number.POSITIVE_INFINITY
  const stallLimits = { firstByteMs, stallMs, leastBytesPerSecond: Math.min(leastBytesPerSecond, allowed / 4) }
  return ({ reply, body }: Opened, segment: { position: number; end: number }) =>
    receiveBody(reply, {
      segment,
      replyEnd: body.end ?? Number.POSITIVE_INFINITY,
      writer: tools.writer,
      rateLimit,
      stallLimits,
      onBytes: (lengthBytes) => tools.reporter.noteReceived(lengthBytes),
      signal: tools.signal,
    })
}

function tellHead({ body, reply }: Opened, reporter: TransferReporter): void {
  const { status, headers } = reply
  reporter.noteHead({
    kind: 'head',
    status,
    totalBytes: body.totalBytes,
    validator: body.validator,
    contentType: headers['content-type'] ?? null,
    lastModified: headers['last-modified'] ?? null,
    finalOrigin: reply.origin,
    isResumable: body.isResumable,
  })
}
