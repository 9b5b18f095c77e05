// Reports from packet lines: durations, holes, key intervals, order; and comparing two of them.
import { expect, test } from 'vitest'
import { comparePackets } from '#core/exports/media/index.ts'
import type { Container, MediaReport } from '#core/exports/media/index.ts'
import { createPacketReader } from '../../../main/core/exports/media/read-packets.ts'

const mp4: Container = { kind: 'mp4', isFaststart: true, isFragmented: false }
const ts: Container = { kind: 'mpegts' }

interface Line {
  dts: number
  pts: number
  isKey?: boolean
  size?: number
  crc?: number
}

/** Pictures at 15 a second in a time base of 1/1500, a key frame every `gop` pictures, optionally two B frames between. */
function makePictures(count: number, { gop = 15, hasBFrames = false, jumpAt = -1, jumpTicks = 0 } = {}): Line[] {
  return Array.from({ length: count }, (_, place) => {
    const shown = hasBFrames && place % 3 !== 0 ? place - 1 : hasBFrames ? place + 2 : place
    const moved = (position: number) => position * 100 + (jumpAt >= 0 && position >= jumpAt ? jumpTicks : 0)
    const dts = hasBFrames ? moved(place) - 300 : moved(place)
    return { dts, pts: moved(shown), isKey: place % gop === 0, size: 1000 + place, crc: place }
  })
}

function read(
  lines: Line[],
  { container = mp4, timeBase = '1/1500', codec = 'h264', sound = [] as Line[] } = {},
): MediaReport {
  const reader = createPacketReader(container)
  const header = [`#tb 0: ${timeBase}`, '#media_type 0: video', `#codec_id 0: ${codec}`, '#dimensions 0: 64x36']
  const soundHeader =
    sound.length > 0 ? ['#tb 1: 1/16000', '#media_type 1: audio', '#codec_id 1: aac', '#sample_rate 1: 16000'] : []
  for (const line of [...header, ...soundHeader]) reader.push(line)
  const write = (stream: number, { dts, pts, isKey = true, size = 10, crc = 1 }: Line) =>
    reader.push(
      `${stream}, ${dts}, ${pts}, 100, ${size}, 0x${crc.toString(16).padStart(8, '0')}${isKey ? '' : ', F=0x0'}`,
    )
  for (const line of lines) write(0, line)
  for (const line of sound) write(1, line)
  return reader.finish()
}

test.each([false, true])('thirty seconds of pictures, B frames %s', (hasBFrames) => {
  const report = read(makePictures(450, { hasBFrames }))
  expect(report).toMatchObject({ problems: [], holes: [], keyIntervalMs: 1000 })
  expect(report.durationMs).toBeCloseTo(30_000, 0)
  expect(report.streams[0]).toMatchObject({ packets: 450, keyPackets: 30, monotonic: true })
})

test.each([false, true])(
  'a hole lies between the last picture before and the first after it, B frames %s',
  (hasBFrames) => {
    const report = read(makePictures(450, { hasBFrames, jumpAt: 150, jumpTicks: 45_000 }))
    expect(report.holes).toHaveLength(1)
    expect(report.holes[0]?.fromMs).toBeCloseTo(10_000, -2)
    expect(report.holes[0]?.toMs).toBeCloseTo(40_000, -2)
    expect(report.keyIntervalMs).toBe(1000)
  },
)

test('a camera that takes a picture every five seconds has no holes, and one of a minute is one', () => {
  const slow = Array.from({ length: 20 }, (_, place) => place * 7500)
  expect(read(slow.map((pts) => ({ dts: pts, pts }))).holes).toEqual([])
  const holed = slow.map((pts, place) => (place < 10 ? pts : pts + 90_000))
  expect(read(holed.map((pts) => ({ dts: pts, pts }))).holes).toHaveLength(1)
})

test('a hole right after the first picture is found', () => {
  const lines = makePictures(100, { jumpAt: 1, jumpTicks: 15_000 })
  expect(read(lines).holes).toHaveLength(1)
})

