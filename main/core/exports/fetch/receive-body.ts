// Takes the body of one reply into the file, up to a limit that may shrink meanwhile. Knows how a body can end, and nothing of
// what is asked next.
import { performance } from 'node:perf_hooks'
import { AppError } from '#contract/errors.ts'
import type { Exchange } from './exchange.ts'
import type { FileWriter } from './file-writer.ts'
import type { RateLimit } from './rate-limit.ts'
import { firstByteError } from './response-inbox.ts'
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
export function receiveBody(reply: Exchange, context: BodyContext): Promise<BodyEnd> {
  return new Promise((resolve) => {
    const { segment, writer, signal, stallLimits } = context
    const watch = createStallWatch(stallLimits, reply.askedAtMs)
    const holds = createHolds(reply)
    const stream = writer.openStream(segment.position, () => holds.drop('disk'))
    let isOver = false

    function finish(end: BodyEnd): void {
      if (isOver) return
      isOver = true
      clearInterval(ticker)
      holds.clear()
      signal.removeEventListener('abort', onAbort)
      reply.close()
      writer.closeStream(stream)
      resolve(end)
    }
    function onBytes(bytes: Buffer): void {
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
    function onTick(): void {
      const nowMs = performance.now()
      if (holds.areAny()) return watch.excuse(nowMs)
      const verdict = watch.judge(nowMs)
      if (verdict === 'no-first-byte') finish({ kind: 'cut', error: firstByteError(reply.origin) })
      if (verdict === 'stalled') finish({ kind: 'cut', error: stallError(reply.origin) })
    }
    const onEnd = (error: AppError | null): void => finish(error === null ? { kind: 'ended' } : { kind: 'cut', error })
    const onAbort = (): void => finish({ kind: 'stopped' })

    const ticker = setInterval(onTick, Math.min(1000, Math.max(20, stallLimits.stallMs / 8)))
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    else reply.start({ onBytes, onEnd })
  })
}

type Hold = 'disk' | 'rate'

/** Several may hold a reply back; it flows while nobody does. */
function createHolds(reply: Exchange) {
  const held = new Set<Hold>()
  let timer: NodeJS.Timeout | undefined
  function drop(hold: Hold): void {
    if (held.delete(hold) && held.size === 0) reply.resume()
  }
  function add(hold: Hold): void {
    held.add(hold)
    reply.pause()
  }
  return {
    add,
    drop,
    areAny: () => held.size > 0,
    addFor(hold: Hold, durationMs: number) {
      clearTimeout(timer)
      add(hold)
      timer = setTimeout(() => drop(hold), durationMs)
    },
    clear() {
      held.clear()
      clearTimeout(timer)
    },
  }
}

function stallError(origin: string): AppError {
  const message = `${origin} stopped sending. What was fetched is kept.`
  return new AppError('timed-out', message, { details: { origin, reason: 'stalled' } })
}
