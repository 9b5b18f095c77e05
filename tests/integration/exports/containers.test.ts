// What comes out of every kind of file that media servers deliver, in both dialects: every packet where it was, sound
// that MP4 can hold, the original beside what differs from it, and the frames that were asked for.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MediaBehaviour } from '../../site/media/behaviour.ts'
import { isExact } from '../../site/media/read-frames.ts'
import { fileOf, openBench, readFootage, resultOf, sha256Of, watchedFileOf } from './bench.ts'
import type { Bench, Exported, Options } from './bench.ts'
import { comparePackets, readPackets } from './packets.ts'
import type { PacketStream } from './packets.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())
beforeEach(() => bench.calm())

interface Row {
  name: string
  camera: number
  layout?: MediaBehaviour['layout']
  options?: Options
  /** Extensions by role, in the order of the files. */
  files: string[]
  /** Codec and, for pictures, tag: as ffmpeg names them. */
  codecs: string[]
}

const whole = ['video .mp4', 'subtitles .srt']
const remuxed = ['video .mp4', 'original .original.mp4', 'subtitles .srt']
const plain = ['h264', 'aac']

const rows: Row[] = [
  { name: 'MP4 with its index in front is kept as it is', camera: 1, files: whole, codecs: plain },
  { name: 'MP4 with its index at the end', camera: 1, layout: 'moov-last', files: remuxed, codecs: plain },
  { name: 'fragmented MP4', camera: 1, layout: 'fragmented', files: remuxed, codecs: plain },
  {
    name: 'MPEG-TS',
    camera: 1,
    layout: 'mpegts',
    files: ['video .mp4', 'original .original.ts', 'subtitles .srt'],
    codecs: plain,
  },
  {
    name: 'MOV with G.711: a viewing copy with AAC',
    camera: 7,
    files: ['viewing-copy .mp4', 'original .original.mov', 'subtitles .srt'],
    codecs: plain,
  },
  {
    name: 'MOV with G.711 keeps its original also where none was asked for',
    camera: 7,
    layout: 'moov-last',
    options: { keepOriginal: false, subtitles: false },
    files: ['viewing-copy .mp4', 'original .original.mov'],
    codecs: plain,
  },
  {
    name: 'MOV with G.711 as MKV keeps its sound',
    camera: 7,
    options: { container: 'mkv' },
    files: ['video .mkv', 'original .original.mov', 'subtitles .srt'],
    codecs: ['h264', 'pcm_alaw'],
  },
  { name: 'HEVC', camera: 8, files: remuxed, codecs: ['hevc', 'aac'] },
  {
    name: 'HEVC in MPEG-TS',
    camera: 8,
    layout: 'mpegts',
    files: ['video .mp4', 'original .original.ts', 'subtitles .srt'],
    codecs: ['hevc', 'aac'],
  },
  { name: 'no sound', camera: 9, layout: 'fragmented', files: remuxed, codecs: ['h264'] },
  { name: 'B-frames', camera: 10, layout: 'moov-last', files: remuxed, codecs: plain },
  {
    name: 'B-frames in MPEG-TS',
    camera: 10,
    layout: 'mpegts',
    files: ['video .mp4', 'original .original.ts', 'subtitles .srt'],
    codecs: plain,
  },
  { name: 'B-frames, every frame decoded', camera: 10, options: { decode: true }, files: whole, codecs: plain },
  {
    name: 'MPEG-TS as MKV',
    camera: 1,
    layout: 'mpegts',
    options: { container: 'mkv' },
    files: ['video .mkv', 'original .original.ts', 'subtitles .srt'],
    codecs: plain,
  },
  {
    name: 'sound that is to be dropped',
    camera: 1,
    options: { audio: 'drop' },
    files: remuxed,
    codecs: ['h264'],
  },
  {
    name: 'G.711 that is to be dropped needs no viewing copy',
    camera: 7,
    options: { audio: 'drop', keepOriginal: false },
    files: whole,
    codecs: ['h264'],
  },
  {
    name: 'no original and no subtitles where none are wanted',
    camera: 1,
    layout: 'fragmented',
    options: { keepOriginal: false, subtitles: false },
    files: ['video .mp4'],
    codecs: plain,
  },
]

describe('the whole path with', () => {
  test.each(rows)('$name', async ({ camera, layout = 'faststart', options, files, codecs }) => {
    const range = bench.quietRange(camera, 20_000)
    const clean = await bench.cleanCopy(camera, range, { layout })
    const before = await readPackets(clean.file)
    await bench.setAll({ layout })
    for (const exported of await bench.exportBoth({ camera, range, options })) {
      const result = resultOf(exported)
      expect(result.fetchedSha256).toBe(clean.sha256)
      expect(result.files.map((file) => `${file.role} ${file.path.slice(exported.item.stem.length)}`)).toEqual(files)
      for (const { role } of result.files) await expectTrueHash(exported, role)
      if (result.files.some(({ role }) => role === 'original'))
        expect(fileOf(exported, 'original').sha256).toBe(clean.sha256)
      const after = await readPackets(watchedFileOf(exported).absolute)
      expect(after.map(({ codec }) => codec)).toEqual(codecs)
      expectSamePackets(before, after)
      expect(isExact(await readFootage(exported))).toBe(true)
      expect(result.coverage).toBe(exported.dialect === 'vms' ? 'known' : 'unknown')
      expect(result.gaps).toEqual([])
    }
  })
})

test('H.265 is tagged hvc1 in the result, although it came as hev1', async () => {
  const range = bench.quietRange(8, 20_000)
  const exported = await bench.exportOne('vsaas', 8, { range })
  const [original, made] = await Promise.all([
    readFile(fileOf(exported, 'original').absolute, 'latin1'),
    readFile(watchedFileOf(exported).absolute, 'latin1'),
  ])
  expect([original.includes('hev1'), original.includes('hvc1')]).toEqual([true, false])
  expect([made.includes('hev1'), made.includes('hvc1')]).toEqual([false, true])
})

test('subtitles tell the camera and the time of each second, in the zone of the order', async () => {
  const exported = await bench.exportOne('vms', 2, { options: { zone: 'Europe/Berlin' } })
  const text = await readFile(fileOf(exported, 'subtitles').absolute, 'utf8')
  expect(text).toContain('Проходная №1')
  expect(text.match(/-->/g)).toHaveLength(20)
  const localHour = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit' })
  expect(text).toContain(` ${localHour.format(bench.range.fromMs)}:05:00`)
  expect(exported.item.stem).toMatch(/\+0[12]00$/)
})

async function expectTrueHash(exported: Exported, role: Parameters<typeof fileOf>[1]): Promise<void> {
  const file = fileOf(exported, role)
  const bytes = await readFile(file.absolute)
  expect({ sha256: sha256Of(bytes), sizeBytes: bytes.length }).toEqual({
    sha256: file.sha256,
    sizeBytes: file.sizeBytes,
  })
}

/** Pictures always; sound where it was copied. */
function expectSamePackets(before: PacketStream[], after: PacketStream[]): void {
  const pick = (streams: PacketStream[], kind: string) => streams.find((stream) => stream.kind === kind)
  expect(comparePackets(pick(before, 'video'), pick(after, 'video'))).toEqual([])
  const [soundBefore, soundAfter] = [pick(before, 'audio'), pick(after, 'audio')]
  if (soundAfter && soundAfter.codec === soundBefore?.codec) expect(comparePackets(soundBefore, soundAfter)).toEqual([])
}
