// Reads small pieces of a large file through one buffer. Knows no format.
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

export interface FileWindow {
  readonly sizeBytes: number
  /** Bytes from `start` on; fewer than asked only at the end of the file. Valid until the next read. */
  read(start: number, sizeBytes: number): Promise<Buffer>
}

const windowBytes = 64 * 1024

/** Opens the file, works, closes it. Errors of the disk come out as Node gives them: they say nothing about the media. */
export async function withFileWindow<T>(file: string, work: (window: FileWindow) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r')
  try {
    return await work(createWindow(handle, (await handle.stat()).size))
  } finally {
    await handle.close()
  }
}

function createWindow(handle: FileHandle, fileBytes: number): FileWindow {
  let bufferStart = 0
  let buffer: Buffer = Buffer.alloc(0)
  return {
    sizeBytes: fileBytes,
    async read(start, sizeBytes) {
      const wanted = Math.max(0, Math.min(sizeBytes, fileBytes - start))
      if (start < bufferStart || start + wanted > bufferStart + buffer.length) {
        buffer = await readFully(handle, start, Math.max(wanted, Math.min(windowBytes, fileBytes - start)))
        bufferStart = start
      }
      return buffer.subarray(start - bufferStart, start - bufferStart + wanted)
    },
  }
}

async function readFully(handle: FileHandle, start: number, sizeBytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, sizeBytes))
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, start + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

/** Rejects with the disk's error when the file is gone or cannot be read to its end: then ffmpeg's words are no judgement of it. */
export async function requireReadable(file: string): Promise<void> {
  await withFileWindow(file, async (window) => {
    await window.read(0, 1)
    await window.read(Math.max(0, window.sizeBytes - 1), 1)
  })
}
