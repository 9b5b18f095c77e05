// What may be done with a reply, by its head alone; and the small readers of headers behind it.
import { expect, test } from 'vitest'
import { classifyReply } from '#core/exports/fetch/classify-reply.ts'
import type { Asked } from '#core/exports/fetch/classify-reply.ts'
import { parseContentRange, parseUnsatisfiedRange } from '#core/exports/fetch/content-range.ts'
import { isSameValidator, readValidator } from '#core/exports/fetch/validator.ts'

const date = 'Fri, 20 Nov 2026 08:59:15 GMT'
const etag = { kind: 'etag', value: '"a"' } as const
const dated = { kind: 'last-modified', value: date } as const
const whole: Asked = { kind: 'whole' }
const plain: Asked = { kind: 'plain' }
const part: Asked = { kind: 'part', range: { start: 10, end: 100 }, totalBytes: 100, validator: etag }
const datedPart: Asked = { ...part, validator: dated }
const shortPart: Asked = { ...part, range: { start: 10, end: 50 } }

test.each<[string, Asked, number, Record<string, string>, object]>([
  [
    '206 with a strong ETag',
    whole,
    206,
    { 'content-range': 'bytes 0-99/100', etag: '"a"' },
    { kind: 'body', start: 0, end: 100, totalBytes: 100, validator: etag, isResumable: true },
  ],
  [
    '206 with a date',
    whole,
    206,
    { 'content-range': 'bytes 0-99/100', 'last-modified': date },
    { kind: 'body', validator: dated, isResumable: true },
  ],
  [
    '206 with a weak ETag and a date',
    whole,
    206,
    { 'content-range': 'bytes 0-99/100', etag: 'W/"a"', 'last-modified': date },
    { validator: dated, isResumable: true },
  ],
  [
    '206 without a witness',
    whole,
    206,
    { 'content-range': 'bytes 0-99/100' },
    { kind: 'body', validator: null, isResumable: false },
  ],
  [
    'a short 206 with a witness',
    whole,
    206,
    { 'content-range': 'bytes 0-49/100', etag: '"a"' },
    { kind: 'body', end: 50, totalBytes: 100 },
  ],
  ['a short 206 without a witness', whole, 206, { 'content-range': 'bytes 0-49/100' }, { kind: 'ask-plainly' }],
  ['multipart', whole, 206, { 'content-type': 'multipart/byteranges; boundary=x' }, { kind: 'ask-plainly' }],
  [
    '200',
    whole,
    200,
    { 'content-length': '100', etag: '"a"' },
    { kind: 'body', end: 100, totalBytes: 100, isResumable: false, isEndProven: true },
  ],
  [
    '200 in chunks',
    whole,
    200,
    { 'transfer-encoding': 'chunked' },
    { kind: 'body', end: null, totalBytes: null, isEndProven: true },
  ],
  ['200 until the end of the connection', whole, 200, {}, { kind: 'body', end: null, isEndProven: false }],
  [
    '206 to a plain question',
    plain,
    206,
    { 'content-range': 'bytes 0-99/100' },
    { kind: 'no-media', reason: 'status' },
  ],
  ['416 to the first question', whole, 416, {}, { kind: 'ask-plainly' }],
  ['416 to a plain question', plain, 416, {}, { kind: 'no-media' }],
  [
    'HTML with parameters',
    whole,
    200,
    { 'content-type': 'Text/HTML; charset=utf-8' },
    { kind: 'no-media', reason: 'page' },
  ],
  ['brotli', whole, 200, { 'content-encoding': 'br' }, { kind: 'no-media', reason: 'encoding' }],
  ['identity', whole, 200, { 'content-encoding': 'identity' }, { kind: 'body' }],
  ['205', whole, 205, {}, { kind: 'empty' }],
  ['304', whole, 304, {}, { kind: 'no-media', reason: 'status' }],
  ['408', whole, 408, {}, { kind: 'end', outcome: { kind: 'server-error', status: 408 } }],
  ['425', whole, 425, {}, { kind: 'end', outcome: { kind: 'server-error', status: 425 } }],
  [
    'the part that was asked for',
    part,
    206,
    { 'content-range': 'bytes 10-99/100', etag: '"a"', 'content-length': '90' },
    { kind: 'body', start: 10, end: 100 },
  ],
  [
    'less than was asked for',
    part,
    206,
    { 'content-range': 'bytes 10-19/100', etag: '"a"' },
    { kind: 'body', start: 10, end: 20 },
  ],
  [
    'more than was asked for',
    shortPart,
    206,
    { 'content-range': 'bytes 10-99/100', etag: '"a"' },
    { kind: 'end', outcome: { kind: 'changed' } },
  ],
  [
    'a dated part that repeats the date',
    datedPart,
    206,
    { 'content-range': 'bytes 10-99/100', 'last-modified': date },
    { kind: 'body' },
  ],
  ['a dated part that leaves the date out', datedPart, 206, { 'content-range': 'bytes 10-99/100' }, { kind: 'body' }],
  [
    'a dated part of another date',
    datedPart,
    206,
    { 'content-range': 'bytes 10-99/100', 'last-modified': 'Sat, 21 Nov 2026 08:59:15 GMT' },
    { outcome: { kind: 'changed' } },
  ],
  [
    'the whole of another date',
    datedPart,
    200,
    { 'last-modified': 'Sat, 21 Nov 2026 08:59:15 GMT' },
    { outcome: { kind: 'changed' } },
  ],
  [
    'the whole of the same date',
    datedPart,
    200,
    { 'last-modified': date, etag: '"new"' },
    { outcome: { kind: 'not-resumable' } },
  ],
  ['a sign-in page for a part', part, 200, { 'content-type': 'text/html' }, { kind: 'no-media', reason: 'page' }],
])('%s', (_name, asked, status, headers, expected) => {
  expect(classifyReply(asked, { status, headers }, null)).toMatchObject(expected)
})

