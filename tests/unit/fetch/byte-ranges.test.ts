// Arithmetic on ranges: against a file that is written down byte by byte.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  areValidRanges,
  chooseSplit,
  countBytes,
  measurePrefix,
  mergeRanges,
  missingRanges,
} from '#core/exports/fetch/byte-ranges.ts'
import type { ByteRange } from '#core/exports/fetch/byte-ranges.ts'

const sizeBytes = 40
const anyRanges = fc.array(
  fc
    .tuple(fc.nat(sizeBytes), fc.nat(sizeBytes))
    .map(([one, other]) => ({ start: Math.min(one, other), end: Math.max(one, other) })),
  { maxLength: 8 },
)

function paint(ranges: readonly ByteRange[]): boolean[] {
  return Array.from({ length: sizeBytes }, (_, at) => ranges.some((range) => range.start <= at && at < range.end))
}

test('merged ranges cover the same bytes, in order, and never touch', () => {
  fc.assert(
    fc.property(anyRanges, (ranges) => {
      const merged = mergeRanges(ranges)
      expect(paint(merged)).toEqual(paint(ranges))
      merged.forEach((range, index) => expect(range.start).toBeGreaterThan(merged[index - 1]?.end ?? -1))
      expect(countBytes(ranges)).toBe(paint(ranges).filter(Boolean).length)
    }),
  )
})

test('missing ranges are exactly what is not covered', () => {
  fc.assert(
    fc.property(anyRanges, (ranges) => {
      expect(paint(missingRanges(ranges, sizeBytes))).toEqual(paint(ranges).map((isThere) => !isThere))
    }),
  )
})

test('the prefix ends at the first hole', () => {
  fc.assert(
    fc.property(anyRanges, (ranges) => {
      const hole = paint(ranges).indexOf(false)
      expect(measurePrefix(ranges)).toBe(hole === -1 ? sizeBytes : hole)
    }),
  )
})

test.each([
  [[{ start: 0, end: 10 }], true],
  [[], true],
  [[{ start: 0, end: 41 }], false],
  [[{ start: -1, end: 4 }], false],
  [[{ start: 5, end: 4 }], false],
  [[{ start: 0.5, end: 4 }], false],
  [[{ start: 0, end: Number.NaN }], false],
])('%j is a list for a file of 40 bytes: %s', (ranges, expected) => {
  expect(areValidRanges(ranges, 40)).toBe(expected)
})

test.each([
  ['nothing under way', [], null],
  ['halves too short', [{ start: 0, end: 19 }], null],
  ['just long enough', [{ start: 0, end: 20 }], { index: 0, at: 10 }],
  [
    'the longest of them',
    [
      { start: 0, end: 30 },
      { start: 100, end: 200 },
      { start: 300, end: 340 },
    ],
    { index: 1, at: 150 },
  ],
  ['an odd length', [{ start: 5, end: 28 }], { index: 0, at: 17 }],
])('where to split, with %s', (_name, remaining, expected) => {
  expect(chooseSplit(remaining, 10)).toEqual(expected)
})
