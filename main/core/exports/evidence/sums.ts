// SHA256SUMS as GNU coreutils write and read it, for people with other tools. Pure.
import type { Manifest } from './manifest.ts'

export const sumsName = 'SHA256SUMS'

export interface Sum {
  /** Relative to the folder, with `/`. */
  path: string
  sha256: string
}

/** One line per file, sorted by path. A name with `\`, line feed or carriage return is escaped, as `sha256sum` does. */
export function buildSums(files: readonly Sum[]): string {
  const lines = files.map(({ path, sha256 }) => {
    const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
    return { path, line: `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n` }
  })
  return lines
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map(({ line }) => line)
    .join('')
}

/** All that `writeSums` has to list: the files of the manifest, and the line that `writeManifest` gave. */
export function listSums(manifest: Manifest, manifestSum: Sum): Sum[] {
  const files = manifest.items.flatMap((item) => item.files.map(({ path, sha256 }) => ({ path, sha256 })))
  return [...files, manifestSum]
}

/** The lines that can be read; others are left out. */
export function parseSums(text: string): Sum[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\\?)([0-9a-f]{64}) [ *]([^\r]+)\r?$/.exec(line)
    if (!match) return []
    const [, escape, sha256 = '', name = ''] = match
    return [{ path: escape ? unescapeName(name) : name, sha256 }]
  })
}

function unescapeName(name: string): string {
  return name.replace(/\\([\\nr])/g, (_whole, letter: string) => (letter === 'n' ? '\n' : letter === 'r' ? '\r' : '\\'))
}
