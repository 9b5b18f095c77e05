// Each way a download can end, against a server that answers with raw bytes (F13, F15). The file is never spliced or short.
import { readFile, stat } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFetchBench, makeBytes, reply, serveFile, sha256, startRawServer } from './fetch-harness.ts'
import type { Answer, FetchBench, RawServer } from './fetch-harness.ts'

let bench: FetchBench
let server: RawServer | undefined
const media = makeBytes(300_000)
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
  return bench.attempt(bench.request(`${server.origin}/archive`, differences))
}

const half = {
  validator: { kind: 'etag' as const, value: etag },
  totalBytes: media.length,
  finished: [{ start: 0, end: 100_000 }],
}

/** What an earlier attempt left: the first 100,000 bytes. */
async function leaveHalf(): Promise<void> {
  server = await startRawServer((request, socket) => serveFile(request, socket, media, { etag, cutAt: 100_000 }))
  const { outcome, finished } = await bench.attempt(bench.request(`${server.origin}/archive`))
  expect(outcome).toMatchObject({ kind: 'cut', newBytes: 100_000 })
  expect(finished).toEqual(half.finished)
  await server.close()
}

test('a whole file is complete, hashed, and was asked for with GET and an open range', async () => {
  const { outcome, events, finished } = await fetchFrom((request, socket) =>
    serveFile(request, socket, media, { etag }),
  )
  expect(outcome).toEqual({ kind: 'complete', sizeBytes: media.length, sha256: sha256(media), isEndProven: true })
  expect(finished).toEqual([{ start: 0, end: media.length }])
  expect(events.filter((event) => event.kind === 'head')).toEqual([
    {
      kind: 'head',
      status: 206,
      totalBytes: media.length,
      validator: { kind: 'etag', value: etag },
      contentType: 'video/mp4',
      lastModified: null,
      finalOrigin: server?.origin,
      isResumable: true,
    },
  ])
  expect(server?.requests).toMatchObject([
    { method: 'GET', headers: { range: 'bytes=0-', 'accept-encoding': 'identity' } },
  ])
  expect(await bench.diskSha256()).toBe(sha256(media))
})

test('what lay in the file before is gone', async () => {
  server = await startRawServer((request, socket, index) =>
    serveFile(request, socket, index === 0 ? media : media.subarray(0, 10), { etag }),
  )
  await bench.attempt(bench.request(server.origin))
  expect((await bench.attempt(bench.request(server.origin))).outcome).toMatchObject({ kind: 'complete', sizeBytes: 10 })
  expect((await stat(bench.file())).size).toBe(10)
})

test.each([
  ['200 with a length', { 'Content-Length': media.length }, true],
  ['200 until the connection closes', {}, false],
])('%s is one stream that cannot be resumed', async (_name, headers, isEndProven) => {
  const { outcome, events } = await fetchFrom((_request, socket) =>
    reply(socket, '200 OK', { ETag: etag, ...headers }, media),
  )
  expect(outcome).toEqual({ kind: 'complete', sizeBytes: media.length, sha256: sha256(media), isEndProven })
  expect(events).toContainEqual(expect.objectContaining({ kind: 'head', isResumable: false }))
})

function chunked(bytes: Buffer, last: string): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 7001) {
    const piece = bytes.subarray(at, at + 7001)
    pieces.push(Buffer.from(`${piece.length.toString(16)};name=value\r\n`), piece, Buffer.from('\r\n'))
  }
  return Buffer.concat([...pieces, Buffer.from(last)])
}

test.each([
  ['ends properly', '0\r\n\r\n', { kind: 'complete', sizeBytes: media.length, sha256: sha256(media) }],
  ['ends without its last chunk', '', { kind: 'cut', newBytes: media.length }],
  ['ends within its last chunk', '0\r\n', { kind: 'cut', newBytes: media.length }],
  ['breaks its framing', 'zz\r\n', { kind: 'cut', newBytes: media.length }],
])('a chunked body that %s', async (_name, last, expected) => {
  const { outcome } = await fetchFrom((_request, socket) =>
    reply(socket, '200 OK', { 'Transfer-Encoding': 'chunked' }, chunked(media, last)),
  )
  expect(outcome).toMatchObject(expected)
})

