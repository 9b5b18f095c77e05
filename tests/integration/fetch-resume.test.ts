// Cut, resumed, split and stalled downloads end with the very bytes of the file (F13), and cost few bytes twice.
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFetchBench, makeBytes, reply, serveFile, sha256, startRawServer } from './fetch-harness.ts'
import type { Answer, Attempt, FetchBench, RawServer } from './fetch-harness.ts'

let bench: FetchBench
let server: RawServer | undefined
const etag = '"one"'
const mebibyte = 1_048_576
const large = makeBytes(24 * mebibyte + 777)
const largeSha256 = sha256(large)

beforeAll(async () => {
  bench = await createFetchBench()
})
beforeEach(() => bench.renew())
afterEach(async () => {
  await server?.close()
  server = undefined
})
afterAll(() => bench.close())

/** Attempts until the file is complete; fails the test after `most`. */
async function fetchAll(url: string, maxConnections: number, most = 60): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  for (;;) {
    const resume = attempts.at(-1)?.resume ?? null
    const attempt = await bench.attempt(bench.request(url, { resume, maxConnections }))
    attempts.push(attempt)
    if (attempt.outcome.kind === 'complete') return attempts
    expect(attempt.outcome.kind).toBe('cut')
    expect(attempts.length).toBeLessThan(most)
  }
}

test.each([0, 1, 65_535, 65_536, mebibyte - 1, mebibyte, mebibyte + 1, 9 * mebibyte + 5, large.length - 1])(
  'a cut before byte %i loses nothing that came',
  async (cutAt) => {
    server = await startRawServer((request, socket, index) =>
      serveFile(request, socket, large, { etag, ...(index === 0 ? { cutAt } : {}) }),
    )
    const [first, second] = await fetchAll(server.origin, 1, 3)
    expect(first?.outcome).toMatchObject({ kind: 'cut', newBytes: cutAt })
    expect(first?.finished).toEqual(cutAt === 0 ? [] : [{ start: 0, end: cutAt }])
    expect(second?.outcome).toMatchObject({ kind: 'complete', sha256: largeSha256 })
    expect(server.requests.map((request) => request.headers['range'])).toEqual([
      'bytes=0-',
      cutAt === 0 ? `bytes=0-${large.length - 1}` : `bytes=${cutAt}-${large.length - 1}`,
    ])
    expect(await bench.diskSha256()).toBe(largeSha256)
  },
)

test('random cuts, over one to four connections, end with the bytes of the clean run', async () => {
  const plan = fc.record({
    lengthBytes: fc.integer({ min: 1, max: 20 * mebibyte }),
    cuts: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 6 }),
    connections: fc.integer({ min: 1, max: 4 }),
    isDated: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(plan, async ({ lengthBytes, cuts, connections, isDated }) => {
      bench.renew()
      const file = large.subarray(0, lengthBytes)
      const positions = cuts.map((fraction) => Math.floor(fraction * lengthBytes)).sort((left, right) => left - right)
      const validator = isDated ? { lastModified: 'Fri, 20 Nov 2026 08:59:15 GMT' } : { etag }
      const own = await startRawServer((request, socket) => {
        const start = Number(/\d+/.exec(request.headers['range'] ?? '0')?.[0])
        const at = positions.findIndex((position) => position >= start)
        const [cutAt] = at === -1 ? [] : positions.splice(at, 1)
        serveFile(request, socket, file, { ...validator, ...(cutAt === undefined ? {} : { cutAt }) })
      })
      try {
        const attempts = await fetchAll(own.origin, connections)
        expect(attempts.at(-1)?.outcome).toMatchObject({ kind: 'complete', sha256: sha256(file) })
        expect(await bench.diskSha256()).toBe(sha256(file))
      } finally {
        await own.close()
      }
    }),
    { numRuns: 25, seed: 1 },
  )
})

