// Small PNG pictures made from numbers, for snapshots, avatars, plans and the like.
// Knows nothing of where they are shown.
import { crc32, deflateSync } from 'node:zlib'

const width = 64
const height = 36

function makeChunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(content.length, 0)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}

/** A PNG of 64×36 pixels in RGB; equal seeds give equal bytes, other seeds other pictures. */
export function makePicture(seed: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const rowBytes = 1 + width * 3
  const pixels = Buffer.alloc(rowBytes * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = (x >> 3) + 8 * (y >> 3)
      const isLit = ((seed >>> (cell % 32)) & 1) === 1
      const color = isLit ? [seed & 255, (seed >>> 8) & 255, (seed >>> 16) & 255] : [x * 3, y * 6, 64]
      pixels.set(color, y * rowBytes + 1 + x * 3)
    }
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    makeChunk('IHDR', header),
    makeChunk('IDAT', deflateSync(pixels)),
    makeChunk('IEND', Buffer.alloc(0)),
  ])
}
