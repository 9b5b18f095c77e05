// What lies in a folder, without following any link out of it. Knows nothing of manifests.
import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { privateFolder } from '../paths.ts'

export interface FoundFile {
  /** Relative to the folder, with `/`. */
  path: string
  /** False for links, sockets and the like: never opened. */
  isRegular: boolean
  sizeBytes: number
}

/** More entries than any batch has; a folder with more is not one. */
const mostEntries = 1_000_000
const deepest = 32

/** Everything but the private folder, in the order of the disk. Errors: not-found, forbidden, invalid-input (too much), cancelled. */
export async function listFiles(folder: string, signal: AbortSignal): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  const waiting: { path: string; depth: number }[] = [{ path: '', depth: 0 }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { path, depth } = next
    for (const entry of await readFolder(join(folder, path))) {
      if (signal.aborted) throw new AppError('cancelled', 'Cancelled.')
      const child = path === '' ? entry.name : `${path}/${entry.name}`
      if (child === privateFolder) continue
      if (found.length + waiting.length >= mostEntries || depth > deepest) {
        throw new AppError('invalid-input', `${folder} holds too many files or folders to be an export.`, {
          details: { reason: 'too-many-files', path: folder },
        })
      }
      if (entry.isDirectory()) waiting.push({ path: child, depth: depth + 1 })
      else found.push(await describeEntry(folder, child, entry))
    }
  }
  return found
}

async function describeEntry(folder: string, path: string, entry: Dirent): Promise<FoundFile> {
  if (!entry.isFile()) return { path, isRegular: false, sizeBytes: 0 }
  return { path, isRegular: true, sizeBytes: (await lstat(join(folder, path))).size }
}

async function readFolder(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new AppError('not-found', `There is no folder ${path}.`, { details: { reason: 'no-folder', path } })
    if (code === 'EACCES' || code === 'EPERM')
      throw new AppError('forbidden', `The folder ${path} may not be read.`, {
        details: { reason: 'no-reading', path },
      })
    throw error
  }
}
