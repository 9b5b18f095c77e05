// Reading what ffmpeg writes, by lines captured from ffmpeg 5.1 and 7.1.
import { expect, test } from 'vitest'
import { createBannerParser, createFramecrcParser, createProgressParser } from '#core/ffmpeg/index.ts'
import type { FfmpegProgress, FramecrcPacket } from '#core/ffmpeg/index.ts'

function parseFramecrc(text: string) {
  const packets: FramecrcPacket[] = []
  const parser = createFramecrcParser((packet) => packets.push(packet))
  for (const line of text.trim().split('\n')) parser.push(line)
  return { packets, streams: [...parser.streams.values()] }
}

const framecrc = `
#extradata 0:       45, 0x26920e14
#extradata 1:        5, 0x03500157
#software: Lavf59.27.100
#tb 0: 1/15360
#media_type 0: video
#codec_id 0: h264
#dimensions 0: 640x360
#sar 0: 1/1
#tb 1: 1/16000
#media_type 1: audio
#codec_id 1: aac
#sample_rate 1: 16000
#channel_layout_name 1: mono
0,      -2048,          0,     1024,     8721, 0x55628197
0,      -1024,       1024,     1024,     4394, 0x4e6180b0, F=0x0
1,      -1024,      -1024,     1024,      514, 0xb3b103bd, F=0x5, S=1,       10
0,      NOPTS,      NOPTS,        0,        7, 0x00000001, F=0x0
`

test('framecrc: header lines describe the streams', () => {
  const { streams } = parseFramecrc(framecrc)
  expect(streams).toEqual([
    {
      index: 0,
      kind: 'video',
      codec: 'h264',
      timeBase: { numerator: 1, denominator: 15360 },
      width: 640,
      height: 360,
      sampleRate: null,
      extradata: { sizeBytes: 45, crc: '0x26920e14' },
    },
    {
      index: 1,
      kind: 'audio',
      codec: 'aac',
      timeBase: { numerator: 1, denominator: 16000 },
      width: null,
      height: null,
      sampleRate: 16000,
      extradata: { sizeBytes: 5, crc: '0x03500157' },
    },
  ])
})

test('framecrc: a packet is key unless its flags say otherwise, and may be without stamps', () => {
  const rows = parseFramecrc(framecrc).packets.map(({ stream, dts, pts, duration, sizeBytes, crc, isKey }) => [
    ...[stream.index, dts, pts, duration, sizeBytes, crc, isKey],
  ])
  expect(rows).toEqual([
    [0, -2048, 0, 1024, 8721, '0x55628197', true],
    [0, -1024, 1024, 1024, 4394, '0x4e6180b0', false],
    [1, -1024, -1024, 1024, 514, '0xb3b103bd', true],
    [0, null, null, 0, 7, '0x00000001', false],
  ])
})

test.each(['9, 0, 0, 1, 10, 0x00000001', '0, 0, 0, 1, ten, 0x00000001', '0, 0, 0, 1, 10, half', 'Segmentation fault'])(
  'framecrc: a line that no packet has is refused: %s',
  (line) => {
    expect(() => parseFramecrc(`${framecrc.trim()}\n${line}`)).toThrow(/not known/)
  },
)

test('framecrc: more streams than any camera has are refused', () => {
  const lines = Array.from({ length: 65 }, (_, index) => `#tb ${index}: 1/1000`).join('\n')
  expect(() => parseFramecrc(lines)).toThrow(/more streams/)
})

test('progress: blocks are read, and messages between them are not taken', () => {
  const seen: FfmpegProgress[] = []
  const parser = createProgressParser((progress) => seen.push(progress))
  const taken = [
    ...[
      'frame=0',
      'fps=0.00',
      'stream_0_0_q=0.0',
      'bitrate=N/A',
      'total_size=48',
      'out_time_us=N/A',
      'progress=continue',
    ],
    ...['[mp4 @ 0x55578b1cf600] [error] key=value', 'codec=h264'],
    ...['bitrate=  15.1kbits/s', 'total_size=37882', 'out_time_us=20032000', 'out_time_ms=20032000', 'progress=end'],
  ].map((line) => parser.push(line))
  expect(seen).toEqual([
    { outTimeMs: null, sizeBytes: 48, isEnd: false },
    { outTimeMs: 20032, sizeBytes: 37882, isEnd: true },
  ])
  expect(taken.filter((isTaken) => !isTaken)).toHaveLength(2)
})

const banner = `
[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:clip.mov':
[info]   Metadata:
[info]     title           : Stream #0:7: Video: hevc
[info]   Duration: 01:02:03.50, start: -0.064000, bitrate: 596 kb/s
[info]   Stream #0:0[0x1](und): Video: hevc (Main) (hev1 / 0x31766568), yuv420p(tv), 320x180, 176 kb/s, 15 fps (default)
[info]   Stream #0:1[0x2](und): Audio: pcm_alaw (alaw / 0x77616C61), 8000 Hz, 1 channels, s16, 64 kb/s (default)
[info]   Stream #0:2[0x3](eng): Data: none (tmcd / 0x64636D74)
[info]   Stream #0:3[0x0]: Video: png, rgb24(pc, gbr/unknown/unknown), 128x128, 90k tbr (attached pic)
[info]   Stream #0:4[0x101](und): Audio: aac ([15][0][0][0] / 0x000F), 0 channels
[info] Output #0, framecrc, to 'pipe:1':
[info]   Stream #0:0(und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(progressive), 640x360
[info] Stream mapping:
[info]   Stream #0:0 -> #0:0 (copy)
[info]   Stream #0:4 -> #0:1 (copy)
`

test('banner: the streams of the input, their tags, the duration and the mapping', () => {
  const parser = createBannerParser()
  for (const line of banner.split('\n')) parser.push(line)
  const rows = parser.banner.streams.map(({ index, kind, codec, codecTag, isAttachedPicture }) => [
    ...[index, kind, codec, codecTag, isAttachedPicture],
  ])
  expect(rows).toEqual([
    [0, 'video', 'hevc', 'hev1', false],
    [1, 'audio', 'pcm_alaw', 'alaw', false],
    [2, 'data', 'none', 'tmcd', false],
    [3, 'video', 'png', null, true],
    [4, 'audio', 'aac', null, false],
  ])
  expect(parser.banner.durationMs).toBe(3_723_500)
  expect(parser.banner.mapping).toEqual([0, 4])
})
