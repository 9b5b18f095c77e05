// The vsaas API server of the pretend installation: tokens, languages, links, history, limits.
// Must not know the client.
import { beforeEach, describe, expect, it } from 'vitest'
import { createAskSite, exampleOrigin, exampleSettings } from '../../site/api/examples/ask-site.ts'
import type { AskOptions, AskedAnswer, AskSite } from '../../site/api/examples/ask-site.ts'
import { createOpenApi } from '../../site/api/openapi.ts'
import { readOpenApiDocument } from '../../site/api/openapi-document.ts'
import { readMoment, writeMicroseconds, writeWallClock } from '../../site/api/vsaas/moments.ts'
import { createVsaasSite } from '../../site/api/vsaas/vsaas-site.ts'
import type { VsaasSite } from '../../site/api/vsaas/vsaas-site.ts'
import { readLinkToken } from '../../site/link-token.ts'

const startMs = Date.UTC(2026, 10, 20, 9, 30)
const links = '/api/v1/cameras/1001/archive/link'
const downloads = '/api/v1/downloads?page=1&per_page=100&from=2026-01-01&to=2027-01-01'
const thick = { 'x-client': 'thick-legal', 'x-uuid': 'device' }

const api = createOpenApi(readOpenApiDocument('vsaas'))

let clockMs: number
let site: VsaasSite
let ask: AskSite

beforeEach(() => {
  clockMs = startMs
  site = createVsaasSite(exampleSettings, () => clockMs, api)
  ask = createAskSite(site, { authorization: 'Bearer user-token' })
})

function orderLink(from: string, to: string, headers: Record<string, string> = thick): Promise<AskedAnswer> {
  return ask('GET', `${links}?${new URLSearchParams({ from, to }).toString()}`, { headers })
}

function readLink(answer: AskedAnswer): ReturnType<typeof readLinkToken> {
  const { link } = answer.json as { link: string }
  return readLinkToken(exampleSettings.linkSecret, link.slice(link.lastIndexOf('/') + 1))
}

interface Page {
  data: { id: number; from: string; to: string; created_at: string; is_file_exists: boolean }[]
  links: Record<'first' | 'last' | 'prev' | 'next', string | null>
  meta: Record<string, unknown>
}

async function readPage(target: string): Promise<Page> {
  const answer = await ask('GET', target)
  expect(answer.status).toBe(200)
  return answer.json as Page
}

describe('times', () => {
  const utc = { zoneMinutes: 0, misreadZoneMinutes: null }
  const moscow = { zoneMinutes: 180, misreadZoneMinutes: null }
  it.each([
    ['2026-11-20T09:30:00Z', utc, startMs],
    ['2026-11-20T12:30:00+03:00', utc, startMs],
    ['2026-11-20 09:30', utc, startMs],
    ['2026-11-20 12:30:00', moscow, startMs],
    ['2026-11-20T09:30:00Z', moscow, startMs],
    ['2026-11-20T09:30:00.250Z', utc, startMs + 250],
    ['2026-11-20', utc, Date.UTC(2026, 10, 20)],
    ['2026-11-20T09:30:00Z', { zoneMinutes: 0, misreadZoneMinutes: 180 }, startMs - 3 * 3_600_000],
  ])('%s', (text, zone, expected) => {
    expect(readMoment(text, zone)).toBe(expected)
  })

  it.each(['2026-02-30', '2026-11-20T25:00:00Z', '20.11.2026', '1795166400', '2026-11-20T12:30:00 03:00', ''])(
    '%s is none',
    (text) => {
      expect(readMoment(text, utc)).toBeNull()
    },
  )

  it('are written in two ways', () => {
    expect(writeWallClock(startMs, moscow)).toBe('2026-11-20 12:30:00')
    expect(writeMicroseconds(startMs + 7)).toBe('2026-11-20T09:30:00.007000Z')
  })
})

describe('tokens', () => {
  it.each([undefined, 'Bearer wrong', 'user-token'])('%s is refused', async (authorization) => {
    const bare = createAskSite(site, authorization === undefined ? {} : { authorization })
    expect(await bare('GET', downloads)).toMatchObject({ status: 401, json: { message: 'Unauthenticated.' } })
  })

  it('end for both when they are revoked', async () => {
    site.switches.set({ tokensValid: false })
    expect((await ask('GET', downloads)).status).toBe(401)
    site.reset()
    expect((await ask('GET', downloads)).status).toBe(200)
  })

  it('of a user may not list cameras', async () => {
    const list = (headers: Record<string, string>, json: unknown): Promise<AskedAnswer> =>
      ask('GET', '/api/v1/billing/cameras/list', { headers, json })
    expect((await list({}, { cameras_ids: [1001] })).status).toBe(403)
    const integrator = { authorization: 'Bearer integrator-token' }
    const found = (await list(integrator, { cameras_ids: [1002], cameras_uuid: ['ext-0007'], login: '' })).json
    expect(found).toMatchObject([{ id: 1002, external_id: 'ext-0002' }, { id: 1007 }])
    expect((await list(integrator, { login: 'guard@site.example' })).json).toHaveLength(4)
    expect((await list(integrator, { cameras_ids: [5] })).json).toBeNull()
  })
})

