// Judges whether a body still arrives: silence, or a trickle that would never end (slow loris), is a stall. Pure but for what
// it remembers; the caller brings the clock.

export interface StallWatch {
  /** Bytes have come. */
  note(lengthBytes: number, nowMs: number): void
  /** This side held the body back: the time so far says nothing about the server. */
  excuse(nowMs: number): void
  judge(nowMs: number): 'fine' | 'no-first-byte' | 'stalled'
}

export interface StallLimits {
  /** For the first byte of the body, counted from the request. */
  firstByteMs: number
  /** Without a byte, or with less than `leastBytesPerSecond` over this long. */
  stallMs: number
  leastBytesPerSecond: number
}

export function createStallWatch(limits: StallLimits, askedAtMs: number): StallWatch {
  let lastByteMs: number | null = null
  let windowStartMs = askedAtMs
  let windowBytes = 0
  return {
    note(lengthBytes, nowMs) {
      if (lastByteMs === null) windowStartMs = nowMs
      lastByteMs = nowMs
      windowBytes += lengthBytes
    },
    excuse(nowMs) {
      if (lastByteMs !== null) lastByteMs = nowMs
      windowStartMs = nowMs
      windowBytes = 0
    },
    judge(nowMs) {
      if (lastByteMs === null) return nowMs - askedAtMs >= limits.firstByteMs ? 'no-first-byte' : 'fine'
      if (nowMs - lastByteMs >= limits.stallMs) return 'stalled'
      if (nowMs - windowStartMs < limits.stallMs) return 'fine'
      const leastBytes = (limits.leastBytesPerSecond * (nowMs - windowStartMs)) / 1000
      if (windowBytes < leastBytes) return 'stalled'
      windowStartMs = nowMs
      windowBytes = 0
      return 'fine'
    },
  }
}
