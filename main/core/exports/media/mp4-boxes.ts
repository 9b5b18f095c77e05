// Walks the boxes of MP4 and MOV files (ISO/IEC 14496-12, 4.2) without reading their contents.
import type { FileWindow } from './file-window.ts'

export interface Box {
  type: string
  start: number
  headerBytes: number
  /** Whole box with its header, as it claims; may reach beyond the end of the file. */
  sizeBytes: number
}

/** A box header that cannot be one. */
export class BrokenBox extends Error {
  readonly start: number
  constructor(start: number) {
    super(`no box at byte ${start}`)
    this.start = start
  }
}

/** Boxes side by side from `start` to `end`. Throws BrokenBox at bytes that are no box header. */
export async function* walkBoxes(window: FileWindow, start: number, end: number): AsyncGenerator<Box> {
  let position = start
  while (position < end) {
    const box = readBox(await window.read(position, 16), position, end)
    if (!box) throw new BrokenBox(position)
    yield box
    position += box.sizeBytes
  }
}

function readBox(header: Buffer, start: number, end: number): Box | null {
  if (header.length < 8) return null
  const type = header.toString('latin1', 4, 8)
  if (!/^[A-Za-z0-9 ©_-]{4}$/.test(type)) return null
  const size = header.readUInt32BE(0)
  if (size === 0) return { type, start, headerBytes: 8, sizeBytes: end - start }
  if (size !== 1) return size < 8 ? null : { type, start, headerBytes: 8, sizeBytes: size }
  if (header.length < 16) return null
  const largeSize = Number(header.readBigUInt64BE(8))
  return largeSize < 16 || !Number.isSafeInteger(largeSize)
    ? null
    : { type, start, headerBytes: 16, sizeBytes: largeSize }
}

/** First box of that type inside another; null when there is none or the contents are broken. */
export async function findInside(window: FileWindow, outer: Box, type: string): Promise<Box | null> {
  const end = Math.min(outer.start + outer.sizeBytes, window.sizeBytes)
  try {
    for await (const box of walkBoxes(window, outer.start + outer.headerBytes, end)) if (box.type === type) return box
  } catch (error) {
    if (!(error instanceof BrokenBox)) throw error
  }
  return null
}
