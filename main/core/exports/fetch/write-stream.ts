// One connection's place in a file: collects its records in 1 MiB blocks and hands full blocks on. Knows no disk.
import { blockBytes } from './block-pool.ts'
import type { BlockPool } from './block-pool.ts'

export interface WriteStream {
  /** Takes the bytes (copied before it returns). False: send no more until `onReady`. */
  push(bytes: Buffer): boolean
  /** Hands on what is collected so far. */
  submit(): void
  /** Looks again whether there is room; for whoever made `isHeld` true. */
  retry(): void
  /** Hands on the rest. Nothing may be pushed afterwards. */
  close(): void
}

export interface WriteStreamOptions {
  /** Where in the file the first byte belongs. */
  position: number
  pool: BlockPool
  /** Writes `bytes[from, to)` at `position` of the file; the block belongs to the disk until `done`. */
  write: (bytes: Buffer, from: number, to: number, position: number, done: () => void) => void
  /** True: the disk is behind, take no more for now. */
  isHeld: () => boolean
  onReady: () => void
}

interface Block {
  bytes: Buffer
  /** Of the block's first byte in the file. */
  position: number
  filled: number
  submitted: number
  writes: number
}

export function createWriteStream(options: WriteStreamOptions): WriteStream {
  const { pool } = options
  let position = options.position
  let block: Block | null = null
  let held = 0
  let leftover: Buffer | null = null
  let isWaiting = false

  function release(released: Block): void {
    released.writes -= 1
    if (released.writes > 0 || released === block) return
    held -= 1
    pool.give(released.bytes)
  }

  function submit(): void {
    if (block === null || block.filled === block.submitted) return
    const submitting = block
    const { bytes, submitted, filled } = submitting
    submitting.writes += 1
    submitting.submitted = filled
    if (filled === blockBytes) block = null
    options.write(bytes, submitted, filled, submitting.position + submitted, () => release(submitting))
  }

  function takeBlock(isUrgent: boolean): Block | null {
    const bytes = pool.take(isUrgent || held === 0)
    if (bytes === null) return null
    held += 1
    return { bytes, position, filled: 0, submitted: 0, writes: 0 }
  }

  /** What does not fit becomes the leftover. */
  function fill(bytes: Buffer, isUrgent: boolean): boolean {
    let rest = bytes
    while (rest.length > 0) {
      block ??= takeBlock(isUrgent)
      if (block === null) {
        // The bytes belong to whoever pushed them.
        leftover = Buffer.from(rest)
        pool.wait(retry)
        return false
      }
      const copied = rest.copy(block.bytes, block.filled)
      block.filled += copied
      position += copied
      rest = rest.subarray(copied)
      if (block.filled === blockBytes) submit()
    }
    return true
  }

  function retry(): void {
    const bytes = leftover
    leftover = null
    pool.leave(retry)
    if ((bytes !== null && !fill(bytes, false)) || !isWaiting || options.isHeld()) return
    isWaiting = false
    options.onReady()
  }

  return {
    submit,
    retry,
    push(bytes) {
      if (leftover !== null) leftover = Buffer.concat([leftover, bytes])
      else isWaiting = !fill(bytes, false) || options.isHeld()
      return !isWaiting
    },
    close() {
      pool.leave(retry)
      const bytes = leftover
      leftover = null
      if (bytes !== null) fill(bytes, true)
      submit()
      if (block === null) return
      const last = block
      block = null
      if (last.writes === 0) {
        held -= 1
        pool.give(last.bytes)
      }
    },
  }
}
