// Reads a whole file once and says what it holds and what is wrong with it. Finds: cuts, broken structure, packets that
// are missing, misplaced or run backwards and, with `decode`, pictures that cannot be decoded. A changed bit that leaves a
// decodable picture is not found here but by the SHA-256 of the fetched bytes. Pictures before the first key frame cannot
// be shown; ffmpeg passes over them, here and when assembling.
import { AppError } from '#contract/errors.ts'
import { decodeArguments, packetArguments, readFailureReason, runFfmpeg } from '#core/ffmpeg/index.ts'
import { createDamageWatch, describeDamage } from './damage.ts'
import { defaultStallMs, demuxerOf } from './demuxer-of.ts'
import { requireReadable, withFileWindow } from './file-window.ts'
import type { Container, MediaContext, MediaReport, TimesInStream } from './media-report.ts'
import { readMp4Structure } from './mp4-structure.ts'
import { createLineHash } from './packet-tally.ts'
import { createPacketReader } from './read-packets.ts'
import { readMp4Times, readTsTimes } from './times-in-stream.ts'
import { checkTsStructure } from './ts-structure.ts'

export interface VerifyContext extends MediaContext {
  /** Decode every frame too: slow, finds damage inside packets. */
  decode: boolean
}

/** Damage is said in `problems`, never thrown. Errors: tool-missing, tool-failed, cancelled, and those of the disk. */
export async function verifyMedia(file: string, container: Container, context: VerifyContext): Promise<MediaReport> {
  const packetShare = context.decode ? 0.2 : 1
  const [structure, report] = await Promise.all([
    inspectStructure(file, container, context.signal),
    readPackets(file, container, withProgress(context, 0, packetShare)),
  ])
  const isDecoded = context.decode && report.streams.length > 0
  const decoded = isDecoded ? await decodeFrames(file, container, report, withProgress(context, packetShare, 1)) : null
  return {
    ...report,
    problems: [...structure.problems, ...report.problems, ...(decoded?.problems ?? [])],
    frameSha256: decoded?.frameSha256 ?? null,
    timesInStream: structure.times,
  }
}

function withProgress(context: MediaContext, from: number, to: number): MediaContext {
  return { ...context, onProgress: (fraction) => context.onProgress?.(from + fraction * (to - from)) }
}

/** What the container itself tells, without ffmpeg. */
export async function inspectStructure(
  file: string,
  container: Container,
  signal: AbortSignal,
): Promise<{ problems: string[]; times: TimesInStream | null }> {
  try {
    if (container.kind === 'mpegts') {
      const [problems, times] = await Promise.all([checkTsStructure(file, signal), withFileWindow(file, readTsTimes)])
      return { problems, times }
    }
    if (container.kind === 'matroska') return { problems: [], times: null }
    return await withFileWindow(file, async (window) => {
      const structure = await readMp4Structure(window, signal)
      return { problems: structure.problems, times: await readMp4Times(window, structure) }
    })
  } catch (error) {
    if (signal.aborted) throw new AppError('cancelled', 'The work was cancelled.', { cause: error })
    throw error
  }
}

async function readPackets(file: string, container: Container, context: MediaContext): Promise<MediaReport> {
  const reader = createPacketReader(container)
  const report = createFractionReporter(file, context)
  await report.ready
  const damage = await runForDamage(file, context, {
    args: packetArguments({ demuxer: demuxerOf(container), path: file }),
    onStdoutLine(line) {
      reader.push(line)
      report.tell(reader.bytes)
    },
  })
  report.finish()
  const found = reader.finish()
  return { ...found, problems: [...found.problems, ...describeDamage(damage, found.durationMs)] }
}

/** Share of the file's bytes that the packets so far make up. */
export function createFractionReporter(file: string, { onProgress }: MediaContext) {
  let fileBytes = 1
  const ready = onProgress
    ? withFileWindow(file, async ({ sizeBytes }) => {
        fileBytes = Math.max(1, sizeBytes)
      })
    : Promise.resolve()
  let toldPercent = -1
  return {
    ready,
    tell(bytes: number): void {
      const percent = Math.min(100, Math.floor((bytes / fileBytes) * 100))
      if (percent === toldPercent) return
      toldPercent = percent
      onProgress?.(percent / 100)
    },
    /** Packets are less than the file: at the end the rest is counted as read. */
    finish: () => onProgress?.(1),
  }
}

interface DamageRun {
  args: readonly string[]
  onStdoutLine(line: string): void
}

/** The first sign of damage; null when the run ended well. Other failures are thrown. */
async function runForDamage(
  file: string,
  context: MediaContext,
  { args, onStdoutLine }: DamageRun,
): Promise<string | null> {
  const watch = createDamageWatch()
  try {
    await runFfmpeg({
      path: context.ffmpegPath,
      args,
      environment: context.environment,
      signal: context.signal,
      stallMs: context.stallMs ?? defaultStallMs,
      onStdoutLine,
      onMessage: (line) => watch.push(line),
    })
    return watch.first
  } catch (error) {
    const reason = readFailureReason(error)
    if (reason === null) throw error
    await requireReadable(file)
    return watch.first ?? reason
  }
}

/** Decodes everything; frames are hashed without their times, which a container may round. */
async function decodeFrames(
  file: string,
  container: Container,
  report: MediaReport,
  context: MediaContext,
): Promise<{ problems: string[]; frameSha256: string }> {
  const pictures = new Set(report.streams.filter(({ kind }) => kind === 'video').map(({ index }) => String(index)))
  const hash = createLineHash()
  const packets = Math.max(
    1,
    report.streams.reduce((sum, stream) => sum + stream.packets, 0),
  )
  let frames = 0
  const damage = await runForDamage(file, context, {
    args: decodeArguments({ demuxer: demuxerOf(container), path: file }),
    onStdoutLine(line) {
      if (line.startsWith('#')) return
      const fields = line.split(',')
      if (pictures.has(fields[0] ?? '')) hash.add(`${fields[4]},${fields[5]};`)
      if (++frames % 256 === 0) context.onProgress?.(Math.min(1, frames / packets))
    },
  })
  return {
    problems: damage === null ? [] : [`A picture or sound cannot be decoded. ffmpeg says: ${damage}`],
    frameSha256: hash.digest(),
  }
}
