// F9: media that is really a playlist, or names other files in any other way. A canary lies beside it: neither what is
// made of the file nor what is read from it may hold anything of the canary.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AppError } from '#contract/errors.ts'
import { createMediaFolder, finishMedia, makeWith, record } from './media/make-media.ts'
import type { MediaFolder } from './media/make-media.ts'

let folder: MediaFolder
/** Bytes out of the middle of the canary's first picture: the same in every container. */
let canary: Buffer
let good: Buffer
let goodMp4: Buffer

beforeAll(async () => {
  folder = await createMediaFolder()
  const inPlace = (name: string) => record(folder.path, { name, seconds: 3 })
  await inPlace('good.ts')
  await inPlace('good.mp4')
  await makeWith(
    folder.path,
    ...['-f', 'lavfi', '-i', 'mandelbrot=s=160x90:r=15', '-f', 'lavfi', '-i', 'sine=r=16000:f=997', '-t', '3'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-g', '15', '-c:a', 'aac', 'canary.mp4'],
  )
  await makeWith(folder.path, '-i', 'canary.mp4', '-c', 'copy', 'canary.ts')
  const bytes = await readFile(folder.file('canary.mp4'))
  const start = bytes.indexOf('mdat') + 2500
  canary = bytes.subarray(start, start + 48)
  good = await readFile(folder.file('good.ts'))
  goodMp4 = await readFile(folder.file('good.mp4'))
})

afterAll(() => folder.remove())

/** Fills up with spaces to whole packets, so that only the sync bytes are missing. */
function padded(text: string): Buffer {
  return Buffer.from(text.padEnd(Math.ceil(text.length / 188) * 188, ' '))
}

/** Every 188th byte is a sync byte, and the rest is text. */
function synced(text: string): Buffer {
  const lines = `${text}\n`.repeat(8)
  return Buffer.from(lines.padEnd(188 * 8, '\n').replace(/[^]{187}/g, 'G$&'))
}

/** Makes the first data reference of an MP4 with its index at the end point to another file. */
function referTo(mp4: Buffer, location: Buffer, type: string): Buffer {
  const parents = ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref']
  const bytes = Buffer.from(mp4)
  let at = 0
  for (const parent of parents) {
    at = bytes.indexOf(parent, at)
    bytes.writeUInt32BE(bytes.readUInt32BE(at - 4) + location.length, at - 4)
  }
  const entry = bytes.indexOf('url ', at)
  bytes.writeUInt32BE(12 + location.length, entry - 4)
  bytes.write(type, entry)
  bytes.writeUInt32BE(0, entry + 4)
  return Buffer.concat([bytes.subarray(0, entry + 8), location, bytes.subarray(entry + 8)])
}

const hls = (path: string) =>
  `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n${path}\n#EXT-X-ENDLIST\n`
const concat = (path: string) => `ffconcat version 1.0\nfile '${path}'\n`
const ts = () => folder.file('canary.ts')

const segments: [string, () => Buffer][] = [
  ['hls.ts', () => Buffer.from(hls(ts()))],
  ['hls-relative.ts', () => Buffer.from(hls('canary.ts'))],
  ['hls-url.mp4', () => Buffer.from(hls(`file://${ts()}`))],
  ['hls-bom.ts', () => Buffer.from(`\ufeff\n${hls(ts())}`)],
  ['hls-utf16.ts', () => Buffer.from(hls(ts()), 'utf16le')],
  ['ffconcat.mp4', () => Buffer.from(concat('canary.ts'))],
  ['ffconcat.mkv', () => Buffer.from(concat(ts()))],
  [
    'session.ts',
    () => Buffer.from(`v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n`),
  ],
  ['graph.ts', () => Buffer.from(`movie=${ts()}[out0]`)],
  ['dash.mp4', () => Buffer.from(`<?xml version="1.0"?><MPD><Period><BaseURL>${ts()}</BaseURL></Period></MPD>`)],
  ['reference.mov', () => Buffer.from(`[Reference]\nRef1=file://${ts()}\n`)],
  ['playlist.ts', () => Buffer.from(`[playlist]\nFile1=${ts()}\n`)],
  ['list.txt', () => Buffer.from(`{"url": "file://${ts()}"}`)],
  ['still%03d.ts', () => good],
  ['concat:canary.ts', () => good],
  ['-i', () => good],
  ['after-packets.ts', () => Buffer.concat([good, padded(hls(ts()))])],
  [
    'between-packets.ts',
    () => Buffer.concat([good.subarray(0, 188 * 40), padded(concat(ts())), good.subarray(188 * 40)]),
  ],
  ['five-packets.ts', () => Buffer.concat([good.subarray(0, 188 * 5), padded(hls(ts()))])],
  ['synced-text.ts', () => synced(hls(ts()))],
  ['boxed.mp4', () => Buffer.concat([goodMp4.subarray(0, goodMp4.readUInt32BE(0)), Buffer.from(hls(ts()))])],
  ['after-boxes.mp4', () => Buffer.concat([goodMp4, Buffer.from(hls(ts()))])],
  ['referring-url.mp4', () => referTo(goodMp4, Buffer.from(`file://${folder.file('canary.mp4')}\0`), 'url ')],
  ['referring-alias.mp4', () => referTo(goodMp4, makeAlias(folder.file('canary.mp4')), 'alis')],
]

/** A QuickTime alias record with the absolute path in its tagged fields (tag 2 and 18 are what ffmpeg reads). */
function makeAlias(path: string): Buffer {
  const fixed = Buffer.alloc(150)
  const field = (tag: number, text: string) => {
    const value = Buffer.from(text.length % 2 === 0 ? text : `${text}\0`)
    const head = Buffer.alloc(4)
    head.writeInt16BE(tag, 0)
    head.writeUInt16BE(text.length, 2)
    return Buffer.concat([head, value])
  }
  return Buffer.concat([fixed, field(2, path), field(18, path), Buffer.from([0xff, 0xff, 0, 0])])
}

test.each(segments)('F9: %s reads no other file', async (name, makeBytes) => {
  const place = folder.file(`case-${segments.findIndex(([other]) => other === name)}`)
  await mkdir(place)
  for (const beside of ['canary.ts', 'canary.mp4'])
    await writeFile(join(place, beside), await readFile(folder.file(beside)))
  await writeFile(join(place, 'still001.ts'), await readFile(ts()))
  await writeFile(join(place, name), makeBytes())
  const before = new Set(await readdir(place))
  const outcome = await finishMedia(join(place, name), join(place, 'made.done')).catch((error: unknown) => error)

  if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'unsupported-media' })
  const made = (await readdir(place)).filter((file) => !before.has(file))
  for (const file of made) expect((await readFile(join(place, file))).includes(canary), file).toBe(false)
  if (makeBytes() === good) {
    expect(outcome).toMatchObject({
      differences: [],
      result: { problems: [], streams: [{ packets: 45 }, {}] },
    })
  } else if (!(outcome instanceof AppError)) {
    // What is still a video must be the video itself, picture by picture.
    expect(outcome).toMatchObject({ original: { streams: [{ packets: 45 }, {}] } })
  }
})

test('F9: the canary would be found: without the rules, playlists do splice it in', async () => {
  expect((await readFile(folder.file('canary.mp4'))).includes(canary)).toBe(true)
  for (const [name, text] of [
    ['naive-hls.ts', hls(ts())],
    ['naive-concat.mp4', concat('canary.ts')],
  ] as const) {
    await writeFile(folder.file(name), text)
    await makeWith(folder.path, '-i', name, '-c', 'copy', `${name}.mp4`)
    expect((await readFile(folder.file(`${name}.mp4`))).includes(canary), name).toBe(true)
  }
})
