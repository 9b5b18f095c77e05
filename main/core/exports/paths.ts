// Where a batch keeps what, and which paths out of a manifest or journal may be believed. Pure.
import { join } from 'node:path'

/** What the batch keeps for itself beside the evidence; not part of it. */
export const privateFolder = '.watchroom'
export const journalFile = join(privateFolder, 'journal.jsonl')

/**
 * Whether the path, with `/` between its parts, names a file below a folder on every system: not absolute, no `..`, no
 * drive, no backslash, no NUL, and not in the private folder.
 */
export function isSafePath(path: string): boolean {
  if (path.length > 4096 || /[\\\0]/.test(path) || /^[A-Za-z]:/.test(path)) return false
  const parts = path.split('/')
  return parts[0]?.toLowerCase() !== privateFolder && parts.every((part) => !['', '.', '..'].includes(part))
}

const refusedInNames = /[<>:"/\\|?*\p{Cc}]|^[\s.~-]|[\s.]$/u
const longestName = 255

/** Whether the name is one that an export gives to a file of its own: in the folder itself, and no trick on any system. */
export function isFileName(name: string): boolean {
  return name !== '' && name.length <= longestName && !refusedInNames.test(name)
}

/** What ffmpeg makes lies in the folder of its run (see work-folder.ts). */
const workFile = /^\.watchroom\/work-[\w-]{1,8}\/([^/]+)$/

/** Whether the path names a file of the item with that stem: finished, unfinished, set aside, or in a work folder. */
export function isFileOf(stem: string, path: string): boolean {
  const name = workFile.exec(path)?.[1] ?? path
  return name.startsWith(`${stem}.`) && isFileName(name)
}
