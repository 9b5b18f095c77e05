// Where ffmpeg writes: a folder in the batch's private one, new for each run of a batch. An ffmpeg that outlives its
// program (which was killed) thus never holds a file, nor finds a path, that a later run works with.
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { privateFolder } from './paths.ts'
import type { ItemRecord } from './record.ts'

const namePrefix = 'work-'

/** Makes the folder of this run. Relative to the destination, with `/`. `token`: of the run. Errors: those of the disk. */
export async function makeWorkFolder(destination: string, token: string): Promise<string> {
  const folder = `${privateFolder}/${namePrefix}${token.slice(0, 8)}`
  await mkdir(join(destination, folder), { recursive: true })
  return folder
}

/**
 * Removes the work of all runs but the files that an unfinished item has still to rename. Only the owner of the batch may.
 * Never rejects: what is held open (Windows) or out of reach now is removed when the batch is opened next.
 */
export async function sweepWorkFolders(destination: string, records: readonly ItemRecord[]): Promise<void> {
  const kept = new Set(records.flatMap(pendingFiles))
  const entries = await readdir(join(destination, privateFolder), { withFileTypes: true }).catch(() => [])
  // A link is no folder here: what lies behind it is not ours to remove.
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith(namePrefix))
  for (const { name: folder } of folders) {
    for (const name of await readdir(join(destination, privateFolder, folder)).catch(() => []))
      if (!kept.has(`${privateFolder}/${folder}/${name}`))
        await rm(join(destination, privateFolder, folder, name), { force: true }).catch(() => undefined)
    // Refused while something is kept in it.
    await rmdir(join(destination, privateFolder, folder)).catch(() => undefined)
  }
}

function pendingFiles({ state, publishing }: ItemRecord): string[] {
  return state.kind === 'done' || !publishing ? [] : publishing.moves.map(({ from }) => from)
}
