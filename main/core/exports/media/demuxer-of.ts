// Which demuxer reads a container. The choice is made by the bytes, once, and forced on every run of ffmpeg.
import type { Demuxer } from '#core/ffmpeg/index.ts'
import type { Container } from './media-report.ts'

export function demuxerOf(container: Container): Demuxer {
  return container.kind === 'mpegts' || container.kind === 'matroska' ? container.kind : 'mov'
}

/** Without any sign of life for this long, ffmpeg is ended. */
export const defaultStallMs = 120_000
