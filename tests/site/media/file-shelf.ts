// A folder of files that are made once, appear whole, and are removed when they are too many: least recently used first.
// Knows nothing of what the files hold. Several processes may use the same folder.
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { createSharedWork } from './shared-work.ts'

export interface FileShelfOptions {
  /** Created when absent; nothing else may be kept in it. */
  readonly folder: string
  readonly maxBytes: number
  readonly nowMs: () => number
}

export interface FileShelf {
  /**
   * Has `make` write the file, under another name first, unless it is there; once for all who ask meanwhile. Aborts as
   * `SharedWork.run` does.
   */
  ensure(name: string, signal: AbortSignal, make: (file: string, signal: AbortSignal) => Promise<void>): Promise<void>
}

const temporaryMark = '.part'
const abandonedAfterMs = 3_600_000

/** False when the file is not there; else it now counts as used. */
async function markUsed(file: string, nowMs: number): Promise<boolean> {
  const now = new Date(nowMs)
  return utimes(file, now, now).then(
    () => true,
    () => false,
  )
}

/** Removes what was used longest ago until the rest fits, and what a crashed process left half made. */
export async function trimFolder(folder: string, maxBytes: number, nowMs: number): Promise<void> {
  const names = await readdir(folder)
  const found = await Promise.all(
    names.map(async (name) => ({ name, facts: await stat(path.join(folder, name)).catch(() => null) })),
  )
  const files = found.flatMap(({ name, facts }) =>
    facts === null ? [] : [{ name, size: facts.size, usedMs: facts.mtimeMs }],
  )
  const abandoned = (name: string, usedMs: number) => name.includes(temporaryMark) && usedMs < nowMs - abandonedAfterMs
  let left = files.reduce((sum, file) => sum + file.size, 0)
  for (const { name, size, usedMs } of files.sort((a, b) => a.usedMs - b.usedMs)) {
    const isMade = !name.includes(temporaryMark)
    if (!abandoned(name, usedMs) && !(isMade && left > maxBytes)) continue
    await rm(path.join(folder, name), { force: true })
    left -= size
  }
}

export function createFileShelf({ folder, maxBytes, nowMs }: FileShelfOptions): FileShelf {
  const shared = createSharedWork()
  return {
    ensure: (name, signal, make) =>
      shared.run(name, signal, async (stop) => {
        const file = path.join(folder, name)
        if (await markUsed(file, nowMs())) return
        await mkdir(folder, { recursive: true })
        const temporary = `${file}.${process.pid}-${Math.random().toString(36).slice(2)}${temporaryMark}`
        try {
          await make(temporary, stop)
          await rename(temporary, file)
        } finally {
          await rm(temporary, { force: true })
        }
        await trimFolder(folder, maxBytes, nowMs())
      }),
  }
}
