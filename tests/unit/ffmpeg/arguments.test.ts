// The rules that every run of ffmpeg keeps, whatever the file is called.
import { expect, test } from 'vitest'
import {
  decodeArguments,
  describeCommand,
  packetArguments,
  probeArguments,
  remuxArguments,
} from '#core/ffmpeg/index.ts'
import type { InputFile } from '#core/ffmpeg/index.ts'

const remux = {
  streams: [1, 0],
  muxer: 'mp4',
  audio: 'copy',
  videoTag: 'hvc1',
  shiftMicroseconds: -64000,
  indexBytes: 90_000,
  target: '/case/out file.mp4',
} as const

function allRuns(input: InputFile): string[][] {
  return [packetArguments(input), decodeArguments(input), probeArguments(input, 5), remuxArguments(input, remux)]
}

const names = [
  '/case/a.ts',
  '/case/-i',
  '/case/%03d.jpg',
  '/case/concat:a|b.ts',
  '/case/http://host/x',
  'C:\\case\\a.mp4',
]

test.each(names)('%s is only ever a file, read by the demuxer that was chosen', (path) => {
  for (const args of allRuns({ demuxer: 'mpegts', path })) {
    const place = args.indexOf('-i')
    expect(args[place + 1]).toBe(`file:${path}`)
    expect(args.slice(place - 2, place)).toEqual(['-f', 'mpegts'])
    expect(args.indexOf('-protocol_whitelist')).toBeLessThan(place)
    expect(args[args.indexOf('-protocol_whitelist') + 1]).toBe('file,pipe')
    expect(args).toEqual(expect.arrayContaining(['-nostdin', '-hide_banner', '-xerror', '-copyts']))
    expect(args.filter((argument) => argument === '-i')).toHaveLength(1)
  }
})

test('the concat demuxer may open only what footage can be', () => {
  const args = packetArguments({ demuxer: 'concat', path: '/case/list.txt' })
  expect(args[args.indexOf('-format_whitelist') + 1]).toBe('concat,mpegts,mov')
})

test('a remux copies the pictures and never asks for another codec', () => {
  const input: InputFile = { demuxer: 'mov', path: '/case/in.mp4' }
  for (const audio of ['copy', 'aac'] as const) {
    const args = remuxArguments(input, { ...remux, audio })
    expect(args[args.indexOf('-c:v') + 1]).toBe('copy')
    expect(args[args.indexOf('-c:a') + 1]).toBe(audio)
  }
})

test('the index is written into the room kept for it, or moved afterwards', () => {
  const input: InputFile = { demuxer: 'mov', path: '/case/in.mp4' }
  expect(remuxArguments(input, remux)).toEqual(expect.arrayContaining(['-moov_size', '90000']))
  const moved = remuxArguments(input, { ...remux, indexBytes: null })
  expect(moved).toEqual(expect.arrayContaining(['-movflags', '+faststart']))
  expect(moved).not.toContain('-moov_size')
  const matroska = remuxArguments(input, { ...remux, muxer: 'matroska', indexBytes: null })
  expect(matroska).not.toContain('-movflags')
})

test('the command for the manifest names files without their folders', () => {
  const command = describeCommand(remuxArguments({ demuxer: 'mov', path: '/home/anna/case 12/in.part' }, remux))
  expect(command[0]).toBe('ffmpeg')
  expect(command).toEqual(expect.arrayContaining(['file:in.part', 'file:out file.mp4']))
  expect(command.join(' ')).not.toMatch(/anna|\/case/)
})
