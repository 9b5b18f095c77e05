// Adds up the packets of one stream or file as they stream by. Pure; keeps nothing per packet.
import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import type { FramecrcPacket, FramecrcStream } from '#core/ffmpeg/index.ts'
import type { StreamReport } from './media-report.ts'
import { createHoleFinder, roundMs } from './picture-holes.ts'
import type { Holes } from './picture-holes.ts'

export interface StreamTally {
  add(packet: FramecrcPacket): void
  finish(): { report: StreamReport; holes: Holes; keyIntervalMs: number | null }
}

/** Exact for stamps of every length: the products stay below 2^53. */
const ticksPerSecond = 10_000
const jumpMs = 2_000

export function createStreamTally(stream: FramecrcStream): StreamTally {
  const { numerator, denominator } = stream.timeBase
  const times = createLineHash()
  const contents = createLineHash()
  const holeFinder = createHoleFinder()
  const keys = createKeyTally()
  const totals = { packets: 0, keyPackets: 0, bytes: 0, firstPts: Infinity, lastPts: -Infinity, endPts: -Infinity }
  let firstDts: number | null = null
  let previousDts: number | null = null
  let monotonic = true
  let repeated = 0

  const toMs = (ticks: number) => (ticks * 1000 * numerator) / denominator
  const toTenths = (ticks: number) => Math.floor((ticks * numerator * ticksPerSecond) / denominator)

  return {
    add(packet) {
      const pts = packet.pts ?? packet.dts
      const dts = packet.dts ?? pts
      if (pts === null || dts === null) {
        monotonic = false
        return
      }
      if (previousDts !== null && dts < previousDts) monotonic = false
      if (dts === previousDts) repeated += 1
      if (packet.isKey) totals.keyPackets += 1
      keys.add(toMs(dts), packet.isKey)
      firstDts ??= dts
      previousDts = dts
      totals.packets += 1
      totals.bytes += packet.sizeBytes
      totals.firstPts = Math.min(totals.firstPts, pts)
      totals.lastPts = Math.max(totals.lastPts, pts)
      totals.endPts = Math.max(totals.endPts, pts + packet.duration)
      holeFinder.push(toMs(pts))
      times.add(`${toTenths(dts - firstDts)},${toTenths(pts - firstDts)},${packet.isKey ? 1 : 0};`)
      contents.add(`${packet.sizeBytes},${packet.crc};`)
    },
    finish() {
      const holes = holeFinder.finish()
      const isEmpty = totals.packets === 0
      const firstMs = isEmpty ? null : roundMs(toMs(totals.firstPts))
      const lastMs = isEmpty ? null : roundMs(toMs(totals.lastPts))
      // The last picture's own duration is a guess of the container; its neighbours' step is not.
      const endMs = stream.kind === 'video' && lastMs !== null ? lastMs + holes.lastStepMs : toMs(totals.endPts)
      const report: StreamReport = {
        ...{ index: stream.index, kind: stream.kind, codec: stream.codec, timeBase: stream.timeBase },
        ...{ packets: totals.packets, keyPackets: totals.keyPackets, bytes: totals.bytes },
        ...{ firstMs, lastMs, durationMs: firstMs === null ? 0 : roundMs(endMs - firstMs) },
        ...{ monotonic, repeated, largestHoleMs: holes.largestMs },
        ...{ timesSha256: times.digest(), contentSha256: contents.digest() },
      }
      return { report, holes, keyIntervalMs: keys.longestMs() }
    },
  }
}

/** Longest time between two key pictures; intervals with a jump in them are left out. */
function createKeyTally() {
  let previousDtsMs: number | null = null
  let keyMs: number | null = null
  let hasJumped = false
  let longestMs: number | null = null
  return {
    add(dtsMs: number, isKey: boolean): void {
      if (previousDtsMs !== null && dtsMs - previousDtsMs > jumpMs) hasJumped = true
      previousDtsMs = dtsMs
      if (!isKey) return
      if (keyMs !== null && !hasJumped) longestMs = Math.max(longestMs ?? 0, dtsMs - keyMs)
      keyMs = dtsMs
      hasJumped = false
    },
    longestMs: () => (longestMs === null ? null : roundMs(longestMs)),
  }
}

const batchLength = 16_384

/** SHA-256 over many short lines, fed in larger pieces. */
export function createLineHash() {
  const hash: Hash = createHash('sha256')
  let batch = ''
  return {
    add(line: string): void {
      batch += line
      if (batch.length < batchLength) return
      hash.update(batch)
      batch = ''
    },
    digest(): string {
      return hash.update(batch).digest('hex')
    },
  }
}
