// When to open more connections for one file: only while doing so raises the rate. Pure: measures nothing itself.

export interface ConnectionPlan {
  connections: number
  /** Rate before the last addition; null before any. */
  earlierBytesPerSecond: number | null
  /** More connections were tried to no avail, or are not needed. */
  isSettled: boolean
}

export const firstConnectionPlan: ConnectionPlan = { connections: 1, earlierBytesPerSecond: null, isSettled: false }

/** One connection at this rate keeps a thread busy: another one only costs. */
const enoughBytesPerSecond = 300e6
/** Doubling the connections has to raise the rate at least by this factor to be worth going on. */
const leastGain = 1.3

/** The next step, given the rate measured since the last one with all its connections running. Doubles up to `most`. */
export function planConnections(plan: ConnectionPlan, bytesPerSecond: number, most: number): ConnectionPlan {
  if (plan.isSettled) return plan
  const { connections, earlierBytesPerSecond } = plan
  const hasGained = earlierBytesPerSecond === null || bytesPerSecond >= earlierBytesPerSecond * leastGain
  if (!hasGained || connections >= most || bytesPerSecond >= enoughBytesPerSecond) return { ...plan, isSettled: true }
  return { connections: Math.min(most, connections * 2), earlierBytesPerSecond: bytesPerSecond, isSettled: false }
}
