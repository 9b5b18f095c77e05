// The small rules of a download, each by table: redirects, samples, rates, stalls, connections, containers, disk errors.
import { expect, test } from 'vitest'
import { fromDiskError } from '#core/exports/fetch/disk-error.ts'
import { looksLikeMedia } from '#core/exports/fetch/looks-like-media.ts'
import { firstConnectionPlan, planConnections } from '#core/exports/fetch/plan-connections.ts'
import { createRateLimit } from '#core/exports/fetch/rate-limit.ts'
import { followRedirect, isRedirect } from '#core/exports/fetch/redirect.ts'
import { sanitizeSample } from '#core/exports/fetch/sanitize-sample.ts'
import { createStallWatch } from '#core/exports/fetch/stall-watch.ts'

test.each([
  ['https://a/x', '/y?z=1', 'https://a/y?z=1'],
  ['https://a/x/y', '../z', 'https://a/z'],
  ['https://a/x', 'https://b:8443/', 'https://b:8443/'],
  ['https://a/x', '//b/y', 'https://b/y'],
  ['http://a/x', 'https://a/x', 'https://a/x'],
  ['https://a/x', 'https://user:secret@b/y#part', 'https://b/y'],
])('from %s to %s', (from, location, expected) => {
  expect(followRedirect([from], 302, location)).toBe(expected)
})

test.each([
  ['https://a/x', 'http://a/y', 'forbidden'],
  ['https://a/x', 'file:///etc/passwd', 'forbidden'],
  ['http://a/x', 'javascript:alert(1)', 'forbidden'],
  ['https://a/x', undefined, 'bad-reply'],
  ['https://a/x', 'https://', 'bad-reply'],
  ['https://a/x', '#same', 'bad-reply'],
])('from %s to %s is refused', (from, location, code) => {
  expect(() => followRedirect([from], 302, location)).toThrow(expect.objectContaining({ code }))
})

test('five redirects are followed, the sixth is not; and only the five statuses are redirects', () => {
  const five = [0, 1, 2, 3, 4].map((index) => `https://a/${index}`)
  expect(followRedirect(five, 302, '/5')).toBe('https://a/5')
  expect(() => followRedirect([...five, 'https://a/5'], 302, '/6')).toThrow(
    expect.objectContaining({ code: 'bad-reply' }),
  )
  expect([300, 301, 302, 303, 304, 305, 307, 308].filter(isRedirect)).toEqual([301, 302, 303, 307, 308])
})

test.each([
  ['<html><head><style>p{}</style></head><p>Not   here\n', 'Not here'],
  ['{"message":"no\u202e such\u0007 thing"}', '{"message":"no such thing"}'],
  ['token=AbCdEfGhIjKlMnOpQrStUvWxYz0123', '…'],
  ['<script>alert("x")</script>fine', 'fine'],
  ['\ud83d\ude00 '.repeat(300), '\ud83d\ude00 '.repeat(100)],
])('the sample of %j', (page, expected) => {
  expect(sanitizeSample(Buffer.from(page))).toBe(expected)
})

test('a rate is kept over many pieces, and idle time is not saved up', () => {
  const limit = createRateLimit(1000)
  expect(limit.take(5, 0)).toBe(0)
  expect(limit.take(95, 0)).toBe(100)
  expect(limit.take(100, 100)).toBe(100)
  expect(limit.take(100, 10_000)).toBe(100)
  expect(createRateLimit(null).take(1e12, 0)).toBe(0)
})

const limits = { firstByteMs: 1000, stallMs: 100, leastBytesPerSecond: 1000 }
test.each([
  ['nothing yet', [], 999, 'fine'],
  ['nothing for too long', [], 1000, 'no-first-byte'],
  ['a late first byte', [[900, 1]], 999, 'fine'],
  ['silence after it', [[900, 500]], 1000, 'stalled'],
  [
    'enough',
    [
      [10, 60],
      [60, 60],
      [100, 60],
    ],
    130,
    'fine',
  ],
  [
    'a trickle',
    [
      [10, 10],
      [60, 10],
      [100, 10],
    ],
    130,
    'stalled',
  ],
])('a watch that saw %s', (_name, bytes, atMs, expected) => {
  const watch = createStallWatch(limits, 0)
  for (const [ms = 0, lengthBytes = 0] of bytes) watch.note(lengthBytes, ms)
  expect(watch.judge(atMs)).toBe(expected)
})

test('time in which this side held back is no stall, but the first byte is still waited for', () => {
  const watch = createStallWatch(limits, 0)
  watch.note(500, 10)
  watch.excuse(5000)
  expect(watch.judge(5099)).toBe('fine')
  expect(watch.judge(5100)).toBe('stalled')
  const silent = createStallWatch(limits, 0)
  silent.excuse(500)
  expect(silent.judge(1000)).toBe('no-first-byte')
})

test.each([
  ['rates that rise', [20e6, 40e6, 80e6, 160e6], 8, [2, 4, 8, 8]],
  ['a rate that does not rise', [20e6, 22e6, 80e6], 8, [2, 2, 2]],
  ['a rate that is high enough', [400e6, 500e6], 8, [1, 1]],
  ['a bound that is no power of two', [20e6, 40e6, 60e6], 3, [2, 3, 3]],
  ['one connection allowed', [20e6], 1, [1]],
])('connections with %s', (_name, rates, most, expected) => {
  let plan = firstConnectionPlan
  const connections = rates.map((rate) => (plan = planConnections(plan, rate, most)).connections)
  expect(connections).toEqual(expected)
})

const packets = (count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => Buffer.alloc(188, 0).fill(0x47, 0, 1)))
test.each([
  ['MP4', Buffer.from('\0\0\0\x18ftypisom'), true],
  ['an old MOV', Buffer.from('\0\0\0\x08wide\0\0\0\0mdat'), true],
  ['MPEG-TS', packets(9), true],
  ['one packet', packets(1), true],
  ['a G and no second packet', Buffer.concat([packets(1), Buffer.alloc(188)]), false],
  ['Matroska', Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0, 0, 0, 0, 0]), true],
  ['a playlist', Buffer.from('#EXTM3U\n#EXT-X-VERSION:3\n'), false],
  ['a page', Buffer.from('<!DOCTYPE html><html>'), false],
  ['nothing', Buffer.alloc(0), false],
])('%s looks like media', (_name, start, expected) => {
  expect(looksLikeMedia(start)).toBe(expected)
})

test.each([
  ['ENOSPC', 'disk-full', 'disk-full'],
  ['EDQUOT', 'disk-full', 'disk-full'],
  ['EACCES', 'forbidden', 'no-permission'],
  ['EROFS', 'forbidden', 'read-only'],
  ['ENOENT', 'not-found', 'destination-missing'],
  ['ENAMETOOLONG', 'invalid-input', 'path-too-long'],
  ['EFBIG', 'invalid-input', 'file-too-large'],
  ['EIO', 'unreachable', 'device-error'],
  ['EMFILE', 'internal', 'unexpected'],
])('%s is %s (%s), and the folder stays out of it', (systemCode, code, reason) => {
  const error = fromDiskError(Object.assign(new Error('x'), { code: systemCode }), {
    file: '/home/canary/a.part',
    neededBytes: 7,
  })
  expect(error).toMatchObject({ code, details: { reason, systemCode, file: 'a.part' } })
  expect(error.details['neededBytes']).toBe(code === 'disk-full' ? 7 : undefined)
  expect(JSON.stringify([error.message, error.details])).not.toContain('canary')
})
