// The folder a batch owns: is it there, has it room, and making what was written there last. Knows nothing of items.
import { existsSync } from 'node:fs'
import { access, constants, lstat, mkdir, open, readdir, stat, statfs } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { fromDiskError as describeDiskError } from './fetch/index.ts'
import { journalFile, privateFolder } from './paths.ts'

/** Flushes a folder's entries. Windows cannot open folders: there, and on shares that refuse it, nothing is done. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  if (!handle) return
  await handle.sync().catch(() => undefined)
  await handle.close()
}

/** Flushes a finished file. Errors: those of the disk. */
export async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Makes the folder of a new batch. What a start that was killed before its first line left behind does not count. Errors:
 * invalid-input (not absolute), already-exists (something is in it), forbidden (not writable), disk-full.
 */
export async function claimDestination(folder: string): Promise<void> {
  if (!isAbsolute(folder))
    throw new AppError('invalid-input', `The destination must be a whole path: ${folder}`, {
      details: { reason: 'relative-path', path: folder },
    })
  try {
    await makeFolder(folder)
  } catch (error) {
    const isFileInTheWay =
      error instanceof Error && 'code' in error && ['EEXIST', 'ENOTDIR'].includes(String(error.code))
    if (!isFileInTheWay) throw fromDiskError(error, folder)
    throw new AppError(
      'invalid-input',
      `${folder} is a file, or lies below one. Nothing was changed; choose another folder.`,
      {
        details: { reason: 'not-a-folder', path: folder },
      },
    )
  }
  const entries = await readdir(folder).catch((error: unknown) => {
    throw fromDiskError(error, folder)
  })
  if (!isUnbegun(folder, entries))
    throw new AppError(
      'already-exists',
      `${folder} is not empty. Nothing was changed. Choose another folder, or resume the export that is in it.`,
      { details: { reason: 'not-empty', path: folder } },
    )
}

/** Whether a folder with these entries may become a batch's: empty, or left by a start that was killed before its first line. */
export function isUnbegun(folder: string, entries: readonly string[]): boolean {
  return entries.every((entry) => entry === privateFolder) && !existsSync(join(folder, journalFile))
}

/**
 * A folder may come from anybody: what a batch keeps in it counts only where it is what we make, and no link to something
 * else of this workstation. Errors: invalid-input.
 */
export async function refuseLinks(folder: string): Promise<void> {
  const [own, journal] = await Promise.all(
    [privateFolder, journalFile].map((path) => lstat(join(folder, path)).catch(() => null)),
  )
  if ((own?.isDirectory() ?? true) && (journal?.isFile() ?? true)) return
  throw new AppError(
    'invalid-input',
    `${join(folder, privateFolder)} leads somewhere else: this is not the folder of an export as Watchroom makes it. Nothing was read or changed.`,
    { details: { reason: 'links', path: folder } },
  )
}

/**
 * Makes a folder and the folders above it, one by one: Node's own `recursive` tries for ever where a folder that exists
 * answers ENOENT (/proc does). Errors: those of the disk.
 */
async function makeFolder(folder: string): Promise<void> {
  const facts = await stat(folder).catch(() => null)
  if (facts?.isDirectory()) return
  const above = dirname(folder)
  if (!facts && above !== folder) await makeFolder(above)
  await mkdir(folder).catch(async (error: unknown) => {
    const madeMeanwhile = await stat(folder).catch(() => null)
    if (!madeMeanwhile?.isDirectory()) throw error
  })
}

/** Bytes that may still be written there, or null where the system does not tell. */
export async function freeBytesOf(folder: string): Promise<number | null> {
  const facts = await statfs(folder).catch(() => null)
  return facts ? facts.bavail * facts.bsize : null
}

/** What keeps a batch from writing there now; null when nothing does. `neededBytes`: how much room it wants at least. */
export async function destinationTrouble(folder: string, neededBytes: number): Promise<AppError | null> {
  const facts = await stat(folder).catch(() => null)
  if (!facts?.isDirectory())
    return new AppError(
      'not-found',
      `${folder} is gone. Connect the drive again; the export then continues by itself.`,
      { details: { reason: 'destination-missing', path: folder } },
    )
  try {
    await access(folder, constants.W_OK)
  } catch (error) {
    const known = fromDiskError(error, folder)
    if (known instanceof AppError) return known
    throw error
  }
  const freeBytes = await freeBytesOf(folder)
  return freeBytes !== null && freeBytes < neededBytes ? diskFull(folder, neededBytes - freeBytes) : null
}

export function diskFull(folder: string, missingBytes: number): AppError {
  const megabytes = Math.max(1, Math.ceil(missingBytes / 1e6))
  return new AppError(
    'disk-full',
    `No room left in ${folder}: at least ${megabytes} MB more are needed. What was fetched is kept; the export continues when there is room.`,
    { details: { neededBytes: missingBytes, path: folder } },
  )
}

/** The disk's errors in our words; what is none of the disk's stays what it is: a bug. */
export function fromDiskError(error: unknown, path: string): unknown {
  if (error instanceof AppError) return error
  const isOfDisk = error instanceof Error && 'syscall' in error && 'code' in error
  return isOfDisk ? describeDiskError(error, { file: path, neededBytes: null }) : error
}