test('a body shorter than its length is a cut, and what came is on the disk', async () => {
  const { outcome, finished } = await fetchFrom((_request, socket) =>
    reply(socket, '200 OK', { 'Content-Length': media.length }, media.subarray(0, 1000)),
  )
  expect(outcome).toMatchObject({ kind: 'cut', newBytes: 1000, error: { code: 'unreachable' } })
  expect(finished).toEqual([{ start: 0, end: 1000 }])
})

test('bytes beyond the length are never written', async () => {
  const { outcome } = await fetchFrom((_request, socket) => reply(socket, '200 OK', { 'Content-Length': 1000 }, media))
  expect(outcome).toMatchObject({ kind: 'complete', sizeBytes: 1000, sha256: sha256(media.subarray(0, 1000)) })
  expect((await stat(bench.file())).size).toBe(1000)
})

test.each([
  ['401', { kind: 'expired', status: 401, newBytes: 0 }],
  ['403', { kind: 'expired', status: 403, newBytes: 0 }],
  ['404', { kind: 'expired', status: 404, newBytes: 0 }],
  ['410', { kind: 'expired', status: 410, newBytes: 0 }],
  ['413', { kind: 'too-long' }],
  ['429', { kind: 'busy', status: 429, retryAtMs: null }],
  ['500', { kind: 'server-error', status: 500 }],
  ['504', { kind: 'server-error', status: 504 }],
  ['204', { kind: 'refused', error: { code: 'not-found' } }],
  ['400', { kind: 'refused', error: { code: 'bad-reply', details: { status: 400, sample: 'Such is life' } } }],
])('status %s', async (status, expected) => {
  const { outcome } = await fetchFrom((_request, socket) => reply(socket, `${status} Words`, {}, '<p>Such is life</p>'))
  expect(outcome).toMatchObject(expected)
})

test('Retry-After in seconds and as a date says when to come back', async () => {
  const beforeMs = Date.now()
  const inSeconds = await fetchFrom((_request, socket) => reply(socket, '503 Busy', { 'Retry-After': 120 }))
  expect(inSeconds.outcome).toMatchObject({ kind: 'busy', status: 503 })
  const retryAtMs = inSeconds.outcome.kind === 'busy' ? (inSeconds.outcome.retryAtMs ?? 0) : 0
  expect(retryAtMs).toBeGreaterThanOrEqual(beforeMs + 120_000)
  await server?.close()
  const date = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000)
  const asDate = await fetchFrom((_request, socket) =>
    reply(socket, '429 Slow down', { 'Retry-After': date.toUTCString() }),
  )
  expect(asDate.outcome).toEqual({ kind: 'busy', status: 429, retryAtMs: date.getTime() })
})

test.each([
  ['an empty body', '200 OK', { 'Content-Length': 0 }, '', 'not-found'],
  ['an empty chunked body', '200 OK', { 'Transfer-Encoding': 'chunked' }, '0\r\n\r\n', 'not-found'],
  ['an empty file', '416 No', { 'Content-Range': 'bytes */0' }, '', 'not-found'],
  ['a page', '200 OK', { 'Content-Type': 'text/html; charset=utf-8' }, '<h1>Sign in</h1>', 'bad-reply'],
  ['JSON', '206 Part', { 'Content-Type': 'application/json' }, '{"message":"no"}', 'bad-reply'],
  ['gzip', '200 OK', { 'Content-Encoding': 'gzip' }, 'xxxxxx', 'bad-reply'],
])('%s is refused and not written', async (_name, status, headers, body, code) => {
  const { outcome } = await fetchFrom((_request, socket) => reply(socket, status, headers, body))
  expect(outcome).toMatchObject({ kind: 'refused', error: { code } })
  expect(await readFile(bench.file(), 'utf8')).toBe('')
})

test('a page that repeats the link does not carry its token into the error', async () => {
  const token = 'canary0123456789abcdefghijklmnop'
  const { outcome } = await fetchFrom((_request, socket) =>
    reply(socket, '200 OK', { 'Content-Type': 'text/html' }, `<p>No /archive/${token} here</p>`),
  )
  expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'bad-reply' } })
  expect(JSON.stringify(outcome)).not.toContain(token)
})

