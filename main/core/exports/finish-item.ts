// From fetched bytes to files that may be put in their places: what they are, what has to change, whether they are right.
// Decides nothing about retries; what does not pass is set aside.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, toErrorValue } from '#contract/errors.ts'
import type { ErrorValue } from '#contract/errors.ts'
import type { FinishedFile, ItemResult } from '#contract/exports.ts'
import { hashFile } from './fetch/index.ts'
import {
  assemble,
  buildSubtitles,
  comparePackets,
  inspectContainer,
  judgeCoverage,
  planAssembly,
  probeStreams,
  verifyMedia,
} from './media/index.ts'
import type { Assembly, AssemblyPlan, Container, CoverageJudgement, MediaContext, MediaReport } from './media/index.ts'
import { remuxFile, setAside, suspectName, workingFiles } from './publish-item.ts'
import type { ItemEvent, ItemRecord } from './record.ts'
import type { ItemContext } from './run-item.ts'

export type FinishOutcome = { kind: 'ready' } | { kind: 'failed'; error: ErrorValue }

type Fetched = NonNullable<ItemRecord['fetched']>
type Move = Extract<ItemEvent, { kind: 'publishing' }>['moves'][number]

/** What became of the bytes. `report` is that of the finished file. */
interface Made {
  plan: AssemblyPlan
  assembly: Assembly | null
  container: Container
  report: MediaReport
  /** Of the finished file. */
  sha256: string
  sizeBytes: number
}

/** Ends with the item's `publishing` journaled, or with the bytes set aside. Errors: tool-missing, disk-full, cancelled. */
export async function finishItem(context: ItemContext): Promise<FinishOutcome> {
  try {
    const made = await makeFile(context)
    const judgement = judge(context, made)
    await context.emit(await describeResult(context, made, judgement))
    return { kind: 'ready' }
  } catch (error) {
    const isAboutContent = error instanceof AppError && error.code === 'unsupported-media'
    if (!isAboutContent || context.signal.aborted) throw error
    return { kind: 'failed', error: await keepAside(context, error) }
  }
}

async function makeFile(context: ItemContext): Promise<Made> {
  const { destination, item, options, emit } = context
  const names = workingFiles(item.stem)
  const source = join(destination, names.part)
  const target = join(destination, remuxFile(context.workFolder, item.stem))
  await emit({ kind: 'started', step: 'assembling' })
  const media = await mediaContext(context)
  const container = await inspectContainer(source)
  const plan = planAssembly(container, await probeStreams(source, container, media), options)
  const assembly = plan.kind === 'remux' ? await assemble(plan, { ...media, source, container, target }) : null
  await emit({ kind: 'started', step: 'verifying' })
  const finished = assembly ? target : source
  const finishedContainer = assembly ? await inspectContainer(finished) : container
  // Both read the whole file: one after the other would double the wait, together they share the page cache.
  const [report, digest] = await Promise.all([
    verifyMedia(finished, finishedContainer, { ...media, decode: options.decode }),
    assembly ? hashFile(target, { signal: context.signal }) : requireFetched(context),
  ])
  if (report.problems.length > 0) throw unsound(report.problems)
  if (assembly) {
    if (assembly.source.problems.length > 0) throw unsound(assembly.source.problems)
    const isAudioDropped = plan.kind === 'remux' && plan.audio === 'drop'
    const lost = comparePackets(assembly.source, report, { isAudioConverted: assembly.convertedAudio, isAudioDropped })
    if (lost.length > 0) throw unsound(lost)
  }
  const { sha256, sizeBytes } = digest
  return { plan, assembly, container, report, sha256, sizeBytes }
}

function requireFetched(context: ItemContext): Fetched {
  const { fetched } = context.record()
  if (!fetched) throw new AppError('internal', 'An item was finished before it was fetched.')
  return fetched
}

async function mediaContext(context: ItemContext): Promise<MediaContext> {
  const { path } = await context.locateFfmpeg()
  return {
    ffmpegPath: path,
    environment: context.ports.childEnvironment,
    signal: context.signal,
    onProgress: (fraction) => context.onProgress({ fraction, bytesPerSecond: 0 }),
  }
}

function unsound(problems: readonly string[]): AppError {
  return new AppError('unsupported-media', problems.slice(0, 5).join(' '))
}

function judge(context: ItemContext, { assembly, report }: Made): CoverageJudgement {
  const { coverage, ordered } = context.record()
  const judgement = judgeCoverage(
    { ...report, timesInStream: report.timesInStream ?? assembly?.source.timesInStream ?? null },
    {
      range: context.item.order.range,
      coverage: coverage?.intervals ? { kind: 'known', intervals: coverage.intervals } : { kind: 'unknown' },
      statedRange: ordered?.statedRange ?? null,
    },
  )
  if (judgement.mismatch !== null) throw unsound([judgement.mismatch])
  return judgement
}

