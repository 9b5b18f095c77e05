// The vsaas dialect against the pretend installation: lists, orders, history and every refusal.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startSite } from '../site/start-site.ts'
import type { Site } from '../site/start-site.ts'
import { calm, openBench, pinApi } from './open-bench.ts'
import type { Bench } from './open-bench.ts'

let site: Site
let bench: Bench
let serverId: string
const minuteMs = 60_000
const range = () => ({ fromMs: Date.now() - 20 * minuteMs, toMs: Date.now() - 10 * minuteMs })

beforeAll(async () => {
  site = await startSite({ only: ['vsaas'] })
})
afterAll(() => site.close())

beforeEach(async () => {
  await site.vsaas.control.reset()
  await site.vsaas.control.clearLog()
  bench = openBench()
  serverId = (await save(bench)).id
})
afterEach(() => bench.close())

function save(on: Bench) {
  const input = { dialect: 'vsaas', url: site.vsaas.url, trusted: pinApi(site.vsaas.certificateSha256) } as const
  return on.servers.handlers['servers.save'](input, calm())
}

function signIn(listToken: string | null = site.vsaas.integratorToken, on = bench) {
  const list = listToken === null ? {} : { listToken }
  const credentials = { kind: 'token', token: ` ${site.vsaas.token}\n`, ...list } as const
  return on.servers.handlers['servers.signIn']({ serverId, credentials, remember: false }, calm())
}

const order = (cameraId: string) => ({ cameraId, range: range(), stream: 'main', clipId: null }) as const

describe('signing in', () => {
  test('tries the token, keeps it and tells', async () => {
    expect(await signIn()).toEqual({ name: '', permissions: null })
    expect(bench.servers.describe(serverId).isSignedIn).toBe(true)
    expect(bench.changes.at(-1)).toMatchObject({ id: serverId, isSignedIn: true })
  })

  test('refuses a wrong token and credentials of the other kind, and keeps nothing', async () => {
    const handler = bench.servers.handlers['servers.signIn']
    const wrong = { kind: 'token', token: 'canary' } as const
    await expect(handler({ serverId, credentials: wrong, remember: false }, calm())).rejects.toMatchObject({
      code: 'unauthorized',
    })
    const password = { kind: 'password', username: 'a', password: 'b' } as const
    await expect(handler({ serverId, credentials: password, remember: false }, calm())).rejects.toMatchObject({
      code: 'invalid-input',
    })
    expect(bench.servers.describe(serverId).isSignedIn).toBe(false)
    await expect(bench.servers.open(serverId).account(calm())).rejects.toMatchObject({ code: 'unauthorized' })
    expect(JSON.stringify(bench.log)).not.toContain('canary')
  })

  test('signing out forgets the token', async () => {
    await signIn()
    await bench.servers.handlers['servers.signOut']({ serverId }, calm())
    expect(bench.servers.describe(serverId).isSignedIn).toBe(false)
    expect(bench.changes.at(-1)).toMatchObject({ isSignedIn: false })
  })
})

describe('cameras', () => {
  test('by id, in calls of at most 30, null for none', async () => {
    await signIn()
    const known = site.cameras.map(({ vsaasId }) => String(vsaasId))
    const unknown = Array.from({ length: 50 }, (_, index) => String(500_000 + index))
    await site.vsaas.control.clearLog()
    const cameras = await bench.servers.open(serverId).findCameras([...unknown, ...known], calm())
    expect(cameras).toHaveLength(known.length)
    expect(cameras).toContainEqual(expect.objectContaining({ id: '1002', name: 'Проходная №1', status: 'active' }))
    expect((await site.vsaas.control.log()).map(({ method, status }) => [method, status])).toEqual([
      ['GET', 200],
      ['GET', 200],
      ['GET', 200],
    ])
    expect(await bench.servers.open(serverId).findCameras(unknown.slice(0, 2), calm())).toEqual([])
  })

  test('by outside id, by login, by text', async () => {
    await signIn()
    const list = bench.cameras.handlers['cameras.list']
    const ids = async (query: object) =>
      (await list({ serverId, limit: 100, ...query }, calm())).map(({ id }) => id).join(' ')
    expect(await ids({ ids: ['ext-0003', '1001'] })).toBe('1001 1003')
    expect(await ids({ login: 'guard@site.example' })).toBe('1001 1002 1003 1004')
    expect(await ids({ login: 'guard@site.example', text: 'YARD' })).toBe('1003')
    expect(await ids({ login: 'guard@site.example', limit: 2 })).toBe('1001 1002')
    await expect(list({ serverId, limit: 10 }, calm())).rejects.toMatchObject({ code: 'invalid-input' })
  })

  test('a token without the right to list says what to do, and orders work all the same', async () => {
    await signIn(null)
    const server = bench.servers.open(serverId)
    expect(await server.findCameras(['1001'], calm())).toBe('not-allowed')
    const listed = server.listCameras({ ids: ['1001'], limit: 10 }, calm())
    await expect(listed).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('integrator token'),
    })
    expect((await server.orderArchive(order('1001'), calm())).url).toContain('/archive/')
  })
})

