// The pure parts of both dialects, by table.
import { describe, expect, test } from 'vitest'
import { cleanText } from '../../../main/core/servers/connection.ts'
import { normaliseUrl } from '../../../main/core/servers/normalise-url.ts'
import { checkZone, formatInstant, parseServerTime } from '../../../main/core/servers/server-time.ts'
import { mergeIntervals } from '../../../main/core/servers/vms/coverage.ts'
import { fractionOf } from '../../../main/core/servers/vms/order-clip.ts'
import { streamIdsOf } from '../../../main/core/servers/vms/stream-id.ts'
import { fromTs, toTs, unitOf } from '../../../main/core/servers/vms/ts-unit.ts'

const atMs = Date.parse('2026-11-01T10:00:00Z')

test.each([
  ['cctv.example', 'https://cctv.example'],
  ['  https://CCTV.example:443/ ', 'https://cctv.example'],
  ['http://10.0.0.5:8080/', 'http://10.0.0.5:8080'],
  ['10.0.0.5:8443', 'https://10.0.0.5:8443'],
  ['https://cctv.example/api/v1', 'https://cctv.example'],
  ['https://cctv.example/api/v1/cameras?x=1#y', 'https://cctv.example'],
  ['https://cctv.example/vms/api/v1/', 'https://cctv.example/vms'],
  ['https://cctv.example/vms//', 'https://cctv.example/vms'],
  ['https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
])('normaliseUrl(%j)', (text, expected) => {
  expect(normaliseUrl(text)).toBe(expected)
})

test.each([
  '',
  'ftp://x.example',
  'file:///etc/passwd',
  'https://a:b@x.example',
  'https://a@x.example',
  'https://',
  'a b',
])('normaliseUrl refuses %j', (text) => {
  expect(() => normaliseUrl(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
})

describe('times of a server', () => {
  test.each([
    ['2026-11-01 10:00:00', 'UTC', atMs],
    ['2026-11-01T10:00:00Z', 'Asia/Tokyo', atMs],
    ['2026-11-01T10:00:00.123456Z', 'UTC', atMs + 123],
    ['2026-11-01T13:00:00+03:00', 'UTC', atMs],
    ['2026-11-01T13:00:00+0300', 'UTC', atMs],
    ['2026-11-01 13:00:00', '+03:00', atMs],
    ['2026-11-01 06:30:00', '-0330', atMs],
    ['2026-11-01 11:00:00', 'Europe/Berlin', atMs],
    ['2026-07-01 12:00:00', 'Europe/Berlin', Date.parse('2026-07-01T10:00:00Z')],
    // Twice there: the earlier is meant. Not there at all: the same distance from midnight.
    ['2026-10-25 02:30:00', 'Europe/Berlin', Date.parse('2026-10-25T00:30:00Z')],
    ['2026-10-25 03:00:00', 'Europe/Berlin', Date.parse('2026-10-25T02:00:00Z')],
    ['2026-03-29 03:00:00', 'Europe/Berlin', Date.parse('2026-03-29T01:00:00Z')],
    ['2026-11-01 01:30:00', 'America/New_York', Date.parse('2026-11-01T05:30:00Z')],
    ['2026-11-01T10:00:00+30:00', 'UTC', null],
    ['yesterday', 'UTC', null],
    ['2026-13-01 10:00:00', 'UTC', null],
    ['2026-11-01', 'UTC', null],
  ])('parseServerTime(%j, %s)', (text, zone, expected) => {
    expect(parseServerTime(text, zone)).toBe(expected)
  })

  test('are written with Z, and with a fraction only where there is one', () => {
    expect(formatInstant(atMs)).toBe('2026-11-01T10:00:00Z')
    expect(formatInstant(atMs + 5)).toBe('2026-11-01T10:00:00.005Z')
  })

  test.each([
    ['Europe/Moscow', '2026-11-01T13:00:00+03:00'],
    ['America/St_Johns', '2026-11-01T06:30:00-03:30'],
    ['+05:45', '2026-11-01T15:45:00+05:45'],
    ['UTC', '2026-11-01T10:00:00Z'],
    ['Africa/Abidjan', '2026-11-01T10:00:00Z'],
  ])('are written in the zone of the server: %s', (zone, text) => {
    expect(formatInstant(atMs, zone)).toBe(text)
    expect(Date.parse(formatInstant(atMs + 5, zone))).toBe(atMs + 5)
  })

  test('zones are checked', () => {
    for (const zone of ['UTC', 'Europe/Moscow', '+03:00', '-11:30']) checkZone(zone)
    for (const zone of ['Mars', '+3', '', '+03:75', '+24:00']) {
      expect(() => checkZone(zone)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
    }
  })
})

test.each([
  [1_793_527_200, 's', atMs],
  [1_793_527_200_000, 'ms', atMs],
  [1_793_527_200_000_000, 'us', atMs],
  [99_999_999_999, 's', 99_999_999_999_000],
  [100_000_000_001, 'ms', 100_000_000_001],
  [0, 's', 0],
] as const)('a time of %d is in %s', (ts, unit, unixMs) => {
  expect([unitOf(ts), fromTs(ts)]).toEqual([unit, unixMs])
})

test.each([
  ['s', 'down', 1_793_527_200],
  ['s', 'up', 1_793_527_201],
  ['ms', 'down', atMs + 400],
  ['us', 'up', (atMs + 400) * 1000],
] as const)('a time is sent in %s, rounded %s', (unit, rounding, expected) => {
  expect(toTs(atMs + 400, unit, rounding)).toBe(expected)
})

test.each([
  [0, 0],
  [0.4, 0.4],
  [1, 1],
  [40, 0.4],
  [100, 1],
  [250, 1],
  [-1, 0],
])('progress %d is %d', (progress, fraction) => {
  expect(fractionOf(progress)).toBe(fraction)
})

describe('streamIdsOf', () => {
  const id = '00000000-0000-4000-8000-000000000001'
  const a = 'aaaaaaaa-0000-4000-8000-000000000001'
  const b = 'bbbbbbbb-0000-4000-8000-000000000001'
  test.each([
    { name: 'nothing named', camera: {}, main: id, sub: null, isNamed: false },
    { name: 'stream_id', camera: { video_streaming: { stream_id: a } }, main: a, sub: null, isNamed: true },
    {
      name: 'main and sub',
      camera: { video_streaming: { sub_stream_id: b, main_stream_id: a } },
      main: a,
      sub: b,
      isNamed: true,
    },
    {
      name: 'in source',
      camera: { video_streaming: { stream_id: 7 }, source: { stream: { id: a } } },
      main: a,
      sub: null,
      isNamed: true,
    },
    { name: 'a list', camera: { source: { streams: [a, b] } }, main: a, sub: b, isNamed: true },
    {
      name: 'a typed list',
      camera: {
        source: {
          streams: [
            { type: 'low', id: b },
            { type: 'high', id: a },
          ],
        },
      },
      main: a,
      sub: b,
      isNamed: true,
    },
    { name: 'no UUID', camera: { source: { stream_id: 'rtsp://x', main: null } }, main: id, sub: null, isNamed: false },
  ])('$name', ({ camera, main, sub, isNamed }) => {
    expect(streamIdsOf({ id, ...camera })).toEqual({ main, sub, isNamed })
  })
})

test.each([
  {
    name: 'touching',
    list: [
      [0, 10],
      [10, 20],
    ],
    merged: [[0, 20]],
  },
  {
    name: 'within a second',
    list: [
      [0, 10],
      [1010, 1020],
    ],
    merged: [[0, 1020]],
  },
  {
    name: 'a hole',
    list: [
      [0, 10],
      [1011, 1020],
    ],
    merged: [
      [0, 10],
      [1011, 1020],
    ],
  },
  {
    name: 'unsorted and inside',
    list: [
      [50, 60],
      [0, 100],
    ],
    merged: [[0, 100]],
  },
  {
    name: 'empty and reversed',
    list: [
      [5, 5],
      [9, 3],
    ],
    merged: [],
  },
])('mergeIntervals: $name', ({ list, merged }) => {
  const toRanges = (pairs: number[][]) => pairs.map(([fromMs = 0, toMs = 0]) => ({ fromMs, toMs }))
  expect(mergeIntervals(toRanges(list), 1000)).toEqual(toRanges(merged))
})

test('cleanText leaves one line without control and direction characters', () => {
  expect(cleanText(' a\u0000b\r\nc\u202egpj\u2028d ')).toBe('a b c gpj d')
  expect(cleanText('x'.repeat(1000))).toHaveLength(300)
})
