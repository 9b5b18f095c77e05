// Decides whether the fetched bytes are already the wanted file, or what one pass of ffmpeg must change. Pure.
import { AppError } from '#contract/errors.ts'
import type { Demuxer } from '#core/ffmpeg/index.ts'
import { demuxerOf } from './demuxer-of.ts'
import type { Container, StreamFacts } from './media-report.ts'

export interface AssemblyOptions {
  container: 'mp4' | 'mkv'
  audio: 'keep' | 'drop'
}

export interface Remux {
  kind: 'remux'
  /** For people: why the bytes as fetched are not the finished file. */
  reason: string
  demuxer: Demuxer
  /** Indexes of the streams that go over, pictures first. */
  streams: number[]
  muxer: 'mp4' | 'matroska'
  /** Sound as it is, made into AAC (the result is then a viewing copy, and the original must stay beside it), or left out. */
  audio: 'copy' | 'aac' | 'drop'
  videoTag: 'hvc1' | null
  /** Puts the first picture at 0 and keeps the sound in step; 0 where that would push a second of sound before the beginning. */
  shiftMicroseconds: number
  /** Room for the index before the media; null when the length is not known beforehand. */
  indexBytes: number | null
  /** Streams that cannot go over, in sentences. */
  warnings: string[]
}

export type AssemblyPlan = { kind: 'keep' } | Remux

/** What the MP4 muxer takes and common players play. */
const mp4Pictures = new Set(['h264', 'hevc', 'av1', 'vp9', 'mpeg4', 'mpeg2video', 'mjpeg'])
const mp4Sound = new Set(['aac', 'mp3', 'mp2', 'ac3', 'eac3', 'opus', 'flac', 'alac'])

/** Errors: unsupported-media when there are no pictures, or pictures that MP4 cannot hold (the message says to take MKV). */
export function planAssembly(
  container: Container,
  streams: readonly StreamFacts[],
  options: AssemblyOptions,
): AssemblyPlan {
  const pictures = streams.filter(({ kind, width }) => kind === 'video' && width !== null)
  const sound = streams.filter(
    ({ kind, codec, sampleRate }) => kind === 'audio' && codec !== 'none' && sampleRate !== null,
  )
  if (pictures.length === 0) throw new AppError('unsupported-media', 'There are no pictures in the file.')
  if (options.container === 'mp4') refuseForeignPictures(pictures)
  const isConverted = options.container === 'mp4' && sound.some(({ codec }) => !mp4Sound.has(codec))
  const audio = options.audio === 'drop' ? 'drop' : isConverted ? 'aac' : 'copy'
  const videoTag = options.container === 'mp4' && pictures.every(({ codec }) => codec === 'hevc') ? 'hvc1' : null
  const isTagged = videoTag === null || pictures.every(({ codecTag }) => codecTag === videoTag)
  const reason = findReason(container, options, { isTagged, audio, hasSound: sound.length > 0 })
  if (reason === null) return { kind: 'keep' }
  const taken = [...pictures, ...(audio === 'drop' ? [] : sound)]
  return {
    kind: 'remux',
    reason,
    demuxer: demuxerOf(container),
    streams: taken.map(({ index }) => index),
    muxer: options.container === 'mp4' ? 'mp4' : 'matroska',
    audio,
    videoTag,
    shiftMicroseconds: findShift(pictures[0]?.firstMs ?? 0),
    indexBytes: options.container === 'mp4' ? estimateIndexBytes(taken) : null,
    warnings: describeLeftOut(streams, [...pictures, ...sound]),
  }
}

function refuseForeignPictures(pictures: readonly StreamFacts[]): void {
  const foreign = pictures.find(({ codec }) => !mp4Pictures.has(codec))
  if (foreign)
    throw new AppError(
      'unsupported-media',
      `MP4 cannot hold pictures of the kind ${foreign.codec}. Export again as MKV.`,
    )
}

function findReason(
  container: Container,
  options: AssemblyOptions,
  { isTagged, audio, hasSound }: { isTagged: boolean; audio: Remux['audio']; hasSound: boolean },
): string | null {
  if (options.container === 'mkv' && container.kind !== 'matroska') return 'MKV was asked for.'
  if (options.container === 'mp4') {
    if (container.kind === 'mpegts') return 'An MPEG-TS stream is made into MP4.'
    if (container.kind === 'matroska') return 'A Matroska file is made into MP4.'
    if (container.kind === 'mov') return 'A QuickTime file is made into MP4.'
    if (container.isFragmented) return 'A fragmented MP4 is made into a plain one.'
    if (!container.isFaststart) return 'The index is moved to the front, so that playing begins at once.'
    if (!isTagged) return 'H.265 is marked hvc1, so that all players take it.'
    if (audio === 'aac') return 'The sound is made into AAC, because MP4 cannot hold it as it is.'
  }
  return audio === 'drop' && hasSound ? 'The sound is left out.' : null
}

/** Players and ffmpeg skip sound that lies further before the beginning than a decoder needs to warm up. */
const mostHiddenSoundMs = 900

function findShift(firstPictureMs: number): number {
  return firstPictureMs > mostHiddenSoundMs ? 0 : -Math.round(firstPictureMs * 1000) || 0
}

/** Size, duration, offset and place in a chunk of each packet: rarely more than this many bytes, mostly half of it. */
const indexBytesPerPacket = 36
const indexBaseBytes = 65_536
/** A larger index (a day of many streams) is moved afterwards instead. */
const mostIndexBytes = 1 << 30

function estimateIndexBytes(streams: readonly StreamFacts[]): number | null {
  const durationMs = streams[0]?.fileDurationMs ?? null
  if (durationMs === null) return null
  const packets = streams.reduce((sum, { packetsPerSecond }) => sum + (packetsPerSecond * durationMs) / 1000, 0)
  const bytes = Math.ceil(indexBaseBytes + packets * indexBytesPerPacket)
  return bytes <= mostIndexBytes ? bytes : null
}

function describeLeftOut(streams: readonly StreamFacts[], usable: readonly StreamFacts[]): string[] {
  const leftOut = streams.filter((stream) => !usable.includes(stream))
  return leftOut.map(({ index, kind, codec }) =>
    kind === 'audio'
      ? `A stream of sound (number ${index}) is announced but empty or unknown; it is not in the finished file.`
      : `A stream (number ${index}, ${kind}, ${codec}) cannot go into the finished file.`,
  )
}
