// The words of this folder: containers, streams, and what one pass over all packets of a file found. Types only.

/** What a file is by its bytes. */
export type Container =
  { kind: 'mp4' | 'mov'; isFaststart: boolean; isFragmented: boolean } | { kind: 'mpegts' } | { kind: 'matroska' }

/** What every call that starts ffmpeg needs. */
export interface MediaContext {
  /** Of `locateFfmpeg`. */
  ffmpegPath: string
  /** What the children may see is picked from it. */
  environment: Readonly<Record<string, string | undefined>>
  /** Abort: ffmpeg is ended, half-written files are removed, the call rejects with `cancelled`. */
  signal: AbortSignal
  /** Share of the file's bytes that passed, in 0…1. */
  onProgress?: (fraction: number) => void
  /** Without any sign of life from ffmpeg for this long, it is ended. Default two minutes. */
  stallMs?: number
}

/** One stream as the container describes it. */
export interface StreamFacts {
  /** Index in the file. */
  index: number
  kind: 'video' | 'audio' | 'data' | 'subtitle'
  /** As ffmpeg names it: `h264`, `hevc`, `aac`, `pcm_alaw`; `none` when it is announced but unknown. */
  codec: string
  /** Four characters of the container (`avc1`, `hev1`); null in containers without them. */
  codecTag: string | null
  width: number | null
  height: number | null
  sampleRate: number | null
  /** Presentation stamp of its first picture or sound, from the file's beginning; null when none came in the first seconds. */
  firstMs: number | null
  packetsPerSecond: number
  /** Of the whole file, as the container says it; null when it does not. */
  fileDurationMs: number | null
}

export interface StreamReport {
  /** Place among the sound and pictures that were read; not the index in the file. */
  index: number
  kind: 'video' | 'audio' | 'data' | 'subtitle'
  codec: string
  timeBase: { numerator: number; denominator: number }
  packets: number
  keyPackets: number
  bytes: number
  /** Presentation stamps from the file's first stamp; null without packets. */
  firstMs: number | null
  lastMs: number | null
  /** From the first picture or sound to the end of the last. */
  durationMs: number
  /** False when a decoding stamp is missing or runs backwards. */
  monotonic: boolean
  /** Packets with the decoding stamp of the one before: recorders that round their stamps write some. */
  repeated: number
  largestHoleMs: number
  /** Over decoding and presentation stamps (relative to the first) and key flags, in order. */
  timesSha256: string
  /** Over size and checksum of every packet, in order. */
  contentSha256: string
}

/** Times that the pictures themselves carry. `first` and `last` belong to the first and the last stamp found. */
export interface TimesInStream {
  firstUnixMs: number
  lastUnixMs: number
  source: 'prft' | 'sei'
}

export interface MediaReport {
  containerKind: Container['kind']
  /** Pictures first. */
  streams: StreamReport[]
  /** Of the pictures, from the first to the end of the last. */
  durationMs: number
  /** Stretches of more than 2 s without a picture, from the first picture on. */
  holes: { fromMs: number; toMs: number }[]
  /** Longest time between two pictures. */
  largestHoleMs: number
  /** Longest time between two key pictures without a hole between them; null with fewer than two. */
  keyIntervalMs: number | null
  /** What is wrong with the file, in sentences; empty when it passed. */
  problems: string[]
  /** What is worth knowing and not wrong. */
  warnings: string[]
  /** Over the times and contents of all streams: equal for two files with the same packets in the same container kind. */
  packetSha256: string
  /** Over every decoded frame; null unless the file was decoded. Equal for equal pictures in whatever container. */
  frameSha256: string | null
  timesInStream: TimesInStream | null
}
