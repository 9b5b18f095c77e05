// Times that the pictures carry themselves: producer reference times of fragmented MP4 (ISO/IEC 14496-12, 8.16.5) and
// MISP microsecond stamps in H.264 and H.265 (MISB ST 0604: user data unregistered SEI). A timecode track or picture
// timing has no date and is left alone. Only the ends of the file are read.
import type { FileWindow } from './file-window.ts'
import { BrokenBox, findInside, walkBoxes } from './mp4-boxes.ts'
import type { Box } from './mp4-boxes.ts'
import type { Mp4Structure } from './mp4-structure.ts'
import type { TimesInStream } from './media-report.ts'
import { findPayload, findTsLayout, readPid } from './ts-layout.ts'

const endBytes = 2 << 20
/** 1 January 1900 to 1 January 1970. */
const ntpEpochSeconds = 2_208_988_800
const earliestUnixMs = Date.UTC(2000, 0, 1)
const latestUnixMs = Date.UTC(2100, 0, 1)
/** Producer times that run faster or slower than the media by more were taken while writing the file, not while recording. */
const allowedDriftMs = 2_000

/** Null when the file carries no such times, or only times of its own making. */
export async function readMp4Times(window: FileWindow, structure: Mp4Structure): Promise<TimesInStream | null> {
  const { firstMedia, lastMedia } = structure
  if (!firstMedia || !lastMedia) return null
  const produced = await readProducerTimes(window, structure)
  if (produced) return produced
  const mediaEnd = Math.min(lastMedia.start + lastMedia.sizeBytes, window.sizeBytes)
  const first = findStamps(await window.read(firstMedia.start, endBytes))[0]
  const last = findStamps(await window.read(Math.max(firstMedia.start, mediaEnd - endBytes), endBytes)).at(-1)
  return pairTimes(first, last)
}

export async function readTsTimes(window: FileWindow): Promise<TimesInStream | null> {
  const layout = findTsLayout(Buffer.from(await window.read(0, 2048)))
  if (!layout) return null
  const packets = Math.floor(endBytes / layout.packetBytes)
  const lastPacket = Math.floor(window.sizeBytes / layout.packetBytes)
  const tailStart = Math.max(0, lastPacket - packets) * layout.packetBytes
  const first = findTsStamps(await window.read(0, packets * layout.packetBytes), layout)[0]
  const last = findTsStamps(await window.read(tailStart, packets * layout.packetBytes), layout).at(-1)
  return pairTimes(first, last)
}

function pairTimes(firstUnixMs: number | undefined, lastUnixMs: number | undefined): TimesInStream | null {
  return firstUnixMs === undefined || lastUnixMs === undefined ? null : { firstUnixMs, lastUnixMs, source: 'sei' }
}

/** Payload type 5, 28 bytes, then the UUID of ST 0604: `MISPmicrosectime`. */
const stampMark = Buffer.concat([Buffer.from([5, 28]), Buffer.from('MISPmicrosectime', 'latin1')])
const stampBytes = 28 - 16

/** Unix milliseconds of every MISP stamp, in the order of the bytes. */
export function findStamps(bytes: Buffer): number[] {
  const stamps: number[] = []
  for (let at = bytes.indexOf(stampMark); at !== -1; at = bytes.indexOf(stampMark, at + 1)) {
    const start = at + stampMark.length
    const unixMs = readStamp(bytes.subarray(start, start + stampBytes))
    if (unixMs !== null) stamps.push(unixMs)
  }
  return stamps
}

/** A status byte, then eight bytes of Unix microseconds with 0xFF after each second one (not after the last). */
function readStamp(bytes: Buffer): number | null {
  if (bytes.length < stampBytes || [3, 6, 9].some((index) => bytes[index] !== 0xff)) return null
  const value = Buffer.from([1, 2, 4, 5, 7, 8, 10, 11].map((index) => bytes[index] ?? 0))
  return plausible(Number(value.readBigUInt64BE(0) / 1000n))
}