test.each([
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef'],
  ['length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
])('%s is a bad reply', async (_name, bytes) => {
  const { outcome } = await fetchFrom((_request, socket) => void socket.end(bytes, 'latin1'))
  expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'bad-reply' } })
})

test.each([
  ['without Content-Range', {}],
  ['that begins elsewhere', { 'Content-Range': `bytes 5-${media.length - 1}/${media.length}` }],
  ['of unknown size', { 'Content-Range': `bytes 0-${media.length - 1}/*` }],
  ['whose length contradicts its range', { 'Content-Range': `bytes 0-9/${media.length}` }],
])('a first 206 %s makes it ask again without Range', async (_name, range) => {
  const { outcome } = await fetchFrom((request, socket) => {
    if (request.headers['range'] === undefined) return serveFile(request, socket, media)
    reply(socket, '206 Partial Content', { ETag: etag, 'Content-Length': media.length, ...range }, media)
  })
  expect(outcome).toMatchObject({ kind: 'complete', sha256: sha256(media) })
  expect(server?.requests.map((request) => request.headers['range'])).toEqual(['bytes=0-', undefined])
})

test('goes on where it was, under If-Range', async () => {
  await leaveHalf()
  const { outcome } = await fetchFrom((request, socket) => serveFile(request, socket, media, { etag }), {
    resume: half,
  })
  expect(outcome).toMatchObject({ kind: 'complete', sha256: sha256(media) })
  expect(server?.requests).toMatchObject([{ headers: { range: `bytes=100000-${media.length - 1}`, 'if-range': etag } }])
})

const rest = { 'Content-Length': media.length - 100_000, ETag: etag }
const fullRange = `bytes 100000-${media.length - 1}/${media.length}`
test.each([
  ['another ETag and the whole file', 'changed', '200 OK', { 'Content-Length': media.length, ETag: '"two"' }],
  ['the same ETag and the whole file', 'not-resumable', '200 OK', { 'Content-Length': media.length, ETag: etag }],
  ['no ETag and the whole file', 'not-resumable', '200 OK', { 'Content-Length': media.length }],
  ['the whole file of another size', 'changed', '200 OK', { 'Content-Length': 5, ETag: etag }],
  [
    'another start',
    'changed',
    '206 Part',
    { ...rest, 'Content-Range': `bytes 100001-${media.length}/${media.length}` },
  ],
  ['another size', 'changed', '206 Part', { ...rest, 'Content-Range': `${fullRange}0` }],
  ['no Content-Range', 'changed', '206 Part', rest],
  ['a weak ETag', 'changed', '206 Part', { ...rest, ETag: `W/${etag}`, 'Content-Range': fullRange }],
  ['no ETag', 'changed', '206 Part', { 'Content-Length': rest['Content-Length'], 'Content-Range': fullRange }],
  ['a length that contradicts', 'changed', '206 Part', { ...rest, 'Content-Length': 7, 'Content-Range': fullRange }],
  ['416', 'changed', '416 No', { 'Content-Range': `bytes */${media.length}` }],
])('a resume answered with %s splices nothing: %s', async (_name, kind, status, headers) => {
  await leaveHalf()
  const { outcome } = await fetchFrom((_request, socket) => reply(socket, status, headers, makeBytes(50_000, 2)), {
    resume: half,
  })
  expect(outcome).toEqual({ kind })
  expect((await readFile(bench.file())).equals(media.subarray(0, 100_000))).toBe(true)
})

test('with everything there, nothing is asked', async () => {
  await leaveHalf()
  const whole = { ...half, totalBytes: 100_000 }
  const { outcome } = await fetchFrom(() => undefined, { resume: whole })
  expect(outcome).toMatchObject({ kind: 'complete', sizeBytes: 100_000, sha256: sha256(media.subarray(0, 100_000)) })
  expect(server?.requests).toEqual([])
})

test('a part that is shorter than the journal says starts over', async () => {
  const { outcome } = await fetchFrom(() => undefined, { resume: half })
  expect(outcome).toEqual({ kind: 'changed' })
})