test.each([
  ['bytes 0-99/100', { start: 0, end: 100, totalBytes: 100 }],
  ['bytes 5-5/*', { start: 5, end: 6, totalBytes: null }],
  ['Bytes 0-0/1', { start: 0, end: 1, totalBytes: 1 }],
  ['bytes 0-100/100', null],
  ['bytes 9-3/100', null],
  ['bytes 0-/100', null],
  ['bytes -5/100', null],
  ['items 0-9/100', null],
  ['bytes 0-9/100, 20-29/100', null],
  ['bytes 0-9999999999999999/9999999999999999', null],
  ['', null],
  [undefined, null],
])('Content-Range %s', (text, expected) => {
  expect(parseContentRange(text)).toEqual(expected)
})

test.each([
  ['bytes */500', 500],
  ['bytes */*', null],
  ['bytes 0-1/500', null],
  [undefined, null],
])('Content-Range of a 416: %s', (text, expected) => {
  expect(parseUnsatisfiedRange(text)).toBe(expected)
})

test.each([
  [{ etag: '"a b"' }, null],
  [{ etag: '""' }, { kind: 'etag', value: '""' }],
  [{ etag: 'a' }, null],
  [{ etag: '"a", "b"' }, null],
  [{ etag: 'W/"a"' }, null],
  [
    { etag: '"a"', 'last-modified': date },
    { kind: 'etag', value: '"a"' },
  ],
  [{ 'last-modified': 'yesterday' }, null],
  [{ 'last-modified': `${date}\r\nX: y` }, null],
  [{}, null],
])('the witness of %j', (headers, expected) => {
  expect(readValidator(headers)).toEqual(expected)
})

test('witnesses are the same only in kind and value', () => {
  expect(isSameValidator(etag, { ...etag })).toBe(true)
  expect(isSameValidator(etag, { ...etag, value: '"b"' })).toBe(false)
  expect(isSameValidator(etag, { kind: 'last-modified', value: '"a"' })).toBe(false)
  expect(isSameValidator(null, null)).toBe(false)
})
