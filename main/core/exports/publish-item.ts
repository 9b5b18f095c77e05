// Puts the files of a verified item into their places. Journaled before the first rename, so that a kill at any moment
// is followed by the same renames, and never by a doubled or half-named item.
import { access, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { syncFile, syncFolder } from './destination.ts'
import type { ItemEvent, ItemRecord } from './record.ts'

export interface PublishContext {
  destination: string
  stem: string
  record(): ItemRecord
  emit(event: ItemEvent): Promise<void>
}

/**
 * The working files of an item, relative to the destination: the bytes as fetched, and its subtitles. What ffmpeg makes
 * of the bytes is in the work folder of the run.
 */
export function workingFiles(stem: string): { part: string; subtitles: string } {
  return { part: `${stem}.part`, subtitles: `${stem}.srt.part` }
}

export function remuxFile(workFolder: string, stem: string): string {
  return `${workFolder}/${stem}.remux.part`
}

/**
 * Renames what the record's `publishing` says, then marks the item finished. Safe to repeat. Returns false when a file
 * that should be there is gone: the item must be fetched again. Errors: already-exists (a stranger's file stands in the
 * place), those of the disk.
 */
export async function publishItem(context: PublishContext): Promise<boolean> {
  const { publishing } = context.record()
  if (!publishing) return false
  for (const { from, to } of publishing.moves) {
    const [source, target] = [join(context.destination, from), join(context.destination, to)]
    const [isWaiting, isTaken] = await Promise.all([exists(source), exists(target)])
    if (!isWaiting && !isTaken) return false
    if (!isWaiting) continue
    if (isTaken)
      throw new AppError(
        'already-exists',
        `${to} is already there and was not made by this export. It was left untouched; move it away and retry.`,
        { details: { reason: 'foreign-file', file: to } },
      )
    await syncFile(source)
    await rename(source, target)
  }
  await syncFolder(context.destination)
  await context.emit({ kind: 'finished' })
  await removeWorkingFiles(context.destination, context.stem)
  return true
}

/** Removes what is left of the work on an item. */
export async function removeWorkingFiles(destination: string, stem: string): Promise<void> {
  for (const name of Object.values(workingFiles(stem))) await rm(join(destination, name), { force: true })
}

/** Where the next file of an item that does not pass is kept; `before`: how many there are. */
export function suspectName(stem: string, before: number): string {
  return before === 0 ? `${stem}.suspect` : `${stem}.${before + 1}.suspect`
}

/**
 * Sets the bytes of an item that did not pass aside, under the name that the journal already holds. Safe to repeat: a
 * kill in between leaves the bytes as .part, and the next start calls this again.
 */
export async function setAside(
  destination: string,
  stem: string,
  suspect: { path: string; sizeBytes: number },
): Promise<void> {
  const part = join(destination, workingFiles(stem).part)
  const target = join(destination, suspect.path)
  const isWaiting = !(await exists(target)) && (await stat(part).catch(() => null))?.size === suspect.sizeBytes
  if (!isWaiting) return
  await rename(part, target)
  await syncFolder(destination)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