describe('errors', () => {
  it('are a page for clients that do not take JSON, in the language asked for', async () => {
    const page = await ask('GET', '/api/v1/nothing', { headers: { accept: '*/*', hl: 'ru' } })
    expect(page.status).toBe(404)
    expect(page.text).toContain('<h1>404</h1><p>Не найдено.</p>')
    expect((await ask('GET', downloads, { headers: { accept: '*/*' } })).json).toHaveProperty('data')
  })

  it('name the fields in the language asked for', async () => {
    const english = await ask('GET', `${links}?from=2026-11-20`, { headers: thick })
    expect(english).toMatchObject({ status: 422, json: { errors: { to: ['The to field is required.'] } } })
    const russian = await ask('GET', `${links}?from=2026-11-20&hl=ru`, { headers: thick })
    expect(russian.json).toMatchObject({ errors: { to: ['Поле to обязательно для заполнения.'] } })
  })

  it('tell of a licence problem', async () => {
    site.switches.set({ licenceProblem: true })
    expect((await ask('GET', downloads)).status).toBe(402)
  })
})

describe('archive links', () => {
  it('lead to the range asked for', async () => {
    const answer = await orderLink('2026-11-20T08:00:00Z', '2026-11-20T12:00:00+03:00')
    expect((answer.json as { link: string }).link).toMatch(/^https:\/\/127\.0\.0\.1:9443\/archive\//)
    const fromMs = Date.UTC(2026, 10, 20, 8)
    expect(readLink(answer)).toMatchObject({ camera: 1, fromMs, toMs: fromMs + 3_600_000, orderedAtMs: startMs })
  })

  it('differ from order to order', async () => {
    const one = readLink(await orderLink('2026-11-20T08:00:00Z', '2026-11-20T09:00:00Z'))
    site.reset()
    const other = readLink(await orderLink('2026-11-20T08:00:00Z', '2026-11-20T09:00:00Z'))
    expect(one?.link).not.toBe(other?.link)
  })

  it('can be for the wrong hour', async () => {
    site.switches.set({ misreadZoneMinutes: 180 })
    const link = readLink(await orderLink('2026-11-20T08:00:00Z', '2026-11-20T09:00:00Z'))
    expect(link?.fromMs).toBe(Date.UTC(2026, 10, 20, 5))
  })

  it.each([{ 'x-client': 'web' }, {}])('are not for %j', async (headers: Record<string, string>) => {
    const before = (await readPage(downloads)).meta['total']
    expect((await orderLink('2026-11-20', '2026-11-21', headers)).json).toEqual({})
    expect((await readPage(downloads)).meta['total']).toBe(before)
  })

  it.each([
    ['from after to', `${links}?from=2026-11-21&to=2026-11-20`, 422],
    ['from equal to to', `${links}?from=2026-11-20&to=2026-11-20`, 422],
    ['no time', `${links}?from=yesterday&to=2026-11-20`, 422],
    ['an unknown camera', '/api/v1/cameras/1/archive/link?from=2026-11-20&to=2026-11-21', 404],
    ['no camera number', '/api/v1/cameras/one/archive/link?from=2026-11-20&to=2026-11-21', 422],
    ['an unknown parameter', `${links}?from=2026-11-20&to=2026-11-21&quality=high`, 422],
  ])('are refused for %s', async (_, target, status) => {
    expect((await ask('GET', target, { headers: thick })).status).toBe(status)
  })
})

describe('history', () => {
  it('gets a row with every link, newest first, times without a zone in the zone of the server', async () => {
    site.switches.set({ zoneMinutes: 180 })
    const before = await readPage(downloads)
    clockMs += 60_000
    await orderLink('2026-11-20 11:00:00', '2026-11-20 11:20:00')
    const after = await readPage(downloads)
    expect(Number(after.meta['total'])).toBe(Number(before.meta['total']) + 1)
    expect(after.data[0]).toMatchObject({
      name: 'Entrance.20261120-110000-112000.mp4',
      from: '2026-11-20 11:00:00',
      to: '2026-11-20 11:20:00',
      created_at: '2026-11-20T09:31:00.000000Z',
      is_file_exists: true,
      stream: { camera_id: 1001, has_sound: true },
    })
  })

  it('begins with at least sixty rows, of which the old ones have no file', async () => {
    const { data, meta } = await readPage(downloads)
    expect(meta['total']).toBeGreaterThanOrEqual(60)
    expect(data.at(-1)?.is_file_exists).toBe(false)
    expect(data[0]?.is_file_exists).toBe(true)
  })

  it('comes in pages whose links keep the filters', async () => {
    const filters = 'from=2026-11-01&to=2026-12-01'
    const page = await readPage(`/api/v1/downloads?page=2&per_page=25&${filters}`)
    expect(page.data).toHaveLength(25)
    expect(page.links.next).toBe(`${exampleOrigin}/api/v1/downloads?page=3&per_page=25&${filters}`)
    expect(page.links.prev).toContain('page=1&')
    expect(page.meta).toMatchObject({ current_page: 2, from: 26, to: 50, last_page: 3, per_page: 25, total: 72 })
    expect((await readPage(`/api/v1/downloads?page=3&per_page=25&${filters}`)).links.next).toBeNull()
  })

  it('holds all rows once over its pages', async () => {
    const ids: number[] = []
    for (let next: string | null = '/api/v1/downloads?page=1&per_page=10&from=2026-01-01&to=2027-01-01'; next;) {
      const page: Page = await readPage(next.replace(exampleOrigin, ''))
      ids.push(...page.data.map(({ id }) => id))
      next = page.links.next
    }
    expect(new Set(ids).size).toBe(72)
    expect(ids).toHaveLength(72)
  })

  it('is empty past the end, with bounds the document does not fix', async () => {
    const target = '/api/v1/downloads?page=9&per_page=25&from=2026-01-01&to=2027-01-01'
    expect(await readPage(target)).toMatchObject({ data: [], links: { next: null }, meta: { from: 0, to: 0 } })
    site.switches.set({ emptyPageBounds: 'null' })
    expect(await readPage(target)).toMatchObject({ data: [], meta: { from: null, to: null, total: 72 } })
  })

  it('is filtered by the time of the order', async () => {
    const { data } = await readPage('/api/v1/downloads?page=1&per_page=100&from=2026-11-18&to=2026-11-19')
    expect(data.length).toBeGreaterThan(0)
    expect(data.filter(({ created_at: at }) => at < '2026-11-18' || at > '2026-11-19T00:00:00.000000Z')).toEqual([])
  })

  it.each(['page=0&per_page=25', 'page=1&per_page=0', 'page=1&per_page=501', 'page=1'])(
    'refuses %s',
    async (paging) => {
      expect((await ask('GET', `/api/v1/downloads?${paging}&from=2026-01-01&to=2027-01-01`)).status).toBe(422)
    },
  )
})

describe('limits', () => {
  const options: AskOptions = {}

  it('answers so many requests in a window and says when to come back', async () => {
    site.switches.set({ rateLimit: { count: 2, windowMs: 10_000, retryAfter: 'seconds' } })
    expect((await ask('GET', downloads, options)).status).toBe(200)
    clockMs += 4000
    expect((await ask('GET', downloads, options)).status).toBe(200)
    const refused = await ask('GET', downloads, options)
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '6'])
    clockMs += 6000
    expect((await ask('GET', downloads, options)).status).toBe(200)
  })

  it('can say it as a date that is not too early', async () => {
    site.switches.set({ rateLimit: { count: 0, windowMs: 1500, retryAfter: 'date' } })
    clockMs += 200
    const { headers } = await ask('GET', downloads)
    expect(Date.parse(headers['retry-after'] ?? '')).toBeGreaterThanOrEqual(clockMs + 1500)
  })

  it('is closed for maintenance', async () => {
    site.switches.set({ maintenance: { retryAfterSeconds: 30 } })
    expect(await ask('GET', downloads)).toMatchObject({ status: 503, headers: { 'retry-after': '30' } })
  })

  it.each([
    [{ nothing: true, zoneMinutes: 1 }, 'no such switch: nothing'],
    [{ zoneMinutes: 'x' }, 'no such behaviour: data/zoneMinutes must be integer'],
    [{ rateLimit: { count: 1 } }, 'no such behaviour: data/rateLimit must have required'],
  ])('does not take %j', (patch, text) => {
    expect(() => site.switches.set(patch)).toThrow(text)
    expect(site.switches.values.zoneMinutes).toBe(0)
  })
})
