// Where a download may go and what it takes along: certificates (F4), other hosts, redirects, local addresses (F7).
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  createFetchBench,
  makeBytes,
  makeCertificate,
  pin,
  reply,
  serveFile,
  sha256,
  startRawServer,
} from './fetch-harness.ts'
import type { Answer, Certificate, FetchBench, RawServer } from './fetch-harness.ts'

let bench: FetchBench
let certificate: Certificate
let otherCertificate: Certificate
const servers: RawServer[] = []
const media = makeBytes(100_000)
const serveMedia: Answer = (request, socket) => serveFile(request, socket, media, { etag: '"one"' })
const complete = { kind: 'complete', sha256: sha256(media) }

beforeAll(async () => {
  bench = await createFetchBench()
  certificate = await makeCertificate()
  otherCertificate = await makeCertificate()
})
beforeEach(() => bench.renew())
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})
afterAll(() => bench.close())

async function start(answer: Answer, shown?: Certificate): Promise<RawServer> {
  const server = await startRawServer(answer, shown)
  servers.push(server)
  return server
}

function redirectTo(location: () => string, status = 302): Answer {
  return (_request, socket) => reply(socket, `${status} Elsewhere`, { Location: location(), 'Content-Length': 0 })
}

test('a pinned certificate is accepted', async () => {
  const server = await start(serveMedia, certificate)
  const trusted = [pin(certificate, server.origin)]
  const { outcome } = await bench.attempt(bench.request(server.origin, { trusted }))
  expect(outcome).toMatchObject(complete)
})

test.each(['unknown', 'changed', 'pinned for the API only'])(
  'a certificate that is %s is refused before a byte of the request is sent',
  async (how) => {
    const server = await start(serveMedia, certificate)
    const trusted = {
      unknown: [],
      changed: [pin(otherCertificate, server.origin)],
      'pinned for the API only': [{ ...pin(certificate, server.origin), use: 'api' as const }],
    }[how]
    const { outcome } = await bench.attempt(bench.request(server.origin, { trusted: trusted ?? [] }))
    expect(outcome).toMatchObject({
      kind: 'refused',
      error: {
        code: 'untrusted-certificate',
        details: { origin: server.origin, fingerprint: certificate.fingerprint },
      },
    })
    expect(server.receivedBytes()).toBe(0)
  },
)

test.each([301, 302, 303, 307, 308])(
  'a redirect by %i is followed, without the credentials on another host',
  async (status) => {
    const target = await start(serveMedia)
    const first = await start(redirectTo(() => `${target.origin}/file?x=1`, status))
    const headers = { Authorization: 'Bearer canary' }
    const { outcome, events } = await bench.attempt(bench.request(`${first.origin}/link`, { headers }))
    expect(outcome).toMatchObject(complete)
    expect(first.requests[0]?.headers['authorization']).toBe('Bearer canary')
    expect(JSON.stringify(target.requests)).not.toContain('canary')
    expect(target.requests).toMatchObject([{ method: 'GET', path: '/file?x=1', headers: { range: 'bytes=0-' } }])
    expect(events).toContainEqual(expect.objectContaining({ kind: 'head', finalOrigin: target.origin }))
  },
)

test('credentials stay on the same host, and are not picked up again after a detour', async () => {
  const detour = await start(redirectTo(() => `${first.origin}/file`))
  const first: RawServer = await start((request, socket, index) => {
    if (request.path === '/link') return redirectTo(() => '/again')(request, socket, index)
    if (request.path === '/again') return redirectTo(() => `${detour.origin}/back`)(request, socket, index)
    serveMedia(request, socket, index)
  })
  const headers = { Authorization: 'Bearer canary' }
  const { outcome } = await bench.attempt(bench.request(`${first.origin}/link`, { headers }))
  expect(outcome).toMatchObject(complete)
  expect(first.requests.map((request) => [request.path, request.headers['authorization']])).toEqual([
    ['/link', 'Bearer canary'],
    ['/again', 'Bearer canary'],
    ['/file', undefined],
  ])
})

test('a redirect from https to http is refused, and the other side hears nothing', async () => {
  const open = await start(serveMedia)
  const closed = await start(
    redirectTo(() => `${open.origin}/file`),
    certificate,
  )
  const { outcome } = await bench.attempt(bench.request(closed.origin, { trusted: [pin(certificate, null)] }))
  expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'forbidden' } })
  expect(open.requests).toEqual([])
})

test.each([
  ['to itself', () => '/link', 1],
  ['for ever', (index: number) => `/link/${index}`, 6],
  ['to nowhere', () => 'http://[', 1],
])('a redirect %s is refused', async (_name, location, requests) => {
  const server = await start((request, socket, index) => redirectTo(() => location(index))(request, socket, index))
  const { outcome } = await bench.attempt(bench.request(`${server.origin}/link`))
  expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'bad-reply' } })
  expect(server.requests).toHaveLength(requests)
})

test.each(['http://127.0.0.1:1/', 'http://[::1]:1/', 'http://localhost:1/', 'https://127.0.0.1:1/'])(
  'the local address %s is refused where the server does not live there',
  async (url) => {
    const { outcome } = await bench.attempt(bench.request(url, { isLocalAllowed: false }))
    expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'forbidden' } })
  },
)

test('a new connection to a resumed file drops credentials on a redirect, too', async () => {
  const target = await start(serveMedia)
  const first = await start(redirectTo(() => `${target.origin}/file`))
  const validator = { kind: 'etag' as const, value: '"one"' }
  await bench.attempt(bench.request(`${first.origin}/link`))
  const { outcome } = await bench.attempt(
    bench.request(`${first.origin}/link`, {
      headers: { Authorization: 'Bearer canary' },
      resume: { validator, totalBytes: media.length, finished: [{ start: 0, end: 50_000 }] },
    }),
  )
  expect(outcome).toMatchObject(complete)
  expect(JSON.stringify(target.requests)).not.toContain('canary')
})

test.each(['ftp://127.0.0.1/x', 'file:///etc/passwd', 'no address'])('%s is no web address', async (url) => {
  const { outcome } = await bench.attempt(bench.request(url))
  expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'invalid-input' } })
})
