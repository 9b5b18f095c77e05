// Lends out the 1 MiB buffers that downloads are written from, so that a worker's memory does not grow with its rate.

/** Large enough that the cost of a write disappears, small enough to keep several in flight. */
export const blockBytes = 1_048_576

export interface BlockPool {
  /** A buffer of `blockBytes`, or null when all are lent out; `isUrgent` gets one in any case (a holder of none must go on). */
  take(isUrgent: boolean): Buffer | null
  /** Gives a buffer back, and wakes those who waited, first come first served. */
  give(block: Buffer): void
  /** `wake` is called once, when a buffer has come back. */
  wait(wake: () => void): void
  /** Forgets a `wake` that has not been called. */
  leave(wake: () => void): void
}

/** At most `most` buffers, beside those that were urgent; made on demand and kept. */
export function createBlockPool(most: number): BlockPool {
  const free: Buffer[] = []
  const waiting = new Set<() => void>()
  let lent = 0
  return {
    take(isUrgent) {
      if (lent >= most && !isUrgent) return null
      lent += 1
      return free.pop() ?? Buffer.allocUnsafeSlow(blockBytes)
    },
    give(block) {
      lent -= 1
      if (lent + free.length < most) free.push(block)
      const [wake] = waiting
      if (wake === undefined) return
      waiting.delete(wake)
      wake()
    },
    wait(wake) {
      waiting.add(wake)
    },
    leave(wake) {
      waiting.delete(wake)
    },
  }
}
