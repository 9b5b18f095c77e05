// The pretend media server over real sockets: ranges, broken connections, and how the process behaves.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RequestRecord } from '../site/start-site.ts'
import { quietHourMs as fromMs, readBody, startMediaSite, type MediaSite } from './site-media-client.ts'

const toMs = fromMs + 10_000
let site: MediaSite

beforeAll(async () => {
  site = await startMediaSite()
})
afterEach(async () => {
  await site.control.reset()
  await site.control.clearLog()
})
afterAll(() => site.close())

/** The client may be a moment ahead of the server's own count. */
async function expectLast(wanted: Partial<RequestRecord>): Promise<void> {
  await vi.waitFor(async () => expect((await site.control.log()).at(-1)).toMatchObject(wanted), { timeout: 10_000 })
}

describe('ranges', () => {
  it('serves the whole file and any part of it, with a strong validator', async () => {
    const whole = await site.client.get(site.link())
    const size = whole.body.length
    expect(whole).toMatchObject({ status: 200, isWhole: true })
    expect(whole.headers).toMatchObject({ 'content-type': 'video/mp4', 'accept-ranges': 'bytes' })
    expect(Number(whole.headers['content-length'])).toBe(size)
    const part = await site.client.get(site.link(), { range: 'bytes=1000-1999', 'if-range': whole.headers.etag ?? '' })
    expect(part.status).toBe(206)
    expect(part.headers['content-range']).toBe(`bytes 1000-1999/${size}`)
    expect(part.body.equals(whole.body.subarray(1000, 2000))).toBe(true)
    const tail = await site.client.get(site.link(), { range: 'bytes=-7' })
    expect(tail.body.equals(whole.body.subarray(-7))).toBe(true)
    const beyond = await site.client.get(site.link(), { range: `bytes=${size}-` })
    expect(beyond).toMatchObject({ status: 416 })
    expect(beyond.headers['content-range']).toBe(`bytes */${size}`)
  })

  it('sends the whole file when If-Range names another content or a weak validator', async () => {
    const { etag = '' } = (await site.client.get(site.link(), { range: 'bytes=0-0' })).headers
    for (const ifRange of ['"another"', `W/${etag}`, 'Thu, 01 Jan 2026 00:00:00 GMT']) {
      expect((await site.client.get(site.link(), { range: 'bytes=5-', 'if-range': ifRange })).status).toBe(200)
    }
  })

  it('weak-validators: a range is continued by date only', async () => {
    await site.setAll({ range: 'weak-validators' })
    const { headers } = await site.client.get(site.link(), { range: 'bytes=0-0' })
    expect(headers.etag).toMatch(/^W\/"/)
    const ask = (ifRange: string | undefined) =>
      site.client.get(site.link(), { range: 'bytes=5-9', 'if-range': ifRange ?? '' })
    expect((await ask(headers.etag)).status).toBe(200)
    expect((await ask(headers['last-modified'])).status).toBe(206)
  })

  it('none: no ranges, no validators', async () => {
    await site.setAll({ range: 'none' })
    const { status, headers } = await site.client.get(site.link(), { range: 'bytes=5-9' })
    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('accept-ranges')
    expect(headers).not.toHaveProperty('etag')
    expect(headers).not.toHaveProperty('last-modified')
  })

  it('ignored: says it knows ranges and sends the whole', async () => {
    await site.setAll({ range: 'ignored' })
    const { status, headers } = await site.client.get(site.link(), { range: 'bytes=5-9' })
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'accept-ranges': 'bytes', etag: expect.stringMatching(/^"/) })
  })

  it('wrong-content-range: another range than asked', async () => {
    await site.setAll({ range: 'wrong-content-range' })
    const honest = await site.client.get(site.link(), { range: 'bytes=0-' })
    expect(honest.headers['content-range']).toBe(`bytes 0-${honest.body.length - 1}/${honest.body.length}`)
    const part = await site.client.get(site.link(), { range: 'bytes=10000-10999' })
    expect(part.headers['content-range']).toBe(`bytes 5904-10999/${honest.body.length}`)
    expect(part.body.equals(honest.body.subarray(5904, 11_000))).toBe(true)
  })

  it('wrong-total: another size than before', async () => {
    await site.setAll({ range: 'wrong-total' })
    const size = (await site.client.get(site.link(), { range: 'bytes=0-' })).body.length
    const part = await site.client.get(site.link(), { range: 'bytes=10-19' })
    expect(part.headers['content-range']).toBe(`bytes 10-19/${size + 1000}`)
  })

  it('chunked: no length', async () => {
    await site.setAll({ length: 'chunked' })
    const { headers, isWhole } = await site.client.get(site.link())
    expect(isWhole).toBe(true)
    expect(headers).not.toHaveProperty('content-length')
    expect(headers['transfer-encoding']).toBe('chunked')
  })
})

describe('broken connections', () => {
  it('cutAtBytes: destroys at each position once, and the rest can be fetched', async () => {
    const whole = (await site.client.get(site.link())).body
    await site.setAll({ cutAtBytes: [100_000, 0, 100_000] })
    const url = site.link()
    const sizes: number[] = []
    for (let turn = 0; turn < 3; turn++) {
      const { body, isWhole } = await site.client.get(url)
      expect(isWhole).toBe(false)
      await expectLast({ bytesSent: body.length, finished: false })
      sizes.push(body.length)
    }
    expect(sizes).toEqual([0, 100_000, 100_000])
    const rest = await site.client.get(url, { range: 'bytes=100000-' })
    expect(rest).toMatchObject({ status: 206, isWhole: true })
    expect(rest.body.equals(whole.subarray(100_000))).toBe(true)
    await site.setAll({ cutAtBytes: [7] })
    expect((await site.client.get(url)).body.length).toBe(7)
  })

  it('a new list of positions cuts the same range again, other ranges have their own', async () => {
    await site.setAll({ cutAtBytes: [50] })
    expect((await site.client.get(site.link())).isWhole).toBe(false)
    expect((await site.client.get(site.link())).isWhole).toBe(true)
    expect((await site.client.get(site.client.link(1, fromMs, toMs - 1000))).isWhole).toBe(false)
  })

  it('stallAtBytes: falls silent with the connection open, once', async () => {
    await site.setAll({ stallAtBytes: [50_000] })
    const url = site.link()
    const message = await site.client.open(url)
    let received = 0
    message.on('error', () => {})
    message.on('data', (chunk: Buffer) => (received += chunk.length))
    await vi.waitFor(() => expect(received).toBe(50_000), { timeout: 20_000 })
    await expectLast({ bytesSent: 50_000, finished: false, status: 200 })
    expect(message.destroyed).toBe(false)
    message.destroy()
    expect((await site.client.get(url)).isWhole).toBe(true)
  })

  it('silenceMs: nothing is said for so long', async () => {
    await site.client.get(site.link())
    await site.setAll({ silenceMs: 300 })
    const startMs = performance.now()
    await site.client.open(site.link())
    expect(performance.now() - startMs).toBeGreaterThan(290)
  })

  it('bytesPerSecond: not faster than that', async () => {
    await site.client.get(site.link())
    await site.setAll({ bytesPerSecond: 500_000 })
    const startMs = performance.now()
    await site.client.get(site.link(), { range: 'bytes=0-199999' })
    expect(performance.now() - startMs).toBeGreaterThan(350)
  })

  it('survives clients that vanish while a file is made and while it is sent', async () => {
    const leaving = new AbortController()
    const early = site.client.open(site.client.link(2, fromMs, fromMs + 60_000), { signal: leaving.signal })
    await vi.waitFor(async () => expect((await site.control.log()).length).toBe(1))
    leaving.abort()
    await expect(early).rejects.toThrow('aborted')
    await site.setAll({ bytesPerSecond: 100_000 })
    const late = await site.client.open(site.link())
    late.on('error', () => {})
    late.destroy()
    await site.setAll({ bytesPerSecond: null })
    expect((await site.client.get(site.link())).isWhole).toBe(true)
    await expectLast({ finished: true })
    expect((await site.control.log()).map(({ finished }) => finished)).toEqual([false, false, true])
  })
})

describe('server', () => {
  it('refuses HEAD, unknown paths and made-up links', async () => {
    const head = await site.client.get(site.link(), {}, 'HEAD')
    expect([head.status, head.headers.allow]).toEqual([405, 'GET'])
    expect((await site.client.get(`${site.media.httpsUrl}/other`)).status).toBe(404)
    expect((await site.client.get(`${site.link()}x`)).status).toBe(403)
    expect((await site.client.get(`${site.media.httpUrl}/healthz`)).status).toBe(200)
  })

  it('records headers whole, camera, range start and bytes', async () => {
    await site.client.get(site.link(), { authorization: 'Bearer canary', cookie: 'a=b', range: 'bytes=10-19' })
    await expectLast({
      method: 'GET',
      headers: { authorization: 'Bearer canary', cookie: 'a=b' },
      status: 206,
      camera: 1,
      rangeStart: 10,
      bytesSent: 10,
      finished: true,
    })
  })

  it('keeps behaviour per camera, and says what it does not know', async () => {
    await site.control.set({ all: { notFoundFirst: 1 }, cameras: { 2: { notFoundFirst: 0 } } })
    expect((await site.client.get(site.link())).status).toBe(404)
    expect((await site.client.get(site.client.link(2, fromMs, toMs))).status).toBe(200)
    await expect(site.control.set({ all: { rnage: 'none' } })).rejects.toThrow('rnage')
    await expect(site.control.set({ all: { silenceMs: -1 } })).rejects.toThrow('silenceMs')
  })

  it('ends when the process that started it is killed', async () => {
    const module = new URL('../site/start-site.ts', import.meta.url).href
    const options = JSON.stringify({ cacheFolder: site.folder, only: ['media'] })
    const code = `const site = await (await import('${module}')).startSite(${options}); console.log(site.media.httpUrl)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [url] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string]
    expect((await site.client.get(`${url.trim()}/healthz`)).status).toBe(200)
    parent.kill('SIGKILL')
    const asking = () =>
      site.client.get(`${url.trim()}/healthz`).then(
        () => 'alive',
        () => 'gone',
      )
    await vi.waitFor(async () => expect(await asking()).toBe('gone'), { timeout: 20_000 })
  })

  it('restart: the same port, behaviour and log, connections lost', async () => {
    await site.setAll({ bytesPerSecond: 100_000 })
    const message = await site.client.open(site.link())
    const lost = readBody(message)
    await once(message, 'readable')
    await site.setAll({ notFoundFirst: 1 })
    await site.control.restart?.()
    expect((await lost).isWhole).toBe(false)
    expect((await site.client.get(site.link())).status).toBe(404)
    await expectLast({ finished: true })
    const log = await site.control.log()
    expect(log.map(({ id, status, finished }) => [id - (log[0]?.id ?? 0), status, finished])).toEqual([
      [0, 200, false],
      [1, 404, true],
    ])
  })
})
