// The strip of black and white cells at the top of every frame: which camera, which UTC millisecond, and a checksum.
// Pure; knows nothing of ffmpeg or files. Eighty bits: 4 marker, 16 camera, 44 time, 16 checksum.
export const cellsPerRow = 40
export const cellRows = 2
export const cellCount = cellsPerRow * cellRows
/** One cell is 16 × 16 pixels, one macroblock, so that compression cannot smear one cell into another. */
export const cellSizePixels = 16

const marker = [true, false, true, false]
const cameraBits = 16
const timeBits = 44
const checksumBits = 16

export interface StripContent {
  readonly camera: number
  readonly unixMs: number
}

function toBits(value: number, width: number): boolean[] {
  const bits: boolean[] = []
  for (let position = width - 1; position >= 0; position--) bits.push(Math.floor(value / 2 ** position) % 2 === 1)
  return bits
}

function fromBits(bits: readonly boolean[]): number {
  return bits.reduce((value, bit) => value * 2 + (bit ? 1 : 0), 0)
}

/** CRC-16/CCITT-FALSE over the bits, so that plain black and plain white are not valid strips. */
function checksumOf(bits: readonly boolean[]): number {
  let remainder = 0xffff
  for (const bit of bits) {
    const carries = ((remainder >> 15) & 1) !== (bit ? 1 : 0)
    remainder = (remainder << 1) & 0xffff
    if (carries) remainder ^= 0x1021
  }
  return remainder
}

/** The cells in reading order, true = white. Camera below 65,536, time a whole Unix millisecond. */
export function encodeStrip(content: StripContent): boolean[] {
  const body = [...toBits(content.camera, cameraBits), ...toBits(content.unixMs, timeBits)]
  return [...marker, ...body, ...toBits(checksumOf(body), checksumBits)]
}

/** Null when the cells are not a strip or one of them was misread. `levels`: mean brightness of each cell, 0–255. */
export function decodeStrip(levels: Uint8Array): StripContent | null {
  if (levels.length !== cellCount) return null
  const bits = Array.from(levels, (level) => level >= 128)
  if (marker.some((bit, index) => bits[index] !== bit)) return null
  const body = bits.slice(marker.length, marker.length + cameraBits + timeBits)
  if (checksumOf(body) !== fromBits(bits.slice(-checksumBits))) return null
  return { camera: fromBits(body.slice(0, cameraBits)), unixMs: fromBits(body.slice(cameraBits)) }
}
