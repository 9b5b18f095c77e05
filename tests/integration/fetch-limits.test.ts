// Deadlines, cancelling, limits and the disk's own faults (F13, F16, F19), and the hash of whole files.
import { existsSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { hashFile, hasMedia } from '#core/exports/fetch/index.ts'
import {
  createFetchBench,
  makeBytes,
  reply,
  serveFile,
  sha256,
  shortDeadlines,
  startRawServer,
  summarize,
} from './fetch-harness.ts'
import type { Answer, FetchBench, RawServer } from './fetch-harness.ts'
import type { FetchEvent } from '#core/exports/fetch/index.ts'

let bench: FetchBench
let server: RawServer | undefined
const media = makeBytes(3_000_000)
const etag = '"one"'

beforeAll(async () => {
  bench = await createFetchBench()
})
beforeEach(() => bench.renew())
afterEach(async () => {
  await server?.close()
  server = undefined
})
afterAll(() => bench.close())

async function fetchFrom(answer: Answer, differences: Parameters<FetchBench['request']>[1] = {}) {
  server = await startRawServer(answer)
  return bench.attempt(bench.request(server.origin, differences))
}

const impatient = { connectMs: 5000, firstByteMs: 300, stallMs: 300 }

test('nobody listening is a cut', async () => {
  const { outcome } = await bench.attempt(bench.request('http://127.0.0.1:1/'))
  expect(outcome).toMatchObject({ kind: 'cut', error: { code: 'unreachable' }, newBytes: 0 })
})

test.each<[string, Answer]>([
  ['no head', () => undefined],
  ['a head and no body', (_request, socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n')],
])('silence after the request (%s) ends with the deadline for the first byte', async (_name, answer) => {
  const { outcome, events } = await fetchFrom(answer, { deadlines: impatient })
  expect(outcome).toMatchObject({ kind: 'cut', error: { code: 'timed-out' }, newBytes: 0 })
  expect(events.filter((event) => event.kind === 'progress')).toEqual([])
})

test('a stall is a cut, and what came before is on the disk', async () => {
  const { outcome, finished } = await fetchFrom(
    (request, socket) => serveFile(request, socket, media, { etag, stallAt: 2_000_000 }),
    { deadlines: impatient },
  )
  expect(outcome).toMatchObject({ kind: 'cut', error: { code: 'timed-out' }, newBytes: 2_000_000 })
  expect(finished).toEqual([{ start: 0, end: 2_000_000 }])
})

test('a trickle that never falls silent is a stall, too', async () => {
  const { outcome } = await fetchFrom(
    (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n')
      const timer = setInterval(() => socket.write('x'), 50)
      socket.on('close', () => clearInterval(timer))
    },
    { deadlines: impatient },
  )
  expect(outcome).toMatchObject({ kind: 'cut', error: { code: 'timed-out' } })
})

test('a bounded rate is no stall', async () => {
  const { outcome, events } = await fetchFrom((request, socket) => serveFile(request, socket, media, { etag }), {
    bytesPerSecond: 2_000_000,
    deadlines: impatient,
  })
  expect(outcome).toMatchObject({ kind: 'complete', sha256: sha256(media) })
  expect(events.filter((event) => event.kind === 'progress').length).toBeGreaterThan(2)
})

test('cancelling closes the connection, flushes what came, tells it, and rejects', async () => {
  server = await startRawServer((request, socket) => serveFile(request, socket, media, { etag, stallAt: 2_500_000 }))
  const abort = new AbortController()
  const events: FetchEvent[] = []
  const request = bench.request(server.origin)
  const attempt = bench.attempt(request, abort.signal, (event) => {
    events.push(event)
    if (event.kind === 'progress' && event.bytes === 2_500_000) abort.abort()
  })
  await expect(attempt).rejects.toMatchObject({ code: 'cancelled' })
  expect(summarize(events, request).finished).toEqual([{ start: 0, end: 2_500_000 }])
})

test('cancelled before it began, it asks nobody', async () => {
  server = await startRawServer(() => undefined)
  await expect(bench.attempt(bench.request(server.origin), AbortSignal.abort())).rejects.toMatchObject({
    code: 'cancelled',
  })
  expect(server.requests).toEqual([])
})

test.each([
  ['not-found', 'destination-missing', () => path.join(bench.folder, 'gone', 'a.part')],
  ['invalid-input', 'path-too-long', () => path.join(bench.folder, `${'x'.repeat(300)}.part`)],
  ['invalid-input', 'not-a-file', () => path.join(bench.folder, 'folder')],
  ['invalid-input', 'not-a-file', () => path.join(bench.folder, 'link')],
])('a destination that cannot be opened is refused as %s (%s)', async (code, reason, file) => {
  await mkdir(path.join(bench.folder, 'folder'), { recursive: true })
  await symlink('/etc/hostname', path.join(bench.folder, 'link')).catch(() => undefined)
  const { outcome } = await fetchFrom((request, socket) => serveFile(request, socket, media, { etag }), {
    file: file(),
  })
  expect(outcome).toMatchObject({ kind: 'refused', error: { code, details: { reason } } })
  expect(server?.requests).toEqual([])
})

test.runIf(existsSync('/dev/full'))('a full disk says how much is missing', async () => {
  const { outcome } = await fetchFrom((request, socket) => serveFile(request, socket, media, { etag }), {
    file: '/dev/full',
  })
  expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'disk-full' } })
  const neededBytes = outcome.kind === 'refused' ? outcome.error.details?.['neededBytes'] : null
  expect(neededBytes).toBe(media.length)
})

test('the hash of a whole file, with its size; of one that is not there, why', async () => {
  await writeFile(bench.file(), media)
  expect(await hashFile(bench.file())).toEqual({ sha256: sha256(media), sizeBytes: media.length })
  await writeFile(bench.file(), '')
  expect(await hashFile(bench.file())).toEqual({ sha256: sha256(Buffer.alloc(0)), sizeBytes: 0 })
  await expect(hashFile(path.join(bench.folder, 'gone'))).rejects.toMatchObject({ code: 'not-found' })
  await expect(hashFile(bench.file(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
})

const box = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom'), Buffer.alloc(200_000)])
test.each([
  ['an MP4 file', true, (request, socket) => serveFile(request, socket, box)],
  ['404', false, (_request, socket) => reply(socket, '404 Not found', {})],
  ['an empty file', false, (_request, socket) => reply(socket, '200 OK', { 'Content-Length': 0 })],
  [
    'a page',
    false,
    (_request, socket) => reply(socket, '200 OK', { 'Content-Type': 'text/html' }, '<html>nothing</html>'),
  ],
] satisfies [string, boolean, Answer][])('a link to %s has media: %s', async (_name, expected, answer) => {
  server = await startRawServer(answer)
  const question = {
    trusted: [],
    isLocalAllowed: true,
    deadlines: shortDeadlines,
    signal: new AbortController().signal,
  }
  expect(await hasMedia(server.origin, question)).toBe(expected)
})

test.each([
  ['401 No', 'unauthorized'],
  ['403 No', 'forbidden'],
  ['503 Busy', 'rate-limited'],
  ['500 Broken', 'unreachable'],
])('whether a link that answers %s has media cannot be told', async (status, code) => {
  server = await startRawServer((_request, socket) => reply(socket, status, {}))
  const question = {
    trusted: [],
    isLocalAllowed: true,
    deadlines: shortDeadlines,
    signal: new AbortController().signal,
  }
  await expect(hasMedia(server.origin, question)).rejects.toMatchObject({ code })
})
