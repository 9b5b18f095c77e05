// Takes the body of one reply into the file, up to a limit that may shrink meanwhile. Knows how a body can end, and nothing of
// what is asked next.
import { performance } from 'node:perf_hooks'
import { AppError } from '#contract/errors.ts'
import { fromNodeError } from '../../http/index.ts'
import type { FileWriter } from './file-writer.ts'
import { firstByteError } from './open-reply.ts'
import type { OpenReply } from './open-reply.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Segment } from './segment-queue.ts'
import { createStallWatch } from './stall-watch.ts'
import type { StallLimits } from './stall-watch.ts'

export type BodyEnd =
  /** The limit is reached; nothing beyond it was taken. */
  | { kind: 'reached' }
  /** The body ended properly before its limit. */
  | { kind: 'ended' }
  | { kind: 'cut'; error: AppError }
  /** The signal was aborted. */
  | { kind: 'stopped' }

export interface BodyContext {
  segment: Segment
  /** First byte that this reply does not bring; Infinity when unknown. */
  replyEnd: number
  writer: FileWriter
  rateLimit: RateLimit
  stallLimits: StallLimits
  onBytes: (lengthBytes: number) => void
  signal: AbortSignal
}

/** Resolves when the body is over and its bytes are handed to the disk; the connection is closed then. Never rejects. */
export function receiveBody(reply: OpenReply, context: BodyContext): Promise<BodyEnd> {
  return new Promise((resolve) => {
    const { segment, writer, signal } = context
    const { response } = reply
    const watch = createStallWatch(context.stallLimits, reply.askedAtMs)
    const holds = createHolds(response)
    const stream = writer.openStream(segment.position, () => holds.drop('disk'))

    let isOver = false

    function finish(end: BodyEnd): void {
      if (isOver) return
      isOver = true
      clearInterval(ticker)
      holds.clear()
      signal.removeEventListener('abort', onAbort)
      response
        .removeAllListeners('data')
        .removeAllListeners('end')
        .on('error', () => undefined)
      response.destroy()
      writer.closeStream(stream)
      resolve(end)
    }
    const onAbort = (): void => finish({ kind: 'stopped' })
    const onTick = (): void => {
      const nowMs = performance.now()
      if (holds.areAny()) return watch.excuse(nowMs)
      const verdict = watch.judge(nowMs)
      if (verdict === 'no-first-byte') finish({ kind: 'cut', error: firstByteError(reply.origin) })
      if (verdict === 'stalled') finish({ kind: 'cut', error: stallError(reply.origin) })
    }
    const onData = (bytes: Buffer): void => {
      const room = Math.min(segment.end, context.replyEnd) - segment.position
      const taken = bytes.length > room ? bytes.subarray(0, Math.max(0, room)) : bytes
      segment.position += taken.length
      context.onBytes(taken.length)
      const nowMs = performance.now()
      watch.note(taken.length, nowMs)
      if (!stream.push(taken)) holds.add('disk')
      if (taken.length >= room) return finish({ kind: 'reached' })
      const waitMs = context.rateLimit.take(taken.length, nowMs)
      if (waitMs > 0) holds.addFor('rate', waitMs)
    }
    const ticker = setInterval(onTick, Math.min(1000, Math.max(20, context.stallLimits.stallMs / 8)))
    signal.addEventListener('abort', onAbort, { once: true })
    const failOn = (error: Error): void => finish({ kind: 'cut', error: cutError(error, reply.origin) })
    response.on('end', () =>
      finish(response.complete ? { kind: 'ended' } : { kind: 'cut', error: earlyEndError(reply.origin) }),
    )
    response.on('error', failOn)
    response.on('close', () => finish({ kind: 'cut', error: earlyEndError(reply.origin) }))
    if (signal.aborted) onAbort()
    else if (response.destroyed) failOn(response.errored ?? new Error('The reply is over.'))
    else response.on('data', onData)
  })
}

type Hold = 'disk' | 'rate'

/** Several may hold a response back; it flows while nobody does. */
function createHolds(response: OpenReply['response']) {
  const held = new Set<Hold>()
  const timers = new Set<NodeJS.Timeout>()
  function drop(hold: Hold): void {
    if (held.delete(hold) && held.size === 0) response.resume()
  }
  function add(hold: Hold): void {
    held.add(hold)
    response.pause()
  }
  return {
    add,
    drop,
    areAny: () => held.size > 0,
    addFor(hold: Hold, durationMs: number) {
      if (held.has(hold)) return
      add(hold)
      const timer = setTimeout(() => {
        timers.delete(timer)
        drop(hold)
      }, durationMs)
      timers.add(timer)
    },
    clear() {
      held.clear()
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

function cutError(error: Error, origin: string): AppError {
  const mapped = fromNodeError(error, { origin })
  return mapped.code === 'unreachable' || mapped.code === 'timed-out' ? mapped : earlyEndError(origin, error)
}

function earlyEndError(origin: string, cause?: Error): AppError {
  const message = `${origin} broke the download off. What was fetched is kept.`
  return new AppError('unreachable', message, { details: { origin, reason: 'ended-early' }, cause })
}

function stallError(origin: string): AppError {
  const message = `${origin} stopped sending. What was fetched is kept.`
  return new AppError('timed-out', message, { details: { origin, reason: 'stalled' } })
}
