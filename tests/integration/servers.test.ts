// Saved servers and their certificates, against the pretend installation: nothing is sent to whom is not trusted.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { X509Certificate } from 'node:crypto'
import { generate } from 'selfsigned'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ServerInput } from '#contract/servers.ts'
import { startSite } from '../site/start-site.ts'
import type { Site } from '../site/start-site.ts'
import { calm, openBench, pinApi } from './open-bench.ts'
import type { Bench } from './open-bench.ts'

let site: Site
let bench: Bench

beforeAll(async () => {
  site = await startSite({ only: ['vsaas', 'vms'] })
})
afterAll(() => site.close())
beforeEach(async () => {
  await site.vsaas.control.reset()
  await site.vsaas.control.clearLog()
  bench = openBench()
})
afterEach(() => bench.close())

const save = (input: Partial<ServerInput> = {}) =>
  bench.servers.handlers['servers.save']({ dialect: 'vsaas', url: site.vsaas.url, ...input }, calm())

function signIn(serverId: string) {
  const credentials = { kind: 'token', token: site.vsaas.token } as const
  return bench.servers.handlers['servers.signIn']({ serverId, credentials, remember: false }, calm())
}

describe('F4 certificates', () => {
  test('an unknown one blocks before anything is sent; accepted for this origin, it works', async () => {
    const { id, trusted } = await save()
    expect(trusted).toEqual([])
    const fingerprint = site.vsaas.certificateSha256
    await expect(signIn(id)).rejects.toMatchObject({
      code: 'untrusted-certificate',
      details: { origin: site.vsaas.url, fingerprint, use: 'api' },
    })
    expect(await site.vsaas.control.log()).toEqual([])
    const seen = await bench.servers.handlers['servers.inspectCertificate']({ url: site.vsaas.url }, calm())
    expect(seen).toMatchObject({ fingerprint, isPublic: false })
    const certificate = { use: 'api', origin: site.vsaas.url, fingerprint } as const
    await bench.servers.handlers['servers.trustCertificate']({ serverId: id, certificate }, calm())
    expect(bench.servers.trustedOf(id)).toEqual([certificate])
    await signIn(id)
    expect(await site.vsaas.control.log()).toHaveLength(1)
  })

  test.each([
    { name: 'of another host', use: 'api', origin: 'https://other.example' },
    { name: 'of the media server', use: 'media', origin: null },
  ] as const)('a pin $name does not count', async ({ use, origin }) => {
    const { id } = await save({ trusted: [{ use, origin, fingerprint: site.vsaas.certificateSha256 }] })
    await expect(signIn(id)).rejects.toMatchObject({ code: 'untrusted-certificate' })
    expect(await site.vsaas.control.log()).toEqual([])
  })

  test('one that changes during a session blocks before a byte of the next request', async () => {
    let requests = 0
    const [first, second] = await Promise.all([makeCertificate(), makeCertificate()])
    const server = createServer(first.options, (_, response) => {
      requests++
      response
        .setHeader('content-type', 'application/json')
        .setHeader('connection', 'close')
        .end('{"data":[],"meta":{"last_page":1}}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { id } = await save({ url, trusted: [{ use: 'api', origin: url, fingerprint: first.fingerprint }] })
    await signIn(id)
    const before = requests
    server.setSecureContext(second.options)
    await expect(bench.servers.open(id).account(calm())).rejects.toMatchObject({
      code: 'untrusted-certificate',
      details: { origin: url, fingerprint: second.fingerprint, expected: [first.fingerprint] },
    })
    expect(requests).toBe(before)
    server.close().closeAllConnections()
  })
})

async function makeCertificate() {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' })
  const fingerprint = new X509Certificate(made.cert).fingerprint256.replaceAll(':', '').toLowerCase()
  return { options: { key: made.private, cert: made.cert }, fingerprint }
}

describe('saving', () => {
  test('the same dialect and address is the same server; settings and pins stay unless given', async () => {
    const first = await save({ name: 'North', trusted: pinApi(site.vsaas.certificateSha256) })
    const again = await save({ url: `${site.vsaas.url}/api/v1/cameras`, settings: { zone: 'Asia/Tokyo' } })
    expect(again).toMatchObject({ id: first.id, name: 'North', trusted: first.trusted })
    expect(again.settings).toEqual({ zone: 'Asia/Tokyo' })
    expect((await save({ dialect: 'vms' })).id).not.toBe(first.id)
    expect(await bench.servers.handlers['servers.list']({}, calm())).toHaveLength(2)
    expect(bench.changes).toHaveLength(3)
  })

  test.each([
    { url: 'ftp://cctv.example' },
    { url: 'https://user:canary@cctv.example' },
    { url: '   ' },
    { settings: { zone: 'Mars/Olympus' } },
  ])('refuses %j', async (input) => {
    await expect(save(input)).rejects.toMatchObject({ code: 'invalid-input', details: { fields: expect.any(Object) } })
  })

  test('two servers never get the same address', async () => {
    const { id } = await save({ url: 'https://one.example' })
    await save({ url: 'https://two.example' })
    await expect(save({ id, url: 'https://two.example' })).rejects.toMatchObject({ code: 'already-exists' })
  })

  test('what a folder names is adopted without its pins, and never changes a saved server', async () => {
    const pins = pinApi('e'.repeat(64))
    const adopted = await bench.servers.adopt({ id: 'theirs', dialect: 'vsaas', url: site.vsaas.url, trusted: pins })
    expect(adopted.trusted).toEqual([])
    expect(adopted.id).not.toBe('theirs')
    const mine = await save({ name: 'Mine', trusted: pinApi(site.vsaas.certificateSha256) })
    const again = await bench.servers.adopt({ dialect: 'vsaas', url: site.vsaas.url, name: 'Theirs', trusted: pins })
    expect(again).toEqual(mine)
  })

  test('removing forgets the server and its tokens', async () => {
    const { id } = await save({ trusted: pinApi(site.vsaas.certificateSha256) })
    await signIn(id)
    await bench.servers.handlers['servers.remove']({ serverId: id }, calm())
    expect(await bench.servers.handlers['servers.list']({}, calm())).toEqual([])
    expect(() => bench.servers.describe(id)).toThrow(expect.objectContaining({ code: 'not-found' }))
    const back = await save({ id })
    expect(back).toMatchObject({ id, isSignedIn: false })
  })
})

test('the wrong kind of server is said: its pages are not data', async () => {
  const { id } = await save({ dialect: 'vms', url: site.vsaas.url, trusted: pinApi(site.vsaas.certificateSha256) })
  const credentials = { kind: 'password', username: 'a', password: 'b' } as const
  const signing = bench.servers.handlers['servers.signIn']({ serverId: id, credentials, remember: false }, calm())
  await expect(signing).rejects.toMatchObject({ code: 'not-found' })
})
