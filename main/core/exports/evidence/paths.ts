// Which paths of a manifest may be looked at. Pure.

/** What the batch keeps for itself beside the evidence; not part of it. */
export const privateFolder = '.watchroom'

/**
 * Whether the path, with `/` between its parts, names a file below a folder on every system: not absolute, no `..`, no
 * drive, no backslash, no NUL, and not in the private folder.
 */
export function isSafePath(path: string): boolean {
  if (path.length > 4096 || /[\\\0]/.test(path) || /^[A-Za-z]:/.test(path)) return false
  const parts = path.split('/')
  return parts[0]?.toLowerCase() !== privateFolder && parts.every((part) => !['', '.', '..'].includes(part))
}
