// Sums over spans, checked against a plain model of single points.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clipSpans, mergeSpans, subtractSpans, sumSpans } from '../../../main/core/exports/media/spans.ts'
import type { Span } from '../../../main/core/exports/media/spans.ts'

const span = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }))
  .map(([fromMs, length]): Span => ({ fromMs, toMs: fromMs + length }))
const spans = fc.array(span, { maxLength: 12 })

function points(list: readonly Span[]): Set<number> {
  const set = new Set<number>()
  for (const { fromMs, toMs } of list) for (let point = fromMs; point < toMs; point++) set.add(point)
  return set
}

function isTidy(list: readonly Span[]): boolean {
  return list.every(({ fromMs, toMs }, place) => fromMs < toMs && fromMs > (list[place - 1]?.toMs ?? -1))
}

test('merging keeps every point and leaves nothing touching', () => {
  fc.assert(
    fc.property(spans, (list) => {
      const merged = mergeSpans(list)
      expect(points(merged)).toEqual(points(list))
      expect(isTidy(merged)).toBe(true)
      expect(sumSpans(merged)).toBe(points(list).size)
    }),
  )
})

test('subtracting leaves exactly the points of the first that are not in the second', () => {
  fc.assert(
    fc.property(spans, spans, (list, taken) => {
      const left = subtractSpans(mergeSpans(list), mergeSpans(taken))
      const expected = [...points(list)].filter((point) => !points(taken).has(point))
      expect([...points(left)].sort()).toEqual(expected.sort())
    }),
  )
})

test('clipping keeps exactly the points in the window', () => {
  fc.assert(
    fc.property(spans, span, (list, window) => {
      const inside = [...points(list)].filter((point) => point >= window.fromMs && point < window.toMs)
      expect([...points(clipSpans(list, window))].sort()).toEqual(inside.sort())
    }),
  )
})
