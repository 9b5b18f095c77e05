// Counts what one download has received, written and flushed, and tells the caller at a bearable pace. Moves no byte itself.
import { performance } from 'node:perf_hooks'
import { countBytes, measurePrefix } from './byte-ranges.ts'
import type { ByteRange } from './byte-ranges.ts'
import type { FetchEvent } from './fetch-request.ts'

export interface Listener {
  onEvent(event: FetchEvent): void
  /** That many bytes from the beginning of the file are written and can be read back. */
  onPrefix(prefixBytes: number): void
}

export interface TransferReporter {
  noteHead(event: Extract<FetchEvent, { kind: 'head' }>): void
  noteReceived(lengthBytes: number): void
  noteWritten(written: readonly ByteRange[]): void
  noteFlushed(finished: ByteRange[]): void
  /** Bytes received in this attempt. */
  newBytes(): number
  /** What is not flushed yet; null while the size of the file is unknown. */
  missingBytes(): number | null
  /** Tells progress every 200 ms and calls `onSecond` every second, until `stop`. */
  start(onSecond: () => void): void
  /** Tells progress a last time. */
  stop(): void
}

const prefixStepBytes = 8 * 1_048_576
const progressEveryMs = 200
const ticksPerSecond = 1000 / progressEveryMs
/** Weight of the latest 200 ms in the rate that is shown: it follows a change within about a second. */
const latestWeight = 0.3

/** `present`: what earlier attempts left. `totalBytes`: as known before the first reply. */
export function createReporter(
  present: readonly ByteRange[],
  totalBytes: number | null,
  listener: Listener,
): TransferReporter {
  const presentBytes = countBytes(present)
  let total = totalBytes
  let newBytes = 0
  let flushedBytes = presentBytes
  let toldPrefixBytes = 0
  let told = { bytes: 0, ms: performance.now(), bytesPerSecond: 0, isFirst: true }
  let ticker: NodeJS.Timeout | undefined

  /** Silent until the first byte: until then the server may be preparing the file. */
  function tellProgress(): void {
    if (newBytes === 0) return
    const ms = performance.now()
    const elapsedMs = Math.max(1, ms - told.ms)
    const latest = ((newBytes - told.bytes) / elapsedMs) * 1000
    const bytesPerSecond = told.isFirst ? latest : told.bytesPerSecond + latestWeight * (latest - told.bytesPerSecond)
    told = { bytes: newBytes, ms, bytesPerSecond, isFirst: false }
    listener.onEvent({ kind: 'progress', bytes: presentBytes + newBytes, bytesPerSecond: Math.round(bytesPerSecond) })
  }

  function tellPrefix(written: readonly ByteRange[], stepBytes: number): void {
    const prefixBytes = measurePrefix(written)
    if (prefixBytes - toldPrefixBytes < stepBytes) return
    toldPrefixBytes = prefixBytes
    listener.onPrefix(prefixBytes)
  }

  return {
    noteHead(event) {
      total = event.totalBytes
      listener.onEvent(event)
    },
    noteReceived(lengthBytes) {
      newBytes += lengthBytes
    },
    noteWritten(written) {
      tellPrefix(written, prefixStepBytes)
    },
    noteFlushed(finished) {
      flushedBytes = countBytes(finished)
      listener.onEvent({ kind: 'flushed', finished })
    },
    newBytes: () => newBytes,
    missingBytes: () => (total === null ? null : total - flushedBytes),
    start(onSecond) {
      tellPrefix(present, 1)
      let ticks = 0
      ticker = setInterval(() => {
        tellProgress()
        ticks += 1
        if (ticks % ticksPerSecond === 0) onSecond()
      }, progressEveryMs)
    },
    stop() {
      clearInterval(ticker)
      tellProgress()
    },
  }
}
