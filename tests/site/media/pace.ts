// Holds a connection to a number of bytes per second. Knows nothing of what is sent.
import { setTimeout as sleep } from 'node:timers/promises'

export interface Pacer {
  /** Settles when the next `count` bytes may be sent. Rejects on abort. */
  wait(count: number, bytesPerSecond: number, signal: AbortSignal): Promise<void>
}

/** Late timers are made up for, but no more than this: a client that did not read gains no burst. */
const maxCreditMs = 200
const shortestSleepMs = 2

/** Size of the pieces to send at this rate: about 20 ms each, so that the flow looks steady to the reader. */
export function paceBytes(bytesPerSecond: number, maxBytes: number): number {
  return Math.max(4096, Math.min(maxBytes, Math.floor(bytesPerSecond / 50)))
}

export function createPacer(nowMs: () => number): Pacer {
  let readyAtMs = 0
  return {
    async wait(count, bytesPerSecond, signal) {
      const startMs = nowMs()
      // A connection that was idle starts without credit.
      readyAtMs = readyAtMs === 0 ? startMs : Math.max(readyAtMs, startMs - maxCreditMs)
      const delayMs = readyAtMs - startMs
      readyAtMs += (count * 1000) / bytesPerSecond
      if (delayMs >= shortestSleepMs) await sleep(delayMs, undefined, { signal })
    },
  }
}
