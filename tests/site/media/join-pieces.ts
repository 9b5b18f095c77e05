// Joins pieces of footage into one file of the wanted layout, packets copied, holes between the pieces kept as holes.
// Knows nothing of how pieces are made or served.
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { framesPerSecond } from '../world.ts'
import type { FrameSpan, MediaContainer, MediaLayout } from './media-spec.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

export interface JoinOptions {
  readonly ffmpeg: string
  /** Holds the pieces and, meanwhile, the list of them. */
  readonly folder: string
  /** File names within the folder, of letters, digits, dots and hyphens only; oldest first. */
  readonly pieces: readonly { readonly name: string; readonly span: FrameSpan }[]
  readonly container: MediaContainer
  readonly layout: MediaLayout
  readonly isHevc: boolean
  /** Written in place; the caller renames it. */
  readonly file: string
  readonly signal: AbortSignal
}

/** Each piece "lasts" until the next one begins: that is what keeps the true distance across a gap. */
export function writeConcatList(pieces: JoinOptions['pieces']): string {
  const lines = pieces.map(({ name, span }, index) => {
    const nextFrame = pieces[index + 1]?.span.firstFrame ?? span.endFrame
    return `file '${name}'\nduration ${((nextFrame - span.firstFrame) / framesPerSecond).toFixed(6)}\n`
  })
  return `ffconcat version 1.0\n${lines.join('')}`
}

function containerArguments(options: JoinOptions): string[] {
  if (options.container === 'mpegts') return ['-muxdelay', '0', '-muxpreload', '0', '-f', 'mpegts']
  const tag = options.isHevc ? ['-tag:v', 'hev1'] : []
  const flags = {
    faststart: ['-movflags', '+faststart'],
    'moov-last': [],
    fragmented: ['-movflags', '+frag_keyframe+delay_moov+default_base_moof'],
    mpegts: ['-movflags', '+faststart'],
  }[options.layout]
  return [...tag, '-video_track_timescale', '15360', ...flags, '-f', options.container]
}

export async function joinPieces(options: JoinOptions): Promise<void> {
  const list = `${options.file}.list`
  await writeFile(list, writeConcatList(options.pieces))
  const input = ['-f', 'concat', '-safe', '0', '-i', `file:${path.resolve(list)}`, '-map', '0', '-c', 'copy']
  const output = ['-fflags', '+bitexact', ...containerArguments(options), '-y', `file:${options.file}`]
  try {
    await runFfmpeg(options.ffmpeg, {
      arguments: [...input, ...output],
      workingFolder: options.folder,
      signal: options.signal,
    })
  } finally {
    await rm(list, { force: true })
  }
}
