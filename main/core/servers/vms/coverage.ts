// What is recorded, from the list of archive segments (document 001, 18.1). The unit of its times is found out once.
import { z } from 'zod'
import { isAppError } from '#contract/errors.ts'
import type { Range } from '#contract/servers.ts'
import { parseReply } from '../parse-reply.ts'
import type { Coverage } from '../video-server.ts'
import { zSegment } from './generated/zod.gen.ts'
import { fromTs, toTs, tsUnits, unitOf } from './ts-unit.ts'
import type { TsUnit } from './ts-unit.ts'
import type { VmsSession } from './vms-session.ts'

/** Where times are enough; addresses and signatures are read elsewhere. */
const replySchema = z.object({ segments: z.array(zSegment.pick({ ts_start: true, ts_end: true })) })

/** One question covers this much: some thousand segments. */
const sliceMs = 6 * 3_600_000
const dayMs = 24 * 3_600_000
/** A longer range is not asked for: `unknown`. */
const slicesAtMost = 400
/** Segments that end and begin this close together belong together. */
const toleranceMs = 1000

export interface SegmentCoverage {
  /**
   * `unknown` where the account may not see segments, and where the server shows no segment of this stream at all: it
   * answers so for a stream that it does not know, too (notes EV15, SG3).
   */
  read(streamId: string, range: Range, signal: AbortSignal): Promise<Coverage>
}

/** Remembers, as long as it lives, which unit the server understands and which streams it knows. */
export function createSegmentCoverage(session: VmsSession, now: () => number): SegmentCoverage {
  let knownUnit: TsUnit | null = null
  const knownStreams = new Set<string>()

  async function readSlice(streamId: string, slice: Range, signal: AbortSignal): Promise<Range[]> {
    const units = knownUnit === null ? tsUnits : [knownUnit]
    let refusal: unknown = null
    let hasAnswer = false
    for (const unit of units) {
      try {
        const intervals = await ask(streamId, slice, unit, signal)
        if (intervals.length > 0) return intervals
        hasAnswer = true
      } catch (error) {
        // A time in the wrong unit may be out of the server's bounds.
        if (!isAppError(error, 'invalid-input') || knownUnit !== null) throw error
        refusal = error
      }
    }
    if (!hasAnswer) throw refusal
    return []
  }

  async function ask(streamId: string, slice: Range, unit: TsUnit, signal: AbortSignal): Promise<Range[]> {
    const query = {
      stream_id: streamId,
      ts_from: toTs(slice.fromMs, unit, 'down'),
      ts_to: toTs(slice.toMs, unit, 'up'),
    }
    const reply = await session.call({ method: 'GET', path: '/segments', query }, signal)
    const { segments } = parseReply(replySchema, reply.json(), reply)
    const intervals = segments.map(({ ts_start, ts_end }) => ({ fromMs: fromTs(ts_start), toMs: fromTs(ts_end) }))
    const inside = intersect(mergeIntervals(intervals, toleranceMs), slice)
    const first = segments[0]
    if (inside.length > 0 && first !== undefined) {
      knownUnit = unitOf(first.ts_start)
      knownStreams.add(streamId)
    }
    return inside
  }

  async function read(streamId: string, range: Range, signal: AbortSignal): Promise<Coverage> {
    const count = Math.ceil((range.toMs - range.fromMs) / sliceMs)
    if (count > slicesAtMost) return { kind: 'unknown' }
    const found: Range[] = []
    try {
      for (let index = 0; index < count; index++) {
        const fromMs = range.fromMs + index * sliceMs
        found.push(...(await readSlice(streamId, { fromMs, toMs: Math.min(fromMs + sliceMs, range.toMs) }, signal)))
      }
      if (!knownStreams.has(streamId)) await readSlice(streamId, { fromMs: now() - dayMs, toMs: now() }, signal)
      if (!knownStreams.has(streamId)) return { kind: 'unknown' }
    } catch (error) {
      if (isAppError(error, 'forbidden') || isAppError(error, 'not-found')) return { kind: 'unknown' }
      throw error
    }
    return { kind: 'known', intervals: mergeIntervals(found, toleranceMs) }
  }

  return { read }
}

/** Sorted, without overlaps; intervals at most that far apart become one. Empty and reversed ones are dropped. */
export function mergeIntervals(intervals: readonly Range[], withinMs: number): Range[] {
  const merged: Range[] = []
  const sorted = intervals.filter(({ fromMs, toMs }) => fromMs < toMs).sort((a, b) => a.fromMs - b.fromMs)
  for (const interval of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && interval.fromMs - last.toMs <= withinMs) last.toMs = Math.max(last.toMs, interval.toMs)
    else merged.push({ ...interval })
  }
  return merged
}

function intersect(intervals: readonly Range[], bounds: Range): Range[] {
  return intervals
    .map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, bounds.fromMs), toMs: Math.min(toMs, bounds.toMs) }))
    .filter(({ fromMs, toMs }) => fromMs < toMs)
}
