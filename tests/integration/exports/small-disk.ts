// A disk with little room, for tests. Where the test may mount, it is a real one in memory; elsewhere a folder that goes
// away and comes back stands in for it, which a batch has to survive in the same way.
import { execFile } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const sizeBytes = 40 * 2 ** 20

export interface SmallDisk {
  /** An absent folder on it, for a batch. */
  destination: string
  /** How a batch names a lack of room, and a disk that cannot be written to. */
  codes: { full: 'disk-full' | 'not-found'; readOnly: 'forbidden' | 'not-found' }
  /** To be called when the batch has started. */
  beginTrouble(): Promise<void>
  /** Makes room. */
  endTrouble(): Promise<void>
  /** Makes it read-only, or writable again. */
  setReadOnly(isReadOnly: boolean): Promise<void>
  remove(): Promise<void>
}

export async function makeSmallDisk(freeBytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'watchroom-disk-'))
  const destination = join(folder, 'batch')
  const mounting = execute('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'watchroom-test', folder])
  const isMounted = await mounting.then(
    () => true,
    () => false,
  )
  if (!isMounted) return standIn(folder, destination)
  const ballast = join(folder, 'ballast')
  await writeFile(ballast, Buffer.alloc(Math.max(0, sizeBytes - freeBytes)))
  return {
    destination,
    codes: { full: 'disk-full', readOnly: 'forbidden' },
    beginTrouble: () => Promise.resolve(),
    endTrouble: () => rm(ballast, { force: true }),
    async setReadOnly(isReadOnly) {
      if (!isReadOnly) return void (await execute('umount', [folder]))
      // Files that are open for writing keep a disk writable; a read-only view of it covers it instead.
      await execute('mount', ['--bind', folder, folder])
      await execute('mount', ['-o', 'remount,ro,bind', folder])
    },
    async remove() {
      await execute('umount', ['--lazy', folder])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function standIn(folder: string, destination: string): SmallDisk {
  const away = join(folder, 'away')
  return {
    destination,
    codes: { full: 'not-found', readOnly: 'not-found' },
    beginTrouble: () => rename(destination, away),
    endTrouble: () => rename(away, destination),
    setReadOnly: (isReadOnly) => (isReadOnly ? rename(destination, away) : rename(away, destination)),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
