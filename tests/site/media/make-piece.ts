// Makes one piece of a camera's footage, at most ten minutes, with ffmpeg. Same input, same bytes: threads are fixed.
// Knows nothing of ranges, layouts or HTTP.
import { rm, writeFile } from 'node:fs/promises'
import { framesPerSecond, type SiteCamera } from '../world.ts'
import { drawHeads, frameHeight, frameWidth, headHeight } from './draw-frames.ts'
import type { FrameSpan } from './media-spec.ts'
import { runFfmpeg } from './run-ffmpeg.ts'
import type { Tone } from './sound.ts'

export interface PieceOptions {
  readonly ffmpeg: string
  readonly camera: SiteCamera
  readonly span: FrameSpan
  readonly variant: number
  /** Null for a camera without sound. */
  readonly tone: Tone | null
  /** Written in place; the caller renames it. A file with `.tone` added stands beside it meanwhile. */
  readonly file: string
  readonly signal: AbortSignal
}

const gopFrames = framesPerSecond

function backgroundColour(camera: number, variant: number): string {
  const parts = [camera * 37 + variant * 53, camera * 59 + variant * 29, camera * 83 + variant * 71]
  return `0x${parts.map((part) => (48 + (part % 128)).toString(16).padStart(2, '0')).join('')}`
}

/** Constant bit rate with filler: the picture is so plain that the files would else be far smaller than those of a camera. */
function h264Arguments(camera: SiteCamera): string[] {
  const rate = `${camera.kbps}k`
  const tuning = ['nal-hrd=cbr', 'force-cfr=1', 'qpmin=18', 'repeat-headers=1', 'open-gop=0']
  const frames = camera.bFrames
    ? ['-bf', '2', '-x264-params', [...tuning, 'b-adapt=0'].join(':')]
    : ['-x264-params', tuning.join(':')]
  const rates = ['-b:v', rate, '-minrate', rate, '-maxrate', rate, '-bufsize', rate]
  return [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-threads',
    '1',
    '-g',
    `${gopFrames}`,
    '-keyint_min',
    `${gopFrames}`,
    '-sc_threshold',
    '0',
    ...rates,
    ...frames,
  ]
}

/** Tagged `hev1` on purpose: players that want `hvc1` are the client's concern. */
function hevcArguments(): string[] {
  const keyframes = [`keyint=${gopFrames}`, `min-keyint=${gopFrames}`, 'scenecut=0', 'open-gop=0', 'repeat-headers=1']
  const tuning = [...keyframes, 'pools=2', 'frame-threads=2', 'info=0', 'bframes=0', 'crf=24', 'log-level=none']
  return ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', tuning.join(':'), '-tag:v', 'hev1']
}

/** Settles when the piece is whole. Always a MOV or MP4 with `moov` last, first frame at 0. */
export async function makePiece(options: PieceOptions): Promise<void> {
  const { camera, span, tone, variant, file } = options
  const picture = [
    '-f',
    'rawvideo',
    '-pix_fmt',
    'yuv420p',
    '-s',
    `${frameWidth}x${headHeight}`,
    '-r',
    `${framesPerSecond}`,
    '-i',
    'pipe:0',
  ]
  const toneFile = `${file}.tone`
  const soundInput =
    tone === null
      ? []
      : ['-f', tone.format, ...(tone.format === 'alaw' ? ['-ar', `${tone.sampleRate}`] : []), '-i', `file:${toneFile}`]
  const soundOutput = tone === null ? [] : ['-map', '1:a', '-c:a', 'copy']
  const filter = `pad=${frameWidth}:${frameHeight}:0:0:${backgroundColour(camera.number, variant)}`
  const encoder = camera.video === 'h264' ? h264Arguments(camera) : hevcArguments()
  const container = [
    '-video_track_timescale',
    '15360',
    '-fflags',
    '+bitexact',
    '-flags:v',
    '+bitexact',
    '-f',
    'mov',
    '-y',
    `file:${file}`,
  ]
  try {
    if (tone !== null) await writeFile(toneFile, tone.repeat((span.endFrame - span.firstFrame) / framesPerSecond))
    await runFfmpeg(options.ffmpeg, {
      arguments: [...picture, ...soundInput, '-map', '0:v', '-vf', filter, ...encoder, ...soundOutput, ...container],
      input: drawHeads(camera.number, span.firstFrame, span.endFrame, variant),
      signal: options.signal,
    })
  } finally {
    await rm(toneFile, { force: true })
  }
}
