// What a media file of the site holds, as data: its frames, its layout, and the name that follows from both.
// Pure; knows nothing of ffmpeg, disks or HTTP.
import { createHash } from 'node:crypto'
import { firstFrameAt, framesPerSecond, type Interval, type SiteCamera } from '../world.ts'

export type MediaLayout = 'faststart' | 'moov-last' | 'fragmented' | 'mpegts'
export type MediaContainer = 'mp4' | 'mov' | 'mpegts'

/** Grid frames `[firstFrame, endFrame)`. */
export interface FrameSpan {
  readonly firstFrame: number
  readonly endFrame: number
}

export interface MediaSpec {
  readonly camera: SiteCamera
  /** Not empty, oldest first, not overlapping; the first frame of the first one has timestamp 0. */
  readonly spans: readonly FrameSpan[]
  readonly layout: MediaLayout
  /** 0, or another number for the same footage made again: other bytes, same frames. */
  readonly variant: number
}

/** Pieces never cross a multiple of this many frames (ten minutes), so that overlapping ranges share most pieces. */
export const framesPerSlot = 600 * framesPerSecond
const recipeVersion = 2

/** The frames of the intervals; intervals without a frame are left out. */
export function toFrameSpans(intervals: readonly Interval[]): FrameSpan[] {
  return intervals
    .map(({ fromMs, toMs }) => ({ firstFrame: firstFrameAt(fromMs), endFrame: firstFrameAt(toMs) }))
    .filter((span) => span.firstFrame < span.endFrame)
}

/** Cuts spans at the ten-minute slots. */
export function splitIntoPieces(spans: readonly FrameSpan[]): FrameSpan[] {
  const pieces: FrameSpan[] = []
  for (const span of spans) {
    for (let firstFrame = span.firstFrame; firstFrame < span.endFrame;) {
      const endFrame = Math.min(span.endFrame, (Math.floor(firstFrame / framesPerSlot) + 1) * framesPerSlot)
      pieces.push({ firstFrame, endFrame })
      firstFrame = endFrame
    }
  }
  return pieces
}

/** G.711 needs MOV, in every layout but MPEG-TS, which cannot carry it: such a camera then answers with a plain MOV. */
export function chooseContainer(camera: SiteCamera, layout: MediaLayout): MediaContainer {
  if (camera.audio === 'pcm_alaw') return 'mov'
  return layout === 'mpegts' ? 'mpegts' : 'mp4'
}

export const contentTypes: Readonly<Record<MediaContainer, string>> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  mpegts: 'video/mp2t',
}

function hashKey(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)
}

function describeCamera({ number, video, audio, bFrames, kbps }: SiteCamera): unknown[] {
  return [recipeVersion, number, video, audio, bFrames, kbps]
}

/** 32 hex digits; equal exactly when the bytes of the file are to be equal. */
export function mediaKey(spec: MediaSpec): string {
  const spans = spec.spans.map((span) => [span.firstFrame, span.endFrame])
  return hashKey(['file', describeCamera(spec.camera), spans, spec.layout, spec.variant])
}

export function pieceKey(camera: SiteCamera, piece: FrameSpan, variant: number): string {
  return hashKey(['piece', describeCamera(camera), piece.firstFrame, piece.endFrame, variant])
}
