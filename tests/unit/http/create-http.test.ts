// The way out to the network against small servers: bodies, redirects, retry, breaker, limits, and what is logged.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttp } from '#core/http/index.ts'
import type { Http, HttpRequest } from '#core/http/index.ts'
import { defaultDeadlines } from '#core/ports.ts'
import type { LogEntry } from '#core/ports.ts'

interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}
type Answer = (response: ServerResponse, seen: Seen, count: number) => void

const servers: Server[] = []
let http: Http
let log: LogEntry[]
let slept: number[]
let nowMs: number

beforeEach(() => {
  log = []
  slept = []
  nowMs = Date.parse('2026-11-20T10:00:00Z')
  const clock = {
    now: () => nowMs,
    sleep: (durationMs: number) => {
      slept.push(durationMs)
      nowMs += durationMs
      return Promise.resolve()
    },
  }
  http = createHttp({ clock, random: () => 0.5, deadlines: defaultDeadlines, log: (entry) => log.push(entry) })
})

afterEach(async () => {
  await http.close()
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function start(answer: Answer): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const entry = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
      seen.push(entry)
      answer(response, entry, seen.length)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function request(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, trusted: [], use: 'api', signal: new AbortController().signal, ...more }
}

const ok: Answer = (response) => response.setHeader('content-type', 'application/json').end('{"a":1}')

describe('one exchange', () => {
  test('a GET may carry a JSON body', async () => {
    const { url, seen } = await start(ok)
    const headers = { 'content-type': 'application/json', authorization: 'Bearer canary' }
    const reply = await http.send(request(`${url}/x?y=1`, { headers, body: '{"ids":[1]}' }))
    expect(reply).toMatchObject({ status: 200, origin: url })
    expect(reply.json()).toEqual({ a: 1 })
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/x?y=1', body: '{"ids":[1]}' })
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer canary', 'accept-encoding': 'identity' })
  })

  test('HTML, broken JSON, too much and compressed replies are bad-reply', async () => {
    const { url } = await start((response, seen) => {
      if (seen.url === '/html') response.setHeader('content-type', 'text/html').end('<html>secret</html>')
      if (seen.url === '/broken') response.setHeader('content-type', 'application/json').end('{"secret":')
      if (seen.url === '/page') response.end('<!DOCTYPE html>')
      if (seen.url === '/large') response.end('x'.repeat(2000))
      if (seen.url === '/gzip') response.setHeader('content-encoding', 'gzip').end('x')
    })
    for (const path of ['/html', '/broken', '/page']) {
      const reply = await http.send(request(url + path))
      const error = await Promise.resolve()
        .then(() => reply.json())
        .catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'bad-reply' })
      expect(String(error)).not.toContain('secret')
    }
    await expect(http.send(request(`${url}/large`, { maxBytes: 1000 }))).rejects.toMatchObject({ code: 'bad-reply' })
    await expect(http.send(request(`${url}/gzip`))).rejects.toMatchObject({ code: 'bad-reply' })
  })

  test('silence is timed-out, an abort is cancelled, a wrong address invalid-input', async () => {
    const { url } = await start(() => undefined)
    await expect(http.send(request(url, { deadlineMs: 50 }))).rejects.toMatchObject({ code: 'timed-out' })
    const leaving = new AbortController()
    const waiting = http.send(request(url, { signal: leaving.signal }))
    leaving.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    for (const wrong of ['ftp://example', 'cctv', 'https://user:canary@example']) {
      await expect(http.send(request(wrong))).rejects.toMatchObject({ code: 'invalid-input' })
    }
  })

  test('F22 what is logged holds no path, query or header', async () => {
    const { url } = await start(ok)
    await http.send(request(`${url}/canary-path?canary-query`, { headers: { authorization: 'canary-header' } }))
    expect(log.length).toBeGreaterThan(0)
    expect(JSON.stringify(log)).not.toContain('canary')
  })
})

describe('F7 redirects', () => {
  test('credentials stay with the origin they were meant for', async () => {
    const other = await start(ok)
    const { url, seen } = await start((response, entry) => {
      response.writeHead(302, { location: entry.url === '/away' ? `${other.url}/there` : '/away' }).end()
    })
    const headers = { authorization: 'canary', 'x-uuid': 'canary', cookie: 'canary', accept: 'application/json' }
    await http.send(request(`${url}/near`, { headers, body: 'canary' }))
    expect(seen.map((entry) => [entry.url, entry.headers.authorization])).toEqual([
      ['/near', 'canary'],
      ['/away', 'canary'],
    ])
    expect(other.seen).toHaveLength(1)
    expect(JSON.stringify(other.seen)).not.toContain('canary')
  })

  test('circles, missing targets and redirected changes are refused', async () => {
    const { url, seen } = await start((response, entry) => {
      response.writeHead(302, entry.url === '/none' ? {} : { location: '/again' }).end()
    })
    await expect(http.send(request(url))).rejects.toMatchObject({ code: 'bad-reply' })
    expect(seen).toHaveLength(6)
    await expect(http.send(request(`${url}/none`))).rejects.toMatchObject({ code: 'bad-reply' })
    await expect(http.send(request(url, { method: 'POST', body: '' }))).rejects.toMatchObject({ code: 'bad-reply' })
  })
})

describe('F15 retry', () => {
  test.each([
    { name: 'seconds', retryAfter: '7', waitMs: 7000 },
    { name: 'date', retryAfter: 'Fri, 20 Nov 2026 10:00:09 GMT', waitMs: 9000 },
    { name: 'nothing told', retryAfter: null, waitMs: 750 },
  ])('waits as told: $name', async ({ retryAfter, waitMs }) => {
    const { url, seen } = await start((response, entry, count) => {
      if (count > 1) return ok(response, entry, count)
      response.writeHead(503, retryAfter === null ? {} : { 'retry-after': retryAfter }).end()
    })
    expect((await http.send(request(url))).status).toBe(200)
    expect(slept).toEqual([waitMs])
    expect(seen).toHaveLength(2)
  })

  test('a wait longer than the deadline, and what must not happen twice, come back at once', async () => {
    const { url, seen } = await start((response) => response.writeHead(429, { 'retry-after': '3600' }).end())
    expect((await http.send(request(url))).status).toBe(429)
    expect((await http.send(request(url, { method: 'POST', body: '{}' }))).status).toBe(429)
    expect(slept).toEqual([])
    expect(seen).toHaveLength(2)
  })

  test('a failed connection is tried again, and at last said', async () => {
    const { url, seen } = await start((response, entry, count) => {
      if (count > 2) return ok(response, entry, count)
      response.destroy()
    })
    expect((await http.send(request(url))).status).toBe(200)
    expect(seen).toHaveLength(3)
  })

  test('a host that keeps failing is given a rest, then asked once', async () => {
    let isBack = false
    const { url, seen } = await start((response, entry, count) => {
      if (isBack) return ok(response, entry, count)
      response.writeHead(503, { 'retry-after': '600' }).end()
    })
    const once = { retry: 'never' } as const
    for (let count = 0; count < 5; count++) await http.send(request(url, once))
    await expect(http.send(request(url, once))).rejects.toMatchObject({
      code: 'unreachable',
      details: { retryAtMs: nowMs + 600_000 },
    })
    expect(seen).toHaveLength(5)
    nowMs += 600_000
    isBack = true
    const [first, second] = await Promise.allSettled([http.send(request(url, once)), http.send(request(url, once))])
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected'])
    expect((await http.send(request(url, once))).status).toBe(200)
  })
})