describe('orders', () => {
  test('one call, one record; headers as the document wants; coverage is not told', async () => {
    await signIn()
    await site.vsaas.control.clearLog()
    const server = bench.servers.open(serverId)
    const link = await server.orderArchive(order('1001'), calm())
    expect(link).toMatchObject({ clipId: null, statedRange: null })
    const [request, ...others] = await site.vsaas.control.log()
    expect(others).toEqual([])
    expect(request?.headers).toMatchObject({ 'x-client': 'thick-legal', hl: 'en', accept: 'application/json' })
    expect(request?.headers['x-uuid']).toBe(bench.database.settings.get('installation'))
    expect(request?.url).toMatch(/from=\d{4}-\d\d-\d\dT[\d%A.:]+Z&to=/)
    expect(await server.coverage('1001', range(), calm())).toEqual({ kind: 'unknown' })
  })

  test('unknown cameras and ids that cannot be', async () => {
    await signIn()
    const server = bench.servers.open(serverId)
    for (const id of ['999999', '../downloads', 'ext-0001']) {
      await expect(server.orderArchive(order(id), calm())).rejects.toMatchObject({ code: 'not-found' })
    }
  })

  test.each(['en', 'ru'] as const)('422 shows the texts of the fields: %s', async (language) => {
    const own = openBench({ language })
    serverId = (await save(own)).id
    await signIn(undefined, own)
    const reversed = { ...order('1001'), range: { fromMs: range().toMs, toMs: range().fromMs } }
    const error: unknown = await own.servers
      .open(serverId)
      .orderArchive(reversed, calm())
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'invalid-input', details: { status: 422, fields: { to: expect.any(String) } } })
    expect(/[а-я]/.test(JSON.stringify(error))).toBe(language === 'ru')
    await own.close()
  })
})

describe('refusals in words', () => {
  test.each([
    { name: '401', set: { tokensValid: false }, code: 'unauthorized', message: /token/ },
    { name: '402', set: { licenceProblem: true }, code: 'forbidden', message: /licence/ },
    { name: '503', set: { maintenance: { retryAfterSeconds: 600 } }, code: 'unreachable', message: /maintenance/ },
    {
      name: '429',
      set: { rateLimit: { count: 0, windowMs: 600_000, retryAfter: 'date' } },
      code: 'rate-limited',
      message: /pause/,
    },
  ])('$name', async ({ set, code, message, name }) => {
    await signIn()
    await site.vsaas.control.set(set)
    const ordered = bench.servers.open(serverId).orderArchive(order('1001'), calm())
    const error = (await ordered.catch((thrown: unknown) => thrown)) as { details: { retryAtMs?: number } }
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), details: { status: Number(name) } })
    if (name === '429' || name === '503') {
      const waitMs = (error.details.retryAtMs ?? 0) - Date.now()
      expect(waitMs).toBeGreaterThan(500_000)
      expect(waitMs).toBeLessThan(700_000)
    }
  })

  test('a short pause is waited out where asking again is harmless', async () => {
    await signIn()
    await site.vsaas.control.set({ rateLimit: { count: 1, windowMs: 500, retryAfter: 'seconds' } })
    const server = bench.servers.open(serverId)
    const both = await Promise.all([server.account(calm()), server.account(calm())])
    expect(both).toHaveLength(2)
  })
})

