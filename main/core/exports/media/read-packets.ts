// Turns the packet lines of one ffmpeg run into the streams of a report. Knows no container and starts nothing.
import { createFramecrcParser } from '#core/ffmpeg/index.ts'
import type { FramecrcPacket } from '#core/ffmpeg/index.ts'
import type { Container, MediaReport, StreamReport } from './media-report.ts'
import { createLineHash, createStreamTally } from './packet-tally.ts'
import type { StreamTally } from './packet-tally.ts'

export interface PacketReader {
  /** A line of ffmpeg's stdout. */
  push(line: string): void
  /** Bytes of all packets so far. */
  readonly bytes: number
  finish(): MediaReport
}

export function createPacketReader(container: Container): PacketReader {
  const tallies = new Map<number, StreamTally>()
  let bytes = 0
  const parser = createFramecrcParser((packet: FramecrcPacket) => {
    bytes += packet.sizeBytes
    findTally(packet).add(packet)
  })

  function findTally({ stream }: Pick<FramecrcPacket, 'stream'>): StreamTally {
    const known = tallies.get(stream.index)
    if (known) return known
    const tally = createStreamTally(stream)
    tallies.set(stream.index, tally)
    return tally
  }

  return {
    push: (line) => parser.push(line),
    get bytes() {
      return bytes
    },
    finish() {
      for (const stream of parser.streams.values()) findTally({ stream })
      return buildReport(
        container,
        [...tallies.values()].map((tally) => tally.finish()),
      )
    },
  }
}

type Finished = ReturnType<StreamTally['finish']>

function buildReport(container: Container, finished: Finished[]): MediaReport {
  const rank = ({ report }: Finished) => (report.kind === 'video' ? 0 : 64) + report.index
  finished.sort((one, other) => rank(one) - rank(other))
  const streams = finished.map(({ report }) => report)
  const pictures = finished.find(({ report }) => report.kind === 'video' && report.packets > 0)
  const hash = createLineHash()
  for (const { kind, timesSha256, contentSha256 } of streams) hash.add(`${kind} ${timesSha256} ${contentSha256}\n`)
  return {
    containerKind: container.kind,
    streams,
    durationMs: pictures?.report.durationMs ?? 0,
    holes: pictures?.holes.list ?? [],
    largestHoleMs: pictures?.holes.largestMs ?? 0,
    keyIntervalMs: pictures?.keyIntervalMs ?? null,
    problems: findProblems(finished, pictures),
    warnings: findWarnings(streams),
    packetSha256: hash.digest(),
    frameSha256: null,
    timesInStream: null,
  }
}

function findProblems(finished: readonly Finished[], pictures: Finished | undefined): string[] {
  if (!pictures) return ['There is not a single picture in the file.']
  const problems: string[] = []
  if (pictures.report.keyPackets === 0) problems.push('No picture in the file can be shown: there is no key frame.')
  for (const { report } of finished)
    if (!report.monotonic) problems.push(`The time stamps of the ${nameKind(report.kind)} do not rise.`)
  if (pictures.holes.isCut) problems.push('The time stamps have more holes than a recording can have.')
  return problems
}

function findWarnings(streams: readonly StreamReport[]): string[] {
  return streams
    .filter(({ repeated }) => repeated > 0)
    .map(
      ({ kind, repeated }) => `${repeated} packets of the ${nameKind(kind)} repeat the time stamp of the one before.`,
    )
}

function nameKind(kind: string): string {
  return kind === 'video' ? 'pictures' : kind === 'audio' ? 'sound' : kind
}