test('stamps that run backwards, and files without pictures or key frames, are problems', () => {
  const pictures = makePictures(30)
  expect(read([...pictures, ...pictures.slice(-2)]).problems.join()).toContain('do not rise')
  expect(read([]).problems.join()).toContain('not a single picture')
  expect(read(pictures.map((line) => ({ ...line, isKey: false }))).problems.join()).toContain('no key frame')
})

test('a stamp that repeats is worth a word, not a refusal', () => {
  const pictures = makePictures(30)
  const report = read([...pictures, ...pictures.slice(-1)])
  expect(report.problems).toEqual([])
  expect(report.warnings.join()).toContain('1 packets of the pictures repeat')
})

const keep = { isAudioConverted: false, isAudioDropped: false }
const sound = Array.from({ length: 40 }, (_, place): Line => ({ dts: place * 1024, pts: place * 1024, size: 300 }))

test('the same packets compare equal, also from another beginning and in a finer time base', () => {
  const before = read(makePictures(100), { sound })
  const later = read(
    makePictures(100).map((line) => ({ ...line, dts: line.dts + 500, pts: line.pts + 500 })),
    { sound },
  )
  const finer = read(
    makePictures(100).map((line) => ({ ...line, dts: line.dts * 10, pts: line.pts * 10 })),
    { sound, timeBase: '1/15000' },
  )
  expect(comparePackets(before, later, keep)).toEqual([])
  expect(comparePackets(before, finer, keep)).toEqual([])
  expect(later.packetSha256).toBe(before.packetSha256)
})

const changes: [string, (lines: Line[]) => Line[], RegExp][] = [
  ['a missing packet', (lines) => lines.filter((_, place) => place !== 50), /now 99/],
  ['the last packet missing', (lines) => lines.slice(0, -1), /now 99/],
  ['a byte', (lines) => lines.map((line, place) => (place === 50 ? { ...line, crc: 7 } : line)), /contents/],
  [
    'a stamp',
    (lines) => lines.map((line, place) => (place === 50 ? { ...line, pts: line.pts + 30 } : line)),
    /time stamps/,
  ],
  [
    'a key flag',
    (lines) => lines.map((line, place) => (place === 15 ? { ...line, isKey: false } : line)),
    /Key frames/,
  ],
  ['a closed hole', () => makePictures(100), /holes|reached/],
]

test.each(changes)('comparing finds %s', (name, change, difference) => {
  const before = makePictures(100, name === 'a closed hole' ? { jumpAt: 50, jumpTicks: 30_000 } : {})
  expect(comparePackets(read(before, { sound }), read(change(before), { sound }), keep).join(' ')).toMatch(difference)
})

test('out of MPEG-TS sizes may change by start codes, but not more, and only there', () => {
  const wrapped = makePictures(100).map((line) => ({ ...line, size: (line.size ?? 0) + 3, crc: (line.crc ?? 0) + 1 }))
  const cut = makePictures(100).map((line) => ({ ...line, size: 5, crc: 1 }))
  const before = read(makePictures(100), { container: ts })
  expect(comparePackets(before, read(wrapped), keep)).toEqual([])
  expect(comparePackets(before, read(cut), keep).join()).toContain('contents')
  expect(comparePackets(read(makePictures(100)), read(wrapped), keep).join()).toContain('contents')
})

test('sound may be converted or left out only when that was meant', () => {
  const before = read(makePictures(50), { sound })
  const converted = read(makePictures(50), { sound: sound.map((line) => ({ ...line, size: 99 })) })
  const silent = read(makePictures(50))
  expect(comparePackets(before, converted, keep).join()).toContain('contents of the sound')
  expect(comparePackets(before, converted, { ...keep, isAudioConverted: true })).toEqual([])
  expect(comparePackets(before, silent, keep).join()).toContain('1 streams of sound became 0')
  expect(comparePackets(before, silent, { ...keep, isAudioDropped: true })).toEqual([])
  expect(comparePackets(before, before, { ...keep, isAudioDropped: true }).join()).toContain('was to be left out')
})

test('decoded pictures are compared where both files were decoded', () => {
  const report = read(makePictures(20))
  const other = { ...report, frameSha256: 'b' }
  expect(comparePackets({ ...report, frameSha256: 'a' }, other, keep).join()).toContain('decoded pictures differ')
  expect(comparePackets(report, other, keep)).toEqual([])
})
