// Asks ffmpeg which streams a file has and how they begin. Reads the first seconds only.
import { createBannerParser, createFramecrcParser, probeArguments, runFfmpeg } from '#core/ffmpeg/index.ts'
import type { Banner, BannerStream, FramecrcStream } from '#core/ffmpeg/index.ts'
import { defaultStallMs, demuxerOf } from './demuxer-of.ts'
import type { Container, MediaContext, StreamFacts } from './media-report.ts'

const probedSeconds = 5

/** What was seen of one stream in the first seconds. */
interface Opening {
  stream: FramecrcStream
  packets: number
  firstMs: number | null
  lastMs: number
}

/** Errors: unsupported-media when the file cannot be read at all; tool-missing, tool-failed, cancelled. */
export async function probeStreams(file: string, container: Container, context: MediaContext): Promise<StreamFacts[]> {
  const openings = new Map<number, Opening>()
  const banner = createBannerParser()
  const parser = createFramecrcParser(({ stream, pts }) => {
    const opening = openings.get(stream.index) ?? { stream, packets: 0, firstMs: null, lastMs: 0 }
    openings.set(stream.index, opening)
    opening.packets += 1
    if (pts === null) return
    const ptsMs = (pts * 1000 * stream.timeBase.numerator) / stream.timeBase.denominator
    opening.firstMs = Math.min(opening.firstMs ?? ptsMs, ptsMs)
    opening.lastMs = Math.max(opening.lastMs, ptsMs)
  })
  await runFfmpeg({
    path: context.ffmpegPath,
    args: probeArguments({ demuxer: demuxerOf(container), path: file }, probedSeconds),
    environment: context.environment,
    signal: context.signal,
    stallMs: context.stallMs ?? defaultStallMs,
    onStdoutLine: (line) => parser.push(line),
    onMessage: (line) => banner.push(line),
  })
  return joinFacts(banner.banner, [...parser.streams.values()], openings)
}

/** The packet lines count pictures first, then sound; the banner counts as the file does and says which is which. */
function joinFacts(
  { streams, durationMs, mapping }: Banner,
  outputs: readonly FramecrcStream[],
  openings: ReadonlyMap<number, Opening>,
): StreamFacts[] {
  return streams.map((stream) => {
    const output = outputs.find(({ index }) => mapping[index] === stream.index)
    return describeStream(stream, output, output && openings.get(output.index), durationMs)
  })
}

function describeStream(
  stream: BannerStream,
  output: FramecrcStream | undefined,
  opening: Opening | undefined,
  fileDurationMs: number | null,
): StreamFacts {
  const seenSeconds = opening ? Math.max(1, (opening.lastMs - (opening.firstMs ?? 0)) / 1000) : 1
  return {
    index: stream.index,
    kind: stream.isAttachedPicture ? 'data' : stream.kind,
    codec: stream.codec,
    codecTag: stream.codecTag,
    width: output?.width ?? null,
    height: output?.height ?? null,
    sampleRate: output?.sampleRate ?? null,
    firstMs: opening?.firstMs ?? null,
    packetsPerSecond: opening ? opening.packets / seenSeconds : 0,
    fileDurationMs,
  }
}