describe('history', () => {
  const day = 86_400_000
  const all = () => ({ serverId, created: { fromMs: Date.now() - 60 * day, toMs: Date.now() + day }, limit: 1000 })

  test('follows all pages, stops at the limit, reads both forms of time', async () => {
    await signIn()
    const server = bench.servers.open(serverId)
    await server.orderArchive(order('1001'), calm())
    const rows = await bench.servers.handlers['servers.history'](all(), calm())
    expect(rows).toHaveLength(73)
    const { toMs, fromMs } = rows[0]?.range ?? { fromMs: 0, toMs: 0 }
    expect(toMs - fromMs).toBe(10 * minuteMs)
    expect(Math.abs(fromMs - range().fromMs)).toBeLessThan(minuteMs)
    expect(Math.abs((rows[0]?.createdAtMs ?? 0) - Date.now())).toBeLessThan(minuteMs)
    expect(rows[0]).toMatchObject({ cameraId: '1001', isFilePresent: true, userLogin: 'operator@site.example' })
    expect(await bench.servers.handlers['servers.history']({ ...all(), limit: 7 }, calm())).toHaveLength(7)
  })

  test('an empty period is empty, however the page says it', async () => {
    await signIn()
    const created = { fromMs: 0, toMs: 1000 }
    for (const emptyPageBounds of ['zero', 'null']) {
      await site.vsaas.control.set({ emptyPageBounds })
      expect(await bench.servers.handlers['servers.history']({ ...all(), created }, calm())).toEqual([])
    }
  })

  test('times without a zone are read in the zone of the server', async () => {
    await signIn()
    await site.vsaas.control.set({ zoneMinutes: 180 })
    const input = { dialect: 'vsaas', url: site.vsaas.url, settings: { zone: '+03:00' } } as const
    expect((await bench.servers.handlers['servers.save'](input, calm())).id).toBe(serverId)
    await bench.servers.open(serverId).orderArchive(order('1001'), calm())
    const [row] = await bench.servers.handlers['servers.history'](all(), calm())
    expect(Math.abs((row?.range?.fromMs ?? 0) - range().fromMs)).toBeLessThan(minuteMs)
  })
})

describe('F25 check the clock', () => {
  const check = (on: Bench) => on.servers.handlers['servers.checkClock']({ serverId, cameraId: '1001' }, calm())

  /** What the link is about, as the media server would see it. */
  function linkHasMedia(url: string): boolean {
    const token = new URL(url).pathname.split('/').at(-1)?.split('.')[0] ?? ''
    const { toMs } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { toMs: number }
    return toMs < Date.now()
  }

  test.each([
    { misreadZoneMinutes: null, outcome: 'right' },
    { misreadZoneMinutes: 180, outcome: 'misread' },
    { misreadZoneMinutes: -300, outcome: 'undecided' },
  ])('a server that reads our times at $misreadZoneMinutes is $outcome', async ({ misreadZoneMinutes, outcome }) => {
    const own = openBench({ hasMedia: (link) => Promise.resolve(linkHasMedia(link.url)) })
    serverId = (await save(own)).id
    await signIn(undefined, own)
    await site.vsaas.control.set({ misreadZoneMinutes })
    expect((await check(own)).clockCheck).toBe(outcome)
    expect(own.servers.describe(serverId).clockCheck).toBe(outcome)
    await own.close()
  })

  test('a server that misreads our times is right when its zone is set', async () => {
    const own = openBench({ hasMedia: (link) => Promise.resolve(linkHasMedia(link.url)) })
    const saved = await save(own)
    serverId = saved.id
    await signIn(undefined, own)
    await site.vsaas.control.set({ misreadZoneMinutes: 180 })
    expect((await check(own)).clockCheck).toBe('misread')
    const { id, dialect, url } = saved
    const context = calm()
    const zoned = await own.servers.handlers['servers.save'](
      { id, dialect, url, settings: { zone: 'Europe/Moscow' } },
      context,
    )
    expect(zoned.clockCheck).toBe('not-checked')
    expect((await check(own)).clockCheck).toBe('right')
    await own.close()
  })
})
