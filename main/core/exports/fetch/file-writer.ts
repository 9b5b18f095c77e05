// Writes one file at many places at once, by position and without waiting, and flushes behind. Knows what is written and
// what is safe, and nothing of the network.
import fs from 'node:fs'
import { blockBytes } from './block-pool.ts'
import type { BlockPool } from './block-pool.ts'
import { countBytes, mergeRanges } from './byte-ranges.ts'
import type { ByteRange } from './byte-ranges.ts'
import { createWriteStream } from './write-stream.ts'
import type { WriteStream } from './write-stream.ts'

/** The two operations of node:fs that writing needs. */
export interface DiskPort {
  write(
    fd: number,
    bytes: Buffer,
    offset: number,
    lengthBytes: number,
    position: number,
    done: (error: Error | null, writtenBytes: number) => void,
  ): void
  fdatasync(fd: number, done: (error: Error | null) => void): void
}

export const nodeDisk: DiskPort = { write: fs.write, fdatasync: fs.fdatasync }

export interface FileWriter {
  /** `onReady`: the stream's `push` said false, and there is room again. */
  openStream(position: number, onReady: () => void): WriteStream
  closeStream(stream: WriteStream): void
  /** Ranges whose writes are done, merged; includes what was there at the start. */
  written(): readonly ByteRange[]
  /** Hands every partly filled block to the disk and flushes soon after. */
  flushSoon(): void
  /**
   * Resolves when nothing is in flight and everything written is flushed; streams must be closed before. Rejects with the
   * first disk error, after what could be flushed is.
   */
  settle(): Promise<void>
}

export interface FileWriterOptions {
  fd: number
  pool: BlockPool
  disk: DiskPort
  /** Already there and flushed. */
  present: readonly ByteRange[]
  onWritten: (written: readonly ByteRange[]) => void
  onFlushed: (finished: ByteRange[]) => void
  /** Called once, with the first error of the disk. Nothing more is written after it. */
  onError: (error: Error) => void
}

/** A flush begins when this much is written and not flushed, sooner where several streams each fill a block… */
const flushAfterBytes = 4 * blockBytes
/** …and all streams wait while this much of the file is on its way, their blocks included: what a kill can cost (F17). */
const mostUnflushedBytes = 8 * blockBytes

export function createFileWriter(options: FileWriterOptions): FileWriter {
  const { fd, disk } = options
  const streams = new Set<WriteStream>()
  let written = mergeRanges(options.present)
  let handedBytes = countBytes(written)
  let writtenBytes = handedBytes
  let flushedBytes = handedBytes
  let pendingWrites = 0
  let isFlushing = false
  let isFlushDue = false
  let isFlushBroken = false
  let failure: Error | null = null
  let onSettled: (() => void) | null = null

  function fail(error: Error): void {
    if (failure !== null) return
    failure = error
    options.onError(error)
  }

  function write(bytes: Buffer, from: number, to: number, position: number, done: () => void): void {
    handedBytes += to - from
    writeRest(bytes, from, to, position, done)
  }

  /** A disk may take less than it was given: then the rest is given again. */
  function writeRest(bytes: Buffer, from: number, to: number, position: number, done: () => void): void {
    if (failure !== null) return done()
    pendingWrites += 1
    disk.write(fd, bytes, from, to - from, position, (error, lengthBytes) => {
      pendingWrites -= 1
      if (error !== null || lengthBytes === 0) fail(error ?? new Error('The disk took no byte.'))
      else noteWritten({ start: position, end: position + lengthBytes })
      if (from + lengthBytes < to) writeRest(bytes, from + lengthBytes, to, position + lengthBytes, done)
      else done()
      proceed()
    })
  }

  function noteWritten(range: ByteRange): void {
    written = mergeRanges([...written, range])
    writtenBytes += range.end - range.start
    options.onWritten(written)
  }

  function proceed(): void {
    const isFull = writtenBytes - flushedBytes >= flushAfterBytes / Math.max(1, streams.size)
    if (isFull || isFlushDue || onSettled !== null) flush()
    if (onSettled !== null && pendingWrites === 0 && !isFlushing) onSettled()
  }

  function flush(): void {
    if (isFlushing || isFlushBroken || writtenBytes === flushedBytes) return
    const [flushing, flushingBytes] = [written, writtenBytes]
    isFlushing = true
    isFlushDue = false
    disk.fdatasync(fd, (error) => {
      isFlushing = false
      // After a failed flush nobody can say what is safe: nothing is reported any more.
      isFlushBroken = error !== null
      flushedBytes = flushingBytes
      if (error !== null) fail(error)
      else options.onFlushed(flushing.map((range) => ({ ...range })))
      for (const stream of streams) stream.retry()
      proceed()
    })
  }

  return {
    openStream(position, onReady) {
      const isHeld = (): boolean =>
        handedBytes - flushedBytes >= Math.max(blockBytes, mostUnflushedBytes - blockBytes * streams.size)
      const stream = createWriteStream({ position, pool: options.pool, write, isHeld, onReady })
      streams.add(stream)
      return stream
    },
    closeStream(stream) {
      stream.close()
      streams.delete(stream)
    },
    written: () => written,
    flushSoon() {
      for (const stream of streams) stream.submit()
      isFlushDue = true
      if (pendingWrites === 0) flush()
    },
    settle: () =>
      new Promise((resolve, reject) => {
        onSettled = () => {
          onSettled = null
          if (failure === null) resolve()
          else reject(failure)
        }
        proceed()
      }),
  }
}
