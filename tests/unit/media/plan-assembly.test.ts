// What has to change about fetched bytes, by table.
import { expect, test } from 'vitest'
import { planAssembly } from '#core/exports/media/index.ts'
import type { AssemblyOptions, Container, StreamFacts } from '#core/exports/media/index.ts'

const base = { codecTag: null, firstMs: 0, packetsPerSecond: 15, fileDurationMs: 600_000 }
const h264: StreamFacts = {
  ...{ ...base, index: 0, kind: 'video', codec: 'h264', codecTag: 'avc1', width: 640, height: 360, sampleRate: null },
}
const hev1: StreamFacts = { ...h264, codec: 'hevc', codecTag: 'hev1' }
const aac: StreamFacts = {
  ...h264,
  index: 1,
  kind: 'audio',
  codec: 'aac',
  width: null,
  height: null,
  sampleRate: 16000,
}
const alaw: StreamFacts = { ...aac, codec: 'pcm_alaw', sampleRate: 8000 }
const faststart: Container = { kind: 'mp4', isFaststart: true, isFragmented: false }
const indexLast: Container = { kind: 'mp4', isFaststart: false, isFragmented: false }
const fragmented: Container = { kind: 'mp4', isFaststart: false, isFragmented: true }
const mov: Container = { kind: 'mov', isFaststart: true, isFragmented: false }
const ts: Container = { kind: 'mpegts' }
const matroska: Container = { kind: 'matroska' }

const rows: [string, Container, StreamFacts[], Partial<AssemblyOptions>, object][] = [
  ['faststart MP4', faststart, [h264, aac], {}, { kind: 'keep' }],
  ['faststart MP4 without sound, sound to be dropped', faststart, [h264], { audio: 'drop' }, { kind: 'keep' }],
  ['hvc1 MP4', faststart, [{ ...hev1, codecTag: 'hvc1' }], {}, { kind: 'keep' }],
  ['Matroska as MKV', matroska, [h264, alaw], { container: 'mkv' }, { kind: 'keep' }],
  ['index last', indexLast, [h264, aac], {}, { muxer: 'mp4', audio: 'copy', videoTag: null, streams: [0, 1] }],
  ['fragmented', fragmented, [h264, aac], {}, { muxer: 'mp4', audio: 'copy' }],
  ['hev1 MP4', faststart, [hev1, aac], {}, { muxer: 'mp4', videoTag: 'hvc1' }],
  ['MPEG-TS', ts, [h264, aac], {}, { muxer: 'mp4', demuxer: 'mpegts' }],
  ['MOV with G.711', mov, [h264, alaw], {}, { muxer: 'mp4', audio: 'aac' }],
  ['MOV with G.711, sound dropped', mov, [h264, alaw], { audio: 'drop' }, { audio: 'drop', streams: [0] }],
  [
    'MOV with G.711 as MKV',
    mov,
    [h264, alaw],
    { container: 'mkv' },
    { muxer: 'matroska', audio: 'copy', videoTag: null },
  ],
  ['sound to be dropped', faststart, [h264, aac], { audio: 'drop' }, { audio: 'drop', streams: [0] }],
  [
    'sound before pictures in the file',
    ts,
    [
      { ...aac, index: 0 },
      { ...h264, index: 1 },
    ],
    {},
    { streams: [1, 0] },
  ],
]

test.each(rows)('%s', (_name, container, streams, options, expected) => {
  expect(planAssembly(container, streams, { container: 'mp4', audio: 'keep', ...options })).toMatchObject(expected)
})

const plain: AssemblyOptions = { container: 'mp4', audio: 'keep' }

test('the first picture is moved to 0, unless that would hide sound', () => {
  expect(planAssembly(ts, [{ ...h264, firstMs: 63.9974 }], plain)).toMatchObject({ shiftMicroseconds: -63997 })
  expect(planAssembly(ts, [{ ...h264, firstMs: 3064 }, aac], plain)).toMatchObject({ shiftMicroseconds: 0 })
  expect(planAssembly(ts, [{ ...h264, firstMs: null }], plain)).toMatchObject({ shiftMicroseconds: 0 })
})

test('room for the index grows with the packets; without a duration the index is moved afterwards', () => {
  expect(planAssembly(ts, [h264], plain)).toMatchObject({ indexBytes: 65_536 + 600 * 15 * 36 })
  expect(planAssembly(ts, [{ ...h264, fileDurationMs: null }], plain)).toMatchObject({ indexBytes: null })
})

test('what cannot go over is said, not refused', () => {
  const data: StreamFacts = { ...h264, index: 2, kind: 'data', codec: 'bin_data', width: null }
  const empty: StreamFacts = { ...aac, index: 3, sampleRate: null }
  const plan = planAssembly(ts, [h264, aac, data, empty], plain)
  expect(plan).toMatchObject({ streams: [0, 1], audio: 'copy' })
  expect(plan.kind === 'remux' ? plan.warnings : []).toHaveLength(2)
})

test('no pictures, or pictures that MP4 cannot hold, are refused with what to do', () => {
  expect(() => planAssembly(ts, [aac], plain)).toThrow(/no pictures/)
  expect(() => planAssembly(matroska, [{ ...h264, codec: 'vp8' }], plain)).toThrow(/MKV/)
  expect(planAssembly(matroska, [{ ...h264, codec: 'vp8' }], { ...plain, container: 'mkv' })).toEqual({ kind: 'keep' })
})
