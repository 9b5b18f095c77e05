// Fetched bytes of every layout that servers send become a finished, verified file; with real ffmpeg.
import { access, chmod, readFile, symlink, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  assemble,
  inspectContainer,
  judgeCoverage,
  planAssembly,
  probeStreams,
  verifyMedia,
} from '#core/exports/media/index.ts'
import type { Remux } from '#core/exports/media/index.ts'
import { createContext, createMediaFolder, finishMedia, makeWith, mp4Options, record } from './media/make-media.ts'
import type { MediaFolder, Recording } from './media/make-media.ts'

let folder: MediaFolder

beforeAll(async () => {
  folder = await createMediaFolder()
})

afterAll(() => folder.remove())

const fragments = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof+delay_moov']
const faststart = ['-movflags', '+faststart']

const layouts: (Recording & { isKept?: boolean; isConverted?: boolean })[] = [
  { name: 'faststart.mp4', muxer: faststart, isKept: true },
  { name: 'index-last.mp4' },
  { name: 'index-last-b.mp4', bFrames: true },
  { name: 'fragmented.mp4', muxer: fragments },
  { name: 'fragmented-b.mp4', bFrames: true, muxer: fragments },
  { name: 'transport.ts' },
  { name: 'transport-b.ts', bFrames: true },
  { name: 'silent.ts', audio: 'none' },
  { name: 'hevc.mp4', codec: 'hevc', muxer: faststart },
  { name: 'hevc.ts', codec: 'hevc' },
  { name: 'quicktime.mov' },
  { name: 'g711.mov', audio: 'pcm_alaw', isConverted: true },
  { name: 'g711-faststart.mov', audio: 'pcm_alaw', muxer: faststart, isConverted: true },
  { name: 'matroska.mkv', bFrames: true },
  { name: 'hole-b.mp4', seconds: 30, hole: [10, 25], bFrames: true },
  { name: 'hole-fragmented.mp4', seconds: 30, hole: [10, 25], muxer: fragments },
  { name: 'hole-b.ts', seconds: 30, hole: [10, 25], bFrames: true },
]

test.each(layouts)('$name becomes a faststart MP4 with every picture where it was', async (layout) => {
  await record(folder.path, layout)
  const done = await finishMedia(folder.file(layout.name), folder.file(`${layout.name}.done`), mp4Options, true)
  expect(done.original.problems).toEqual([])
  expect(done.result.problems).toEqual([])
  expect(done.differences).toEqual([])
  expect(done.plan.kind).toBe(layout.isKept ? 'keep' : 'remux')
  expect(done.assembly?.convertedAudio ?? false).toBe(layout.isConverted ?? false)
  expect(await inspectContainer(done.file)).toEqual({ kind: 'mp4', isFaststart: true, isFragmented: false })

  const [seconds, lost] = [layout.seconds ?? 6, layout.hole ? layout.hole[1] - layout.hole[0] : 0]
  expect(findPictures(done.result)).toMatchObject({ packets: (seconds - lost) * 15, firstMs: 0 })
  expect(done.result.durationMs).toBeGreaterThan(seconds * 1000 - 3)
  expect(done.result.durationMs).toBeLessThan(seconds * 1000 + 3)
  expect(done.result.frameSha256).toBe(done.original.frameSha256)
  if (layout.hole) expect(done.result.holes[0]?.toMs).toBeCloseTo(layout.hole[1] * 1000, -1)
  expect(done.result.holes).toHaveLength(layout.hole ? 1 : 0)
  expectSoundInStep(done.original.streams, done.result.streams)
})

function findPictures<S extends { kind: string }>({ streams }: { streams: S[] }): S | undefined {
  return streams.find(({ kind }) => kind === 'video')
}

type Streams = { kind: string; firstMs: number | null }[]

function expectSoundInStep(before: Streams, after: Streams): void {
  const lead = (streams: Streams) => {
    const sound = streams.find(({ kind }) => kind === 'audio')
    return sound ? (sound.firstMs ?? 0) - (findPictures({ streams })?.firstMs ?? 0) : 0
  }
  // An AAC encoder adds one block before the first sound, which players skip.
  expect(Math.abs(lead(after) - lead(before))).toBeLessThan(130)
}

