// The strip of cells: what is written is read back, and a misread cell is noticed.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellCount, decodeStrip, encodeStrip } from '../../site/media/strip.ts'

const contents = fc.record({
  camera: fc.integer({ min: 0, max: 65_535 }),
  unixMs: fc.integer({ min: 0, max: 2 ** 44 - 1 }),
})
const toLevels = (cells: readonly boolean[]) => Uint8Array.from(cells, (cell) => (cell ? 225 : 20))

describe('strip', () => {
  it('is read back as written', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const cells = encodeStrip(content)
        expect(cells).toHaveLength(cellCount)
        expect(decodeStrip(toLevels(cells))).toEqual(content)
      }),
    )
  })

  it('is refused when one, two or three cells are misread', () => {
    const places = fc.uniqueArray(fc.integer({ min: 0, max: cellCount - 1 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(contents, places, (content, misread) => {
        const cells = encodeStrip(content).map((cell, place) => (misread.includes(place) ? !cell : cell))
        expect(decodeStrip(toLevels(cells))).toBeNull()
      }),
    )
  })

  it.each([0, 16, 128, 255])('is not seen in a plain picture of brightness %i', (level) => {
    expect(decodeStrip(new Uint8Array(cellCount).fill(level))).toBeNull()
  })

  it('needs all its cells', () => {
    expect(decodeStrip(new Uint8Array(cellCount - 1))).toBeNull()
  })
})