function plausible(unixMs: number): number | null {
  return unixMs >= earliestUnixMs && unixMs < latestUnixMs ? unixMs : null
}

/** Joins the payloads of each PID first: a stamp may lie across two packets. */
function findTsStamps(
  bytes: Buffer,
  { packetBytes, syncOffset }: { packetBytes: number; syncOffset: number },
): number[] {
  const payloads = new Map<number, Buffer[]>()
  for (let start = syncOffset; start + 188 <= bytes.length; start += packetBytes) {
    const payload = findPayload(bytes, start)
    if (!payload) continue
    const pid = readPid(bytes, start)
    const parts = payloads.get(pid)
    const part = bytes.subarray(payload.start, payload.end)
    if (parts) parts.push(part)
    else payloads.set(pid, [part])
  }
  for (const parts of payloads.values()) {
    const stamps = findStamps(Buffer.concat(parts))
    if (stamps.length > 0) return stamps
  }
  return []
}

async function readProducerTimes(window: FileWindow, structure: Mp4Structure): Promise<TimesInStream | null> {
  const { movie, firstTime, lastTime } = structure
  if (!movie || !firstTime || !lastTime) return null
  const first = parseProducerTime(Buffer.from(await window.read(firstTime.start + firstTime.headerBytes, 28)))
  const last = parseProducerTime(Buffer.from(await window.read(lastTime.start + lastTime.headerBytes, 28)))
  if (!first || !last || first.trackId !== last.trackId) return null
  const timescale = await findTimescale(window, movie, first.trackId)
  if (timescale === null) return null
  const mediaMs = ((last.mediaTime - first.mediaTime) * 1000) / timescale
  if (Math.abs(last.unixMs - first.unixMs - mediaMs) > allowedDriftMs) return null
  return { firstUnixMs: first.unixMs, lastUnixMs: last.unixMs, source: 'prft' }
}

export interface ProducerTime {
  trackId: number
  unixMs: number
  mediaTime: number
}

/** The box without its header. Null for times that are marked as arbitrary (flag 8) or make no sense. */
export function parseProducerTime(box: Buffer): ProducerTime | null {
  if (box.length < 20) return null
  const isLong = box.readUInt8(0) === 1
  if (isLong && box.length < 24) return null
  if (box.readUIntBE(1, 3) === 8) return null
  const seconds = box.readUInt32BE(8) - ntpEpochSeconds
  const unixMs = plausible(Math.round((seconds + box.readUInt32BE(12) / 2 ** 32) * 1000))
  const mediaTime = isLong ? Number(box.readBigUInt64BE(16)) : box.readUInt32BE(16)
  return unixMs === null ? null : { trackId: box.readUInt32BE(4), unixMs, mediaTime }
}

async function findTimescale(window: FileWindow, movie: Box, trackId: number): Promise<number | null> {
  try {
    return await searchTimescale(window, movie, trackId)
  } catch (error) {
    if (error instanceof BrokenBox) return null
    throw error
  }
}

async function searchTimescale(window: FileWindow, movie: Box, trackId: number): Promise<number | null> {
  const end = Math.min(movie.start + movie.sizeBytes, window.sizeBytes)
  for await (const track of walkBoxes(window, movie.start + movie.headerBytes, end)) {
    if (track.type !== 'trak') continue
    const header = await findInside(window, track, 'tkhd')
    const media = await findInside(window, track, 'mdia')
    const mediaHeader = media && (await findInside(window, media, 'mdhd'))
    if (!header || !mediaHeader) continue
    // Both boxes: version and flags, two times (32 or 64 bits each), then the number wanted.
    if ((await readAfterTimes(window, header)) !== trackId) continue
    return (await readAfterTimes(window, mediaHeader)) || null
  }
  return null
}

async function readAfterTimes(window: FileWindow, box: Box): Promise<number | null> {
  const start = box.start + box.headerBytes
  const bytes = await window.read(start, 24)
  const offset = bytes[0] === 1 ? 20 : 12
  return bytes.length >= offset + 4 ? bytes.readUInt32BE(offset) : null
}
