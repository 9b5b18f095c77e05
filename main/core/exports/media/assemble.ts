// Makes the finished file out of the fetched bytes in one pass of ffmpeg, and reports the packets it read on the way.
import { rm } from 'node:fs/promises'
import { AppError } from '#contract/errors.ts'
import { describeCommand, readFailureReason, remuxArguments, runFfmpeg } from '#core/ffmpeg/index.ts'
import type { InputFile } from '#core/ffmpeg/index.ts'
import { createDamageWatch, describeDamage } from './damage.ts'
import { defaultStallMs } from './demuxer-of.ts'
import { requireReadable } from './file-window.ts'
import { inspectContainer } from './inspect-container.ts'
import type { Container, MediaContext, MediaReport } from './media-report.ts'
import type { Remux } from './plan-assembly.ts'
import { createPacketReader } from './read-packets.ts'
import { createFractionReporter, inspectStructure } from './verify-media.ts'

export interface AssembleContext extends MediaContext {
  /** Absolute path of the fetched bytes; never changed. */
  source: string
  /** Of `inspectContainer(source)`. */
  container: Container
  /** Absolute path; replaced if it exists, removed when the work fails or is aborted. Not flushed to the disk. */
  target: string
}

export interface Assembly {
  /** The command that made the target, file names without folders: for the manifest. */
  command: string[]
  convertedAudio: boolean
  /** The same report that `verifyMedia` makes of the source (without decoding), for `comparePackets`. */
  source: MediaReport
  warnings: string[]
}

/** Moving the index afterwards rewrites the file without a sign of life. */
const quietPassMs = 30 * 60_000

/**
 * A damaged source ends the pass. That a pass ended well proves nothing: verify the target and compare it. Errors:
 * unsupported-media (damaged source), disk-full, tool-missing, tool-failed, cancelled, those of the disk.
 */
export async function assemble(plan: Remux, context: AssembleContext): Promise<Assembly> {
  const { source, target, container, signal } = context
  // Both read the whole source; the structure says more clearly what is wrong than ffmpeg does.
  const [checked, made] = await Promise.allSettled([
    inspectStructure(source, container, signal),
    makeTarget(plan, context),
  ])
  try {
    if (checked.status === 'rejected') throw checked.reason
    const { problems, times } = checked.value
    if (problems.length > 0 && !signal.aborted) throw new AppError('unsupported-media', problems.join(' '))
    if (made.status === 'rejected') {
      if (!signal.aborted) await requireReadable(source)
      throw made.reason
    }
    const { args, report } = made.value
    return {
      command: describeCommand(args),
      convertedAudio: plan.audio === 'aac',
      source: { ...report, timesInStream: times },
      warnings: plan.warnings,
    }
  } catch (error) {
    await rm(target, { force: true })
    throw error
  }
}

interface Pass {
  args: string[]
  report: MediaReport
}

/** First with room for the index before the media; when that was too little, with a second pass that moves the media. */
async function makeTarget(plan: Remux, context: AssembleContext): Promise<Pass> {
  if (plan.muxer === 'mp4' && plan.indexBytes !== null) {
    const pass = await runPass(plan, plan.indexBytes, context).catch((error: unknown) => {
      if (isRoomTooSmall(error)) return null
      throw error
    })
    // Some versions of ffmpeg say that there was too little room and end well, without any index.
    if (pass && (await hasIndex(context.target))) return pass
  }
  return runPass(plan, null, context)
}

function isRoomTooSmall(error: unknown): boolean {
  return readFailureReason(error)?.includes('moov_size') ?? false
}

async function hasIndex(target: string): Promise<boolean> {
  return inspectContainer(target).then(
    (container) => container.kind === 'mp4' && container.isFaststart,
    () => false,
  )
}

async function runPass(plan: Remux, indexBytes: number | null, context: AssembleContext): Promise<Pass> {
  const input: InputFile = { demuxer: plan.demuxer, path: context.source }
  const { streams, muxer, videoTag, shiftMicroseconds } = plan
  const audio = plan.audio === 'aac' ? 'aac' : 'copy'
  const options = { streams, muxer, audio, videoTag, shiftMicroseconds, indexBytes, target: context.target } as const
  const args = remuxArguments(input, options)
  const reader = createPacketReader(context.container)
  const watch = createDamageWatch()
  const progress = createFractionReporter(context.source, context)
  await progress.ready
  await runFfmpeg({
    path: context.ffmpegPath,
    args,
    environment: context.environment,
    signal: context.signal,
    stallMs: context.stallMs ?? (indexBytes === null ? quietPassMs : defaultStallMs),
    onStdoutLine(line) {
      reader.push(line)
      progress.tell(reader.bytes)
    },
    onMessage: (line) => watch.push(line),
  })
  progress.finish()
  const report = reader.finish()
  return {
    args,
    report: { ...report, problems: [...report.problems, ...describeDamage(watch.first, report.durationMs)] },
  }
}
