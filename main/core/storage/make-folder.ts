// Makes a folder with all that is missing above it. Knows nothing of what is kept in it.
import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * Readable by this account only. Node's own `recursive` never ends where a folder refuses children as if it were not there
 * itself (/proc, some shares): this asks once a level. Errors: those of the disk.
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
    const parent = path.dirname(folder)
    if (code !== 'ENOENT' || parent === folder) throw error
    makeFolder(parent)
    mkdirSync(folder, { mode: 0o700 })
  }
}