test('H.265 is marked hvc1 in the finished file', async () => {
  await record(folder.path, { name: 'tag.mp4', codec: 'hevc', muxer: faststart })
  const { file } = await finishMedia(folder.file('tag.mp4'), folder.file('tag.done'))
  const [stream] = await probeStreams(file, await inspectContainer(file), createContext())
  expect(stream).toMatchObject({ codec: 'hevc', codecTag: 'hvc1', width: 160, height: 90 })
  expect((await readFile(file)).includes('hev1')).toBe(false)
})

test('sound can be left out, and MKV holds what MP4 cannot', async () => {
  await record(folder.path, { name: 'options.mov', audio: 'pcm_alaw' })
  const source = folder.file('options.mov')
  const silent = await finishMedia(source, folder.file('silent.done'), { container: 'mp4', audio: 'drop' })
  expect(silent).toMatchObject({ differences: [], result: { problems: [], streams: [{ kind: 'video' }] } })
  const matroska = await finishMedia(source, folder.file('matroska.done'), { container: 'mkv', audio: 'keep' })
  expect(matroska).toMatchObject({ differences: [], result: { problems: [], containerKind: 'matroska' } })
  expect(matroska.result.streams.map(({ codec }) => codec)).toEqual(['h264', 'pcm_alaw'])
})

async function planFor(
  name: string,
): Promise<{ plan: Remux; source: string; container: Awaited<ReturnType<typeof inspectContainer>> }> {
  const source = folder.file(name)
  const container = await inspectContainer(source)
  const plan = planAssembly(container, await probeStreams(source, container, createContext()), mp4Options)
  if (plan.kind !== 'remux') throw new Error('this file was meant to need a pass')
  return { plan, source, container }
}

test('too little room for the index is noticed, and the index moved afterwards', async () => {
  await record(folder.path, { name: 'room.mp4' })
  const { plan, source, container } = await planFor('room.mp4')
  const target = folder.file('room.done')
  const { command } = await assemble({ ...plan, indexBytes: 100 }, { ...createContext(), source, container, target })
  expect(command).toContain('+faststart')
  expect(await inspectContainer(target)).toMatchObject({ isFaststart: true })
  expect((await verifyMedia(target, container, createContext())).problems).toEqual([])
})

test('the command for the manifest holds no folder, and progress rises to the end', async () => {
  await record(folder.path, { name: 'progress.ts', seconds: 20 })
  const { plan, source, container } = await planFor('progress.ts')
  const fractions: number[] = []
  const context = { ...createContext(), onProgress: (fraction: number) => fractions.push(fraction) }
  const { command } = await assemble(plan, { ...context, source, container, target: folder.file('progress.done') })
  expect(command.join(' ')).not.toContain(folder.path)
  expect(command).toEqual(expect.arrayContaining(['file:progress.ts', 'file:progress.done']))
  expect(fractions).toEqual([...fractions].sort((one, other) => one - other))
  expect(fractions.length).toBeGreaterThan(10)
  expect(fractions.at(-1)).toBe(1)
})

test('an abort ends ffmpeg and leaves no half-written file', async () => {
  await record(folder.path, { name: 'abort.ts' })
  const { plan, source, container } = await planFor('abort.ts')
  const target = folder.file('abort.done')
  const standIn = folder.file('slow-ffmpeg')
  await writeFile(standIn, `#!/bin/sh\necho half > '${target}'\necho '#tb 0: 1/15'\nexec sleep 60\n`)
  await chmod(standIn, 0o755)
  const abort = new AbortController()
  const context = { ...createContext({ signal: abort.signal }), ffmpegPath: standIn }
  const work = assemble(plan, { ...context, source, container, target })
  const waitForHalf = async (): Promise<void> =>
    access(target).catch(() => new Promise((resolve) => setTimeout(resolve, 10)).then(waitForHalf))
  await waitForHalf()
  abort.abort()
  await expect(work).rejects.toMatchObject({ code: 'cancelled' })
  await expect(access(target)).rejects.toThrow(/ENOENT/)
  await expect(verifyMedia(source, container, context)).rejects.toMatchObject({ code: 'cancelled' })
})

