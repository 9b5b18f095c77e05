// Retry-After in both forms, and full jitter, by table.
import { expect, test } from 'vitest'
import { backoffMs, parseRetryAfter } from '#core/network/index.ts'

const nowMs = Date.parse('2026-11-20T10:00:00Z')
const laterMs = Date.parse('2026-11-20T10:01:40Z')

test.each([
  ['0', nowMs],
  ['100', laterMs],
  [' 100 ', laterMs],
  ['Fri, 20 Nov 2026 10:01:40 GMT', laterMs],
  ['Friday, 20-Nov-26 10:01:40 GMT', laterMs],
  ['Fri Nov 20 10:01:40 2026', laterMs],
  ['Fri, 20 Nov 2020 10:01:40 GMT', nowMs],
  ['-5', null],
  ['1.5', null],
  ['soon', null],
  ['2026-11-20T10:01:40Z', null],
  ['99999999999999', null],
  ['', null],
  [null, null],
  [undefined, null],
])('parseRetryAfter(%j)', (text, expected) => {
  expect(parseRetryAfter(text, nowMs)).toBe(expected)
})

test.each([
  { attempt: 1, random: 0, expected: 500 },
  { attempt: 1, random: 1, expected: 1000 },
  { attempt: 3, random: 0.5, expected: 2250 },
  { attempt: 50, random: 1, expected: 60_000 },
])('backoffMs($attempt) with $random', ({ attempt, random, expected }) => {
  expect(backoffMs(attempt, { backoffMinMs: 500, backoffMaxMs: 60_000 }, () => random)).toBe(expected)
})
