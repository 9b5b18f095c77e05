// From fetched bytes to files that may be put in their places: what they are, what has to change, whether they are right.
// Decides nothing about retries; what does not pass is set aside.
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, toErrorValue } from '#contract/errors.ts'
import type { ErrorValue } from '#contract/errors.ts'
import type { FinishedFile, ItemResult } from '#contract/exports.ts'
import { hashFile } from './fetch/index.ts'
import { assemble, buildSubtitles, comparePackets, inspectContainer, judgeCoverage, planAssembly, probeStreams, verifyMedia } from './media/index.ts'
import type { AssemblyPlan, Container, MediaContext, MediaReport } from './media/index.ts'
import { setAside, workingFiles } from './publish-item.ts'
import type { ItemContext } from './run-item.ts'

export type FinishOutcome = { kind: 'ready' } | { kind: 'failed'; error: ErrorValue }

/** Ends with the item's `publishing` journaled. Errors: tool-missing, disk-full, cancelled. */
export async function finishItem(context: ItemContext): Promise<FinishOutcome> {
  try {
    await prepare(context)
    return { kind: 'ready' }
  } catch (error) {
    const isContent = error instanceof AppError && (error.code === 'unsupported-media' || error.code === 'bad-reply')
    if (!isContent || context.signal.aborted) throw error
    const { suspect, message } = await keepAside(context, error)
    return { kind: 'failed', error: toErrorValue(new AppError(error.code, message, { details: { suspect } })) }
  }
}

async function keepAside(context: ItemContext, error: AppError): Promise<{ suspect: string; message: string }> {
  const { destination, item } = context
  const { remux, subtitles } = workingFiles(item.stem)
  for (const name of [remux, subtitles]) await rm(join(destination, name), { force: true })
  const suspect = await setAside(destination, item.stem)
  return { suspect, message: `${error.message} What was fetched is kept as ${suspect}.` }
}
