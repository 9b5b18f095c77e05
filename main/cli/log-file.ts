// The log of the command line: JSON lines beside the saved servers, bounded in size. Whatever is written passes a gate.
import { appendFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { LogEntry } from '#core/ports.ts'
import { makeFolder } from '#core/storage/index.ts'

const largestBytes = 4 * 1024 * 1024
const name = 'watchroom-cli.log'

/** A log that cannot be written is no reason to fail. `debug` entries are not kept. */
export function createLogFile(
  folder: string,
  redact: (text: string) => string,
  now: () => number,
): (entry: LogEntry) => void {
  const path = join(folder, name)
  return (entry) => {
    if (entry.level === 'debug') return
    const line = JSON.stringify({ at: new Date(now()).toISOString(), pid: process.pid, ...entry })
    try {
      makeFolder(folder)
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > largestBytes) renameSync(path, `${path}.1`)
      appendFileSync(path, `${redact(line)}\n`, { mode: 0o600 })
    } catch {
      return
    }
  }
}