test.runIf(process.platform === 'linux')('a full disk is said as such', async () => {
  await record(folder.path, { name: 'full.ts' })
  const { plan, source, container } = await planFor('full.ts')
  await symlink('/dev/full', folder.file('full.done'))
  const work = assemble(plan, { ...createContext(), source, container, target: folder.file('full.done') })
  await expect(work).rejects.toMatchObject({ code: 'disk-full' })
})

test('a source that vanished is an error of the disk, not damage', async () => {
  await record(folder.path, { name: 'gone.ts' })
  const { plan, container } = await planFor('gone.ts')
  const source = folder.file('not-there.ts')
  const target = folder.file('gone.done')
  await expect(verifyMedia(source, container, createContext())).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(assemble(plan, { ...createContext(), source, container, target })).rejects.toMatchObject({
    code: 'ENOENT',
  })
})

test('stamps that wrap around at 26.5 hours go on', async () => {
  await record(folder.path, { name: 'before-wrap.mp4', bFrames: true })
  await makeWith(folder.path, '-i', 'before-wrap.mp4', '-c', 'copy', '-output_ts_offset', '95440', 'wrap.ts')
  const done = await finishMedia(folder.file('wrap.ts'), folder.file('wrap.done'))
  expect(done).toMatchObject({ differences: [], result: { problems: [], holes: [] } })
  expect(done.result.durationMs).toBeCloseTo(6000, 0)
})

test('streams of data and announced but absent sound are left out with a word', async () => {
  await record(folder.path, { name: 'plain.ts' })
  await writeFile(folder.file('data.bin'), Buffer.alloc(2000, 1))
  const data = ['-f', 'data', '-i', 'data.bin']
  await makeWith(folder.path, '-i', 'plain.ts', ...data, '-map', '0', '-map', '1', '-c', 'copy', 'data.ts')
  const withData = await finishMedia(folder.file('data.ts'), folder.file('data.done'))
  expect(withData.assembly?.warnings.join()).toContain('data')
  expect(withData.differences).toEqual([])

  const packets = await readFile(folder.file('plain.ts'))
  const isSound = (start: number) => (packets.readUInt16BE(start + 1) & 0x1fff) === 0x101
  const starts = Array.from({ length: packets.length / 188 }, (_, place) => place * 188)
  const rest = starts.filter((start) => !isSound(start)).map((start) => packets.subarray(start, start + 188))
  await writeFile(folder.file('mute.ts'), Buffer.concat(rest))
  const mute = await finishMedia(folder.file('mute.ts'), folder.file('mute.done'))
  expect(mute.assembly?.warnings.join()).toContain('announced')
  expect(mute).toMatchObject({ differences: [], result: { problems: [], streams: [{ kind: 'video', packets: 90 }] } })
})

test('a file of sound alone is refused in plain words', async () => {
  await record(folder.path, { name: 'both.mp4' })
  await makeWith(folder.path, '-i', 'both.mp4', '-vn', '-c', 'copy', 'sound.mp4')
  const work = finishMedia(folder.file('sound.mp4'), folder.file('sound.done'))
  await expect(work).rejects.toMatchObject({ code: 'unsupported-media', message: 'There are no pictures in the file.' })
})

test('sound that begins seconds before the pictures is kept', async () => {
  await record(folder.path, { name: 'sync.mp4' })
  const late = ['-i', 'sync.mp4', '-itsoffset', '3', '-i', 'sync.mp4', '-map', '0:a', '-map', '1:v']
  await makeWith(folder.path, ...late, '-c', 'copy', 'late.ts')
  const done = await finishMedia(folder.file('late.ts'), folder.file('late.done'))
  expect(done).toMatchObject({ differences: [], result: { problems: [] } })
  const [video, audio] = ['video', 'audio'].map((wanted) => done.result.streams.find(({ kind }) => kind === wanted))
  expect((video?.firstMs ?? 0) - (audio?.firstMs ?? 0)).toBeCloseTo(3064, -1)
})