async function describeResult(
  context: ItemContext,
  made: Made,
  judgement: CoverageJudgement,
): Promise<Extract<ItemEvent, { kind: 'publishing' }>> {
  const fetched = requireFetched(context)
  const { files, moves } = describeFiles(context, made, fetched)
  const subtitles = await writeSubtitles(context, made, judgement)
  const result: ItemResult = {
    files: [...files, ...(subtitles ? [subtitles.file] : [])],
    fetchedBytes: fetched.sizeBytes,
    fetchedSha256: fetched.sha256,
    durationMs: made.report.durationMs,
    coverage: judgement.coverage,
    gaps: judgement.gaps,
    timeBasis: judgement.timeBasis,
    warnings: [
      ...new Set([
        ...warnAboutTransfer(fetched, context.record().ordered?.linkOrigin ?? ''),
        ...(made.assembly?.warnings ?? []),
        ...made.report.warnings,
        ...judgement.warnings,
      ]),
    ],
  }
  return {
    kind: 'publishing',
    moves: [...moves, ...(subtitles ? [subtitles.move] : [])],
    result,
    codecs: made.report.streams.map(({ codec }) => codec),
    command: made.assembly?.command ?? null,
  }
}

function warnAboutTransfer({ isEndProven }: Fetched, linkOrigin: string): string[] {
  const warnings: string[] = []
  if (linkOrigin.startsWith('http:'))
    warnings.push('Fetched over plain HTTP: the way from the media server was open to changes.')
  if (!isEndProven) warnings.push('The media server told no length: that nothing is missing at the end is not proven.')
  return warnings
}

/** The finished file, and beside it the bytes as fetched where they differ and are wanted. */
function describeFiles(
  context: ItemContext,
  { assembly, container, sha256, sizeBytes }: Made,
  { sizeBytes: fetchedBytes, sha256: fetchedSha256 }: Fetched,
): { files: FinishedFile[]; moves: Move[] } {
  const { item, options } = context
  const { part } = workingFiles(item.stem)
  if (!assembly) {
    const path = `${item.stem}.${extensionOf(container)}`
    return { files: [{ path, role: 'video', sizeBytes, sha256 }], moves: [{ from: part, to: path }] }
  }
  const path = `${item.stem}.${options.container}`
  const remux = remuxFile(context.workFolder, item.stem)
  const role = assembly.convertedAudio ? 'viewing-copy' : 'video'
  const files: FinishedFile[] = [{ path, role, sizeBytes, sha256 }]
  const moves: Move[] = [{ from: remux, to: path }]
  // A viewing copy is no evidence: what it was made from stays, whatever was chosen.
  if (options.keepOriginal || assembly.convertedAudio) {
    const original = `${item.stem}.original.${extensionOf(container)}`
    files.push({ path: original, role: 'original', sizeBytes: fetchedBytes, sha256: fetchedSha256 })
    moves.push({ from: part, to: original })
  }
  return { files, moves }
}

function extensionOf({ kind }: Container): string {
  return { mp4: 'mp4', mov: 'mov', mpegts: 'ts', matroska: 'mkv' }[kind]
}

async function writeSubtitles(
  context: ItemContext,
  { report }: Made,
  judgement: CoverageJudgement,
): Promise<{ file: FinishedFile; move: Move } | null> {
  const { destination, item, options, signal } = context
  if (!options.subtitles) return null
  const from = workingFiles(item.stem).subtitles
  const text = buildSubtitles({
    camera: item.cameraName,
    gaps: judgement.gaps,
    isClosedUp: judgement.isClosedUp,
    durationMs: report.durationMs,
    zone: options.zone,
    startMs: judgement.startMs,
    offsetMs: report.streams.find(({ kind }) => kind === 'video')?.firstMs ?? 0,
  })
  // Never through a link that somebody left under this name.
  await rm(join(destination, from), { force: true })
  await writeFile(join(destination, from), text, { flag: 'wx' })
  const path = `${item.stem}.srt`
  const { sha256, sizeBytes } = await hashFile(join(destination, from), { signal })
  return { file: { path, role: 'subtitles', sizeBytes, sha256 }, move: { from, to: path } }
}

async function keepAside(context: ItemContext, error: AppError): Promise<ErrorValue> {
  const { destination, item } = context
  const remux = remuxFile(context.workFolder, item.stem)
  for (const name of [remux, workingFiles(item.stem).subtitles]) await rm(join(destination, name), { force: true })
  const { sizeBytes, sha256 } = requireFetched(context)
  const path = suspectName(item.stem, context.record().suspects.length)
  await context.emit({ kind: 'setAside', file: { path, role: 'suspect', sizeBytes, sha256 } })
  await setAside(destination, item.stem, { path, sizeBytes })
  const message = `${error.message} What was fetched is kept as ${path}.`
  return toErrorValue(new AppError(error.code, message, { details: { suspect: path } }))
}
