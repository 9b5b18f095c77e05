// Keeps a rate below a bound: says after each piece how long to hold the next one back. Pure but for what it remembers.

export interface RateLimit {
  /** How long to take nothing after these bytes, milliseconds; 0: go on. */
  take(lengthBytes: number, nowMs: number): number
}

/** Shorter waits than this are not worth a timer: the debt is carried over. */
const shortestWaitMs = 10

/** `bytesPerSecond` null: no bound. */
export function createRateLimit(bytesPerSecond: number | null): RateLimit {
  if (bytesPerSecond === null) return { take: () => 0 }
  let paidUntilMs = Number.NEGATIVE_INFINITY
  return {
    take(lengthBytes, nowMs) {
      paidUntilMs = Math.max(paidUntilMs, nowMs) + (lengthBytes / bytesPerSecond) * 1000
      const waitMs = paidUntilMs - nowMs
      return waitMs < shortestWaitMs ? 0 : waitMs
    },
  }
}
