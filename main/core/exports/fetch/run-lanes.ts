// Fetches the missing ranges of one file over one or more connections (lanes), and says how that ended. Knows neither the file
// nor how a request is made.
import { AppError, toErrorValue } from '#contract/errors.ts'
import type { ByteRange } from './byte-ranges.ts'
import type { Ending, OpenBody } from './open-body.ts'
import { firstConnectionPlan, planConnections } from './plan-connections.ts'
import type { BodyEnd } from './receive-body.ts'
import { createSegmentQueue } from './segment-queue.ts'
import type { Segment, SegmentQueue } from './segment-queue.ts'

export type Opened = Extract<OpenBody, { kind: 'open' }>

export interface LanesOptions {
  /** In order; the end of a single one may be Infinity: the size is unknown. */
  missing: readonly ByteRange[]
  /** The reply that already came for the first of them. */
  first: Opened
  /** 1 for a reply that cannot be split. */
  maxConnections: number
  ask(range: ByteRange): Promise<OpenBody>
  receive(opened: Opened, segment: Segment): Promise<BodyEnd>
  /** Bytes received so far, by all connections. */
  receivedBytes(): number
  /** Monotonic, milliseconds. */
  nowMs(): number
  /** Aborted: every `ask` and `receive` ends soon. */
  signal: AbortSignal
  /** Called when the other connections have become pointless: the signal must be aborted then. */
  onHopeless(): void
}

/** A server that answers with less than was asked is asked on only while each reply is worth it. */
const smallestReplyBytes = 1_048_576
const planEveryMs = 25
/** How long the rate is measured before the next step; long enough for a hundred pieces at a modest rate. */
const measureMs = 100

/**
 * Null: every range is received, or the signal was aborted. Otherwise how the last connection ended. A connection that fails,
 * for whatever reason, leaves its range to those that go on: what one reply brings is whole in itself. Rejects, once all have
 * ended, when `ask` does.
 */
export async function runLanes(options: LanesOptions): Promise<Ending | null> {
  const queue = createSegmentQueue(options.missing)
  const lanes = new Set<Promise<void>>()
  const end: { last: Ending | null; failures: unknown[] } = { last: null, failures: [] }
  let most = options.maxConnections

  function startLane(opened?: Opened): void {
    const lane = runLane(opened)
      .catch((error: unknown) => {
        end.failures.push(error)
        options.onHopeless()
      })
      .then(() => void lanes.delete(lane))
    lanes.add(lane)
  }

  async function runLane(first?: Opened): Promise<void> {
    let opened = first
    while (!options.signal.aborted) {
      const segment = queue.take(lanes.size <= most)
      if (segment === undefined) return
      const ending = await fetchSegment(options, queue, segment, opened)
      opened = undefined
      queue.giveBack(segment)
      if (ending === null) continue
      end.last = ending
      most = Math.max(1, lanes.size - 1)
      if (ending.kind === 'changed' && queue.isWaiting()) options.onHopeless()
      return
    }
  }

  const addLanes = createPlanner(options, queue, (wanted) => {
    while (lanes.size < Math.min(most, wanted) && queue.canTake()) startLane()
    return lanes.size
  })
  const planner = most > 1 ? setInterval(addLanes, planEveryMs) : undefined
  try {
    startLane(options.first)
    while (lanes.size > 0) await Promise.race(lanes)
  } finally {
    clearInterval(planner)
  }
  if (end.failures.length > 0) throw end.failures[0]
  return queue.isWaiting() ? end.last : null
}

/** Measures the rate while every connection flows, and asks for more of them as long as that raised it. */
function createPlanner(options: LanesOptions, queue: SegmentQueue, addUpTo: (wanted: number) => number): () => void {
  let plan = firstConnectionPlan
  let running = 1
  let since: { ms: number; bytes: number } | null = null
  return () => {
    const now = { ms: options.nowMs(), bytes: options.receivedBytes() }
    if (plan.isSettled || options.signal.aborted) return
    if (since === null || !queue.areFlowing(running)) {
      since = queue.areFlowing(running) ? now : null
      return
    }
    if (now.ms - since.ms < measureMs) return
    const bytesPerSecond = ((now.bytes - since.bytes) / (now.ms - since.ms)) * 1000
    plan = planConnections(plan, bytesPerSecond, options.maxConnections)
    running = addUpTo(plan.connections)
    since = null
  }
}

/** Null when the segment is complete or the signal was aborted. */
async function fetchSegment(
  options: LanesOptions,
  queue: SegmentQueue,
  segment: Segment,
  opened: Opened | undefined,
): Promise<Ending | null> {
  let next = opened
  while (segment.position < segment.end) {
    const reply = next ?? (await options.ask({ start: segment.position, end: segment.end }))
    next = undefined
    if (reply.kind === 'end') return reply.ending
    const from = segment.position
    queue.begin(segment, reply.body.end ?? Number.POSITIVE_INFINITY)
    const end = await options.receive(reply, segment)
    queue.end(segment)
    if (end.kind === 'stopped') return null
    if (end.kind === 'cut') return { kind: 'cut', error: toErrorValue(end.error), newBytes: 0 }
    if (segment.end === Number.POSITIVE_INFINITY) segment.end = segment.position
    const isWorthMore = end.kind === 'reached' && segment.position - from >= smallestReplyBytes
    if (segment.position < segment.end && !isWorthMore) return shortReply
  }
  return null
}

const shortReply: Ending = {
  kind: 'cut',
  error: toErrorValue(new AppError('unreachable', 'The server sent less than it said. What was fetched is kept.')),
  newBytes: 0,
}
