// Draws the changing top of each frame: the cell strip, one line of text with camera and UTC time, and a moving bar.
// Knows nothing of ffmpeg; the rest of the picture is plain and added there.
import { frameTimeMs } from '../world.ts'
import { cellRows, cellSizePixels, cellsPerRow, encodeStrip } from './strip.ts'

export const frameWidth = 640
export const frameHeight = 360
const stripHeight = cellRows * cellSizePixels
const textTop = stripHeight + 5
const glyphScale = 3
const glyphColumns = 5
const glyphAdvance = (glyphColumns + 1) * glyphScale
const barTop = 64
const barWidth = 32
/** Height of what is drawn here. */
export const headHeight = 80

const black = 16
const white = 235
const neutralChroma = 128
const lumaBytes = frameWidth * headHeight
/** One drawn head as planar YUV 4:2:0 of limited range. */
export const headBytes = (lumaBytes * 3) / 2
const framesPerChunk = 15

/** Five columns by seven rows; each number is a row, its highest of five bits on the left. */
const glyphs: Readonly<Record<string, readonly number[]>> = {
  '0': [14, 17, 19, 21, 25, 17, 14],
  '1': [4, 12, 4, 4, 4, 4, 14],
  '2': [14, 17, 1, 2, 4, 8, 31],
  '3': [31, 2, 4, 2, 1, 17, 14],
  '4': [2, 6, 10, 18, 31, 2, 2],
  '5': [31, 16, 30, 1, 1, 17, 14],
  '6': [6, 8, 16, 30, 17, 17, 14],
  '7': [31, 1, 2, 4, 8, 8, 8],
  '8': [14, 17, 17, 14, 17, 17, 14],
  '9': [14, 17, 17, 15, 1, 2, 12],
  A: [14, 17, 17, 31, 17, 17, 17],
  C: [14, 17, 16, 16, 16, 17, 14],
  M: [17, 27, 21, 21, 17, 17, 17],
  T: [31, 4, 4, 4, 4, 4, 4],
  Z: [31, 1, 2, 4, 8, 16, 31],
  ':': [0, 4, 4, 0, 4, 4, 0],
  '-': [0, 0, 0, 31, 0, 0, 0],
  '.': [0, 0, 0, 0, 0, 4, 4],
  '*': [0, 21, 14, 31, 14, 21, 0],
}

function fillRectangle(plane: Buffer, left: number, top: number, width: number, height: number, level: number): void {
  for (let row = top; row < top + height; row++) {
    plane.fill(level, row * frameWidth + left, row * frameWidth + left + width)
  }
}

function drawGlyph(plane: Buffer, character: string, left: number): void {
  fillRectangle(plane, left, textTop, glyphAdvance, 7 * glyphScale, black)
  const rows = glyphs[character] ?? []
  rows.forEach((bits, row) => {
    for (let column = 0; column < glyphColumns; column++) {
      if ((bits & (16 >> column)) === 0) continue
      fillRectangle(plane, left + column * glyphScale, textTop + row * glyphScale, glyphScale, glyphScale, white)
    }
  })
}

function drawCell(plane: Buffer, index: number, isWhite: boolean): void {
  const left = (index % cellsPerRow) * cellSizePixels
  const top = Math.floor(index / cellsPerRow) * cellSizePixels
  fillRectangle(plane, left, top, cellSizePixels, cellSizePixels, isWhite ? white : black)
}

/** Redraws only what differs from the frame before: drawing must stay far cheaper than encoding. */
function createPainter(camera: number, variant: number) {
  const head = Buffer.alloc(headBytes, neutralChroma)
  head.fill(black, 0, lumaBytes)
  let cells: boolean[] = []
  let text = ''
  let barLeft = 0
  return function paint(frame: number): Buffer {
    const unixMs = frameTimeMs(frame)
    const nextCells = encodeStrip({ camera, unixMs })
    nextCells.forEach((cell, index) => cell !== cells[index] && drawCell(head, index, cell))
    cells = nextCells
    const mark = variant === 0 ? ' ' : '*'
    const nextText = `CAM ${String(camera).padStart(2, '0')}${mark}${new Date(unixMs).toISOString()}`
    for (let index = 0; index < nextText.length; index++) {
      const character = nextText.charAt(index)
      if (character !== text.charAt(index)) drawGlyph(head, character, 20 + index * glyphAdvance)
    }
    text = nextText
    fillRectangle(head, barLeft, barTop, barWidth, headHeight - barTop, black)
    barLeft = (frame * 4) % (frameWidth - barWidth)
    fillRectangle(head, barLeft, barTop, barWidth, headHeight - barTop, white)
    return head
  }
}

/** Heads of the grid frames `[firstFrame, endFrame)`, several to a buffer. A variant other than 0 is marked in the text. */
export function* drawHeads(camera: number, firstFrame: number, endFrame: number, variant: number): Generator<Buffer> {
  const paint = createPainter(camera, variant)
  for (let start = firstFrame; start < endFrame; start += framesPerChunk) {
    const count = Math.min(framesPerChunk, endFrame - start)
    const chunk = Buffer.allocUnsafe(count * headBytes)
    for (let index = 0; index < count; index++) paint(start + index).copy(chunk, index * headBytes)
    yield chunk
  }
}
