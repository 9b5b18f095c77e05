// Which connection fetches which stretch of a file: hands stretches out, halves the longest for a newcomer, and takes back
// what a failed connection left. Knows no connection.
import { chooseSplit } from './byte-ranges.ts'
import type { ByteRange } from './byte-ranges.ts'

/** A stretch under way. `position`: where its next byte belongs; `end`: Infinity while the size is unknown; may shrink. */
export interface Segment {
  position: number
  end: number
}

export interface SegmentQueue {
  /** The next stretch nobody fetches, else (where allowed) half of the longest under way; undefined: nothing to do. */
  take(isSplitAllowed: boolean): Segment | undefined
  canTake(): boolean
  /** The stretch is being received by a reply that would bring bytes up to `replyEnd`. */
  begin(segment: Segment, replyEnd: number): void
  /** Its connection is over. */
  end(segment: Segment): void
  /** What is left of it goes to the connection it was taken from, if that would still bring it; else to whoever is free. */
  giveBack(segment: Segment): void
  /** True while a stretch waits for a connection. */
  isWaiting(): boolean
  /** Whether all the stretches under way, and as many as that, have received a byte. */
  areFlowing(count: number): boolean
}

/** A half shorter than this is not worth a connection of its own. */
const smallestHalfBytes = 2 * 1_048_576

export function createSegmentQueue(missing: readonly ByteRange[]): SegmentQueue {
  const waiting: Segment[] = missing.map((range) => ({ position: range.start, end: range.end }))
  const live = new Map<Segment, { from: number; replyEnd: number }>()

  function findSplit(): { victim: Segment; at: number } | null {
    const victims = [...live.keys()].filter((segment) => Number.isFinite(segment.end))
    const remaining = victims.map((segment) => ({ start: segment.position, end: segment.end }))
    const split = chooseSplit(remaining, smallestHalfBytes)
    const victim = victims[split?.index ?? -1]
    return split === null || victim === undefined ? null : { victim, at: split.at }
  }

  return {
    take(isSplitAllowed) {
      const next = waiting.shift()
      const split = next === undefined && isSplitAllowed ? findSplit() : null
      if (split === null) return next
      const half = { position: split.at, end: split.victim.end }
      split.victim.end = split.at
      return half
    },
    canTake: () => waiting.length > 0 || findSplit() !== null,
    begin(segment, replyEnd) {
      live.set(segment, { from: segment.position, replyEnd })
    },
    end(segment) {
      live.delete(segment)
    },
    giveBack(segment) {
      if (segment.position >= segment.end) return
      for (const [neighbour, { replyEnd }] of live) {
        const isCutShort = neighbour.end === segment.position && replyEnd >= segment.end
        if (!isCutShort || neighbour.position >= neighbour.end) continue
        neighbour.end = segment.end
        return
      }
      waiting.unshift(segment)
    },
    isWaiting: () => waiting.length > 0,
    areFlowing: (count) => live.size === count && [...live].every(([segment, { from }]) => segment.position > from),
  }
}
