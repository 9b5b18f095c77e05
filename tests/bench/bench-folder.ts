// Where the files of a bench lie: in memory if there is room, so that no disk is measured.
import { createWriteStream } from 'node:fs'
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { randomFillSync } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import { once } from 'node:events'

export interface BenchFolder {
  path: string
  isInMemory: boolean
  remove(): Promise<void>
}

export async function createBenchFolder(neededBytes: number): Promise<BenchFolder> {
  const memory = await statfs('/dev/shm').catch(() => null)
  const isInMemory = memory !== null && memory.bavail * memory.bsize > neededBytes && os.freemem() > neededBytes
  const folder = await mkdtemp(path.join(isInMemory ? '/dev/shm' : os.tmpdir(), 'bench-'))
  // nginx, started by root, reads the files as nobody.
  await chmod(folder, 0o755)
  return { path: folder, isInMemory, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Bytes that nothing on the way can make smaller. */
export async function writeRandomFile(file: string, sizeBytes: number): Promise<void> {
  const stream = createWriteStream(file)
  const piece = Buffer.alloc(16 * 1_048_576)
  for (let written = 0; written < sizeBytes; written += piece.length) {
    randomFillSync(piece)
    const isRoom = stream.write(Buffer.from(piece.subarray(0, Math.min(piece.length, sizeBytes - written))))
    if (!isRoom) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'finish')
}
