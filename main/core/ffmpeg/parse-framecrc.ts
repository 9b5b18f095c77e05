// Reads what ffmpeg's framecrc muxer writes: header lines of the streams, then a line a packet. Pure and streaming.
import { AppError } from '#contract/errors.ts'

/** What the header lines say of one output stream. */
export interface FramecrcStream {
  index: number
  kind: 'video' | 'audio' | 'data' | 'subtitle'
  codec: string
  /** A tick lasts numerator / denominator seconds. */
  timeBase: { numerator: number; denominator: number }
  width: number | null
  height: number | null
  sampleRate: number | null
  /** Adler-32 of the codec's parameters (SPS, PPS, AudioSpecificConfig) and their size; null where there are none. */
  extradata: { sizeBytes: number; crc: string } | null
}

export interface FramecrcPacket {
  stream: FramecrcStream
  /** Ticks of the stream's time base; null where the container carries none. */
  dts: number | null
  pts: number | null
  duration: number
  sizeBytes: number
  /** Adler-32 of the bytes, as ffmpeg writes it. */
  crc: string
  isKey: boolean
}

export interface FramecrcParser {
  push(line: string): void
  /** All streams seen so far, by index. */
  readonly streams: ReadonlyMap<number, FramecrcStream>
}

/** More streams than any camera has: only a hostile file gets there. */
const mostStreams = 64
const keyFlag = 1

/** Errors: tool-failed for a line that framecrc never writes; unsupported-media for more than 64 streams. */
export function createFramecrcParser(onPacket: (packet: FramecrcPacket) => void): FramecrcParser {
  const streams = new Map<number, FramecrcStream>()
  return {
    streams,
    push(line) {
      if (line === '') return
      if (line.startsWith('#')) {
        takeHeader(streams, line)
        return
      }
      onPacket(parsePacket(streams, line))
    },
  }
}

function takeHeader(streams: Map<number, FramecrcStream>, line: string): void {
  const [, key, index, value] = /^#(\w+) (\d+): +(.*)$/.exec(line) ?? []
  if (key === undefined || index === undefined || value === undefined) return
  const stream = findStream(streams, Number(index))
  if (key === 'media_type')
    stream.kind = value === 'video' || value === 'audio' || value === 'subtitle' ? value : 'data'
  else if (key === 'codec_id') stream.codec = value
  else if (key === 'tb')
    stream.timeBase = parsePair(value, '/', ([numerator, denominator]) => ({ numerator, denominator }))
  else if (key === 'dimensions') parsePair(value, 'x', ([width, height]) => Object.assign(stream, { width, height }))
  else if (key === 'sample_rate') stream.sampleRate = Number(value) > 0 ? Number(value) : null
  else if (key === 'extradata') {
    const [sizeBytes, crc] = value.split(/,\s*/)
    stream.extradata = { sizeBytes: Number(sizeBytes), crc: crc ?? '' }
  }
}

function findStream(streams: Map<number, FramecrcStream>, index: number): FramecrcStream {
  const known = streams.get(index)
  if (known) return known
  if (streams.size >= mostStreams)
    throw new AppError('unsupported-media', 'The file has more streams than any camera makes.')
  const stream: FramecrcStream = {
    index,
    kind: 'data',
    codec: 'none',
    timeBase: { numerator: 1, denominator: 1 },
    width: null,
    height: null,
    sampleRate: null,
    extradata: null,
  }
  streams.set(index, stream)
  return stream
}

function parsePair<T>(value: string, separator: string, build: (pair: [number, number]) => T): T {
  const [first, second] = value.split(separator).map(Number)
  if (!first || !second) throw strangeLine(value)
  return build([first, second])
}

/** `0, -2048, 0, 1024, 8721, 0x55628197, F=0x0, S=1, …`: stream, dts, pts, duration, size, checksum; F when not just "key". */
function parsePacket(streams: ReadonlyMap<number, FramecrcStream>, line: string): FramecrcPacket {
  const fields = line.split(',')
  const stream = streams.get(Number(fields[0]))
  const [, dts, pts, duration, size, checksum] = fields.map((field) => field.trim())
  const crc = checksum ?? ''
  if (!stream || !/^0x[0-9a-f]{8}$/.test(crc)) throw strangeLine(line)
  const sizeBytes = Number(size)
  if (!Number.isSafeInteger(sizeBytes)) throw strangeLine(line)
  const flags = /,\s*F=0x([0-9a-fA-F]+)/.exec(line)?.[1]
  return {
    stream,
    dts: parseTicks(dts),
    pts: parseTicks(pts),
    duration: parseTicks(duration) ?? 0,
    sizeBytes,
    crc,
    isKey: flags === undefined || (parseInt(flags, 16) & keyFlag) !== 0,
  }
}

function parseTicks(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,18}$/.test(text) ? Number(text) : null
}

function strangeLine(line: string): AppError {
  return new AppError('tool-failed', `ffmpeg described a packet in a way that is not known: ${line.slice(0, 80)}`)
}
