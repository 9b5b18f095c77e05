// Reads the lines in which ffmpeg describes its input on stderr: codec tags stand nowhere else. Pure.

export interface BannerStream {
  /** Index in the input file. */
  index: number
  kind: 'video' | 'audio' | 'data' | 'subtitle'
  codec: string
  /** Four characters as in the file (`avc1`, `hev1`); null where the container has none (MPEG-TS, Matroska). */
  codecTag: string | null
  isAttachedPicture: boolean
}

/** More streams than any camera has. */
const mostStreams = 64

const kinds: Readonly<Record<string, BannerStream['kind']>> = {
  Video: 'video',
  Audio: 'audio',
  Subtitle: 'subtitle',
  Data: 'data',
  Attachment: 'data',
  Unknown: 'data',
}

export interface Banner {
  streams: BannerStream[]
  /** As the container says it or ffmpeg estimates it; null where it cannot tell. */
  durationMs: number | null
  /** Index in the input of each output stream, in the order of the output. */
  mapping: number[]
}

export interface BannerParser {
  push(line: string): void
  readonly banner: Banner
}

/** Takes every message of a run at level `info`; what is said of the outputs is left aside. */
export function createBannerParser(): BannerParser {
  const banner: Banner = { streams: [], durationMs: null, mapping: [] }
  let isInput = true
  return {
    banner,
    push(line) {
      const text = line.replace(/^\[info\] /, '')
      if (/^(Output #0|Stream mapping)/.test(text)) isInput = false
      if (!isInput) {
        const [, from, to] = /^ +Stream #0:(\d+) -> #0:(\d+) /.exec(text) ?? []
        if (from !== undefined && Number(to) < mostStreams) banner.mapping[Number(to)] = Number(from)
        return
      }
      banner.durationMs ??= parseBannerDuration(text)
      const stream = parseBannerStream(text)
      if (stream && banner.streams.length < mostStreams) banner.streams.push(stream)
    },
  }
}

/** `  Duration: 01:00:01.99, start: 1.400000, bitrate: 2768 kb/s`. Null for `N/A` and for every other line. */
function parseBannerDuration(line: string): number | null {
  const [, hours, minutes, seconds] = /^\s*Duration: (\d+):(\d\d):(\d\d\.\d+),/.exec(line) ?? []
  if (hours === undefined) return null
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000)
}

/** `  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 16000 Hz, mono`. Null for every other line. */
function parseBannerStream(line: string): BannerStream | null {
  const match = /^\s*Stream #0:(\d+)[^:]*: (Video|Audio|Subtitle|Data|Attachment|Unknown): ([\w.-]+)(.*)$/.exec(line)
  const [, index, kind, codec, rest] = match ?? []
  if (index === undefined || kind === undefined || codec === undefined || rest === undefined) return null
  const tag = /\(([A-Za-z0-9 ._-]{4}) \/ 0x[0-9A-Fa-f]{4,8}\)/.exec(rest)?.[1] ?? null
  return {
    index: Number(index),
    kind: kinds[kind] ?? 'data',
    codec,
    codecTag: tag,
    isAttachedPicture: rest.includes('(attached pic)'),
  }
}