const recordedMs = Date.UTC(2026, 10, 1, 7)

test('MISP stamps in the pictures prove the hour, also after a remux', async () => {
  await record(folder.path, { name: 'clean.mp4', bFrames: true })
  // The text is as long as a stamp; each is overwritten with the time of its key frame.
  const mark = '4d4953506d6963726f73656374696d65+ABCDEFGHIJK'
  const stamping = `h264_metadata=sei_user_data=${mark}`
  await makeWith(folder.path, '-i', 'clean.mp4', '-c', 'copy', '-bsf:v', stamping, 'stamped.mp4')
  await writeStamps(folder.file('stamped.mp4'))
  await makeWith(folder.path, '-i', 'stamped.mp4', '-c', 'copy', 'stamped.ts')
  for (const name of ['stamped.mp4', 'stamped.ts']) {
    const done = await finishMedia(folder.file(name), folder.file(`${name}.done`))
    const times = { firstUnixMs: recordedMs, lastUnixMs: recordedMs + 5000, source: 'sei' }
    expect(done.original.timesInStream, name).toEqual(times)
    expect(done.result.timesInStream, name).toEqual(times)
    const question = { coverage: { kind: 'unknown' as const }, statedRange: null }
    const right = judgeCoverage(done.result, { ...question, range: { fromMs: recordedMs, toMs: recordedMs + 6000 } })
    expect(right).toMatchObject({ timeBasis: 'frames', mismatch: null })
    const hourMs = 3_600_000
    const wrong = judgeCoverage(done.result, {
      ...question,
      range: { fromMs: recordedMs + hourMs, toMs: recordedMs + hourMs + 6000 },
    })
    expect(wrong.mismatch).toContain('The pictures themselves say')
  }
})

async function writeStamps(file: string): Promise<void> {
  const bytes = await readFile(file)
  let place = 0
  for (let at = bytes.indexOf('MISPmicrosectime'); at !== -1; at = bytes.indexOf('MISPmicrosectime', at + 1)) {
    const value = Buffer.alloc(8)
    value.writeBigUInt64BE(BigInt(recordedMs + 1000 * place++) * 1000n)
    const pairs = [0, 2, 4, 6].map((start) => [...value.subarray(start, start + 2)])
    bytes.set([0x1f, ...pairs.flatMap((pair, index) => (index === 0 ? pair : [0xff, ...pair]))], at + 16)
  }
  expect(place).toBe(6)
  await writeFile(file, bytes)
}

test('producer times count when they run with the media, and not when they were taken while writing', async () => {
  await record(folder.path, { name: 'source.mp4' })
  const copy = ['-i', 'source.mp4', '-c', 'copy', ...fragments]
  await makeWith(folder.path, ...copy, '-write_prft', 'pts', 'recorded.mp4')
  await moveProducerTimes(folder.file('recorded.mp4'))
  await makeWith(folder.path, ...copy, '-write_prft', 'wallclock', 'written.mp4')
  const [recorded, written] = await Promise.all(
    ['recorded.mp4', 'written.mp4'].map((name) => finishMedia(folder.file(name), folder.file(`${name}.done`))),
  )
  expect(recorded?.original.timesInStream).toMatchObject({ source: 'prft' })
  expect(recorded?.original.timesInStream?.firstUnixMs).toBeCloseTo(recordedMs, -2)
  expect(recorded?.original.timesInStream?.lastUnixMs).toBeCloseTo(recordedMs + 5000, -2)
  expect(written?.original.timesInStream).toBeNull()
})

/** ffmpeg counts from 1970: each time is moved to when the recording was made. */
async function moveProducerTimes(file: string): Promise<void> {
  const bytes = await readFile(file)
  for (let at = bytes.indexOf('prft'); at !== -1; at = bytes.indexOf('prft', at + 1))
    bytes.writeUInt32BE(bytes.readUInt32BE(at + 12) + recordedMs / 1000, at + 12)
  await writeFile(file, bytes)
}