/** Sends about 20 MB/s over each connection, so that more of them pay. */
function serveSlowly(file: Buffer, isRefused: (index: number) => boolean = () => false): Answer {
  return (request, socket, index) => {
    if (isRefused(index)) return reply(socket, '503 Too many connections', {})
    const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers['range'] ?? '')
    const start = Number(match?.[1])
    const end = match?.[2] ? Number(match[2]) + 1 : file.length
    const range = `Content-Range: bytes ${start}-${end - 1}/${file.length}`
    socket.write(`HTTP/1.1 206 Part\r\nETag: ${etag}\r\n${range}\r\nContent-Length: ${end - start}\r\n\r\n`)
    let position = start
    const timer = setInterval(() => {
      socket.write(file.subarray(position, Math.min(end, position + 200_000)))
      position += 200_000
      if (position >= end || socket.destroyed) clearInterval(timer)
    }, 10)
    socket.on('close', () => clearInterval(timer))
  }
}

test('more connections are opened while they raise the rate, each for a range of its own', async () => {
  server = await startRawServer(serveSlowly(large))
  const [attempt] = await fetchAll(server.origin, 4)
  expect(attempt?.outcome).toMatchObject({ kind: 'complete', sha256: largeSha256 })
  expect(server.requests.length).toBeGreaterThan(1)
  expect(new Set(server.requests.map((request) => request.headers['range'])).size).toBe(server.requests.length)
  for (const request of server.requests.slice(1)) expect(request.headers['if-range']).toBe(etag)
})

test('one connection stays one where only one is allowed', async () => {
  server = await startRawServer(serveSlowly(large))
  await fetchAll(server.origin, 1)
  expect(server.requests).toHaveLength(1)
})

test('a server that refuses every second connection still gives the file over the first', async () => {
  server = await startRawServer(serveSlowly(large, (index) => index > 0))
  const [attempt] = await fetchAll(server.origin, 4)
  expect(attempt?.outcome).toMatchObject({ kind: 'complete', sha256: largeSha256 })
  expect(server.requests.length).toBeGreaterThan(1)
})

test('a second connection that gets another file leaves the first one alone and splices nothing', async () => {
  server = await startRawServer((request, socket, index) => {
    if (index === 0) return serveSlowly(large)(request, socket, index)
    serveFile(request, socket, makeBytes(large.length, 2), { etag: '"two"' })
  })
  const [attempt] = await fetchAll(server.origin, 4)
  expect(attempt?.outcome).toMatchObject({ kind: 'complete', sha256: largeSha256 })
})

test('holes left in the middle are filled, and only they are asked for', async () => {
  const finished = [
    { start: 0, end: 5 * mebibyte },
    { start: 6 * mebibyte, end: 20 * mebibyte },
  ]
  server = await startRawServer((request, socket) => serveFile(request, socket, large, { etag }))
  const first = await bench.attempt(bench.request(server.origin))
  expect(first.outcome.kind).toBe('complete')
  const resume = { validator: { kind: 'etag' as const, value: etag }, totalBytes: large.length, finished }
  const second = await bench.attempt(bench.request(server.origin, { resume }))
  expect(second.outcome).toMatchObject({ kind: 'complete', sha256: largeSha256 })
  expect(server.requests.slice(1).map((request) => request.headers['range'])).toEqual([
    `bytes=${5 * mebibyte}-${6 * mebibyte - 1}`,
    `bytes=${20 * mebibyte}-${large.length - 1}`,
  ])
})

test('what is told as flushed only grows, in merged order, and never runs ahead of the file', async () => {
  server = await startRawServer(serveSlowly(large))
  const { events } = await bench.attempt(bench.request(server.origin, { maxConnections: 3 }))
  const flushed = events.filter((event) => event.kind === 'flushed').map((event) => event.finished)
  const covered = flushed.map((ranges) => ranges.reduce((sum, range) => sum + range.end - range.start, 0))
  expect(covered).toEqual([...covered].sort((left, right) => left - right))
  expect(covered.length).toBeGreaterThan(2)
  expect(flushed.at(-1)).toEqual([{ start: 0, end: large.length }])
})
