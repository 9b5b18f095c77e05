// Compares what a file held before and after assembling: a remux must keep every packet. Pure.
import type { MediaReport, StreamReport } from './media-report.ts'

export interface CompareOptions {
  isAudioConverted: boolean
  isAudioDropped: boolean
}

/** Stamps are rounded when the time base changes (Matroska counts milliseconds, MP4 sound counts samples). */
const roundingMs = 3
/** An encoder adds silence before the first sound and pads the last block. */
const encoderMs = 250
/** What wrapping in MPEG-TS adds to or saves on a packet: start codes of 3 or 4 bytes, ADTS headers of 7 or 9. */
const wrapBytesPerPacket = 64

/** The differences in sentences; empty when nothing was lost. */
export function comparePackets(original: MediaReport, result: MediaReport, options: CompareOptions): string[] {
  const differences = [...comparePictures(original, result), ...compareSound(original, result, options)]
  if (original.frameSha256 !== null && result.frameSha256 !== null && original.frameSha256 !== result.frameSha256)
    differences.push('The decoded pictures differ from those of the original.')
  return differences
}

function pick({ streams }: MediaReport, kind: StreamReport['kind']): StreamReport[] {
  return streams.filter((stream) => stream.kind === kind && stream.packets > 0)
}

function comparePictures(original: MediaReport, result: MediaReport): string[] {
  const [before, after] = [pick(original, 'video'), pick(result, 'video')]
  if (before.length !== after.length) return [`${before.length} streams of pictures became ${after.length}.`]
  const pair = { original, result, name: 'picture' } as const
  const differences = before.flatMap((stream, place) => compareStream(stream, after[place] ?? stream, pair))
  const areHolesKept =
    original.holes.length === result.holes.length &&
    original.holes.every(({ toMs }, place) => Math.abs(toMs - (result.holes[place]?.toMs ?? Infinity)) <= roundingMs)
  if (!areHolesKept) differences.push('The holes between the pictures are not where they were.')
  return differences
}

function compareSound(original: MediaReport, result: MediaReport, options: CompareOptions): string[] {
  const [before, after] = [pick(original, 'audio'), pick(result, 'audio')]
  if (options.isAudioDropped) return after.length === 0 ? [] : ['There is sound although it was to be left out.']
  if (before.length !== after.length) return [`${before.length} streams of sound became ${after.length}.`]
  const pair = { original, result, name: 'sound' } as const
  if (!options.isAudioConverted)
    return before.flatMap((stream, place) => compareStream(stream, after[place] ?? stream, pair))
  return before.flatMap((stream, place) => {
    const durationMs = after[place]?.durationMs ?? 0
    if (Math.abs(stream.durationMs - durationMs) <= encoderMs) return []
    return [`The sound lasted ${format(stream.durationMs)} and now lasts ${format(durationMs)}.`]
  })
}

interface Pair {
  original: MediaReport
  result: MediaReport
  name: 'picture' | 'sound'
}

function compareStream(before: StreamReport, after: StreamReport, pair: Pair): string[] {
  const { name } = pair
  if (before.codec !== after.codec) return [`The ${name} was ${before.codec} and is now ${after.codec}.`]
  if (before.packets !== after.packets) return [`Of ${before.packets} ${name} packets there are now ${after.packets}.`]
  if (name === 'picture' && before.keyPackets !== after.keyPackets)
    return ['Key frames are no longer marked as they were.']
  const differences: string[] = []
  if (areTimesComparable(before, after, pair) && before.timesSha256 !== after.timesSha256)
    differences.push(`The time stamps of the ${name} changed.`)
  const isLengthKept = Math.abs(extentOf(before) - extentOf(after)) <= roundingMs
  const isHoleKept = Math.abs(before.largestHoleMs - after.largestHoleMs) <= roundingMs
  if (!isLengthKept || !isHoleKept)
    differences.push(`The ${name} reached over ${format(extentOf(before))} and now over ${format(extentOf(after))}.`)
  if (before.contentSha256 !== after.contentSha256 && !isRewrapped(before, after, pair))
    differences.push(`The contents of the ${name} changed.`)
  return differences
}

/** From the first stamp to the last: how long the last packet lasts is told differently by each container. */
function extentOf({ firstMs, lastMs }: StreamReport): number {
  return (lastMs ?? 0) - (firstMs ?? 0)
}

/** Stamps are exact where the new time base divides the old one; Matroska has no decoding stamps. */
function areTimesComparable(before: StreamReport, after: StreamReport, { original, result }: Pair): boolean {
  if (original.containerKind === 'matroska' || result.containerKind === 'matroska') return false
  const [old, now] = [before.timeBase, after.timeBase]
  return (old.numerator * now.denominator) % (now.numerator * old.denominator) === 0
}

/** Out of MPEG-TS, start codes become lengths and ADTS headers go: then only the sizes can be compared. */
function isRewrapped(before: StreamReport, after: StreamReport, { original, result }: Pair): boolean {
  if (original.containerKind !== 'mpegts' || result.containerKind === 'mpegts') return false
  return Math.abs(before.bytes - after.bytes) <= before.packets * wrapBytesPerPacket
}

function format(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(3)} s`
}
