// What servers do that the pretend installation does not: bodies lost on the way, odd links, odd pages, odd errors.
import { describe, expect, test } from 'vitest'
import { checkClock } from '../../../main/core/servers/check-clock.ts'
import { openDialect } from '../../../main/core/servers/open-dialect.ts'
import { fakeConnection } from './fake-connection.ts'
import type { Answer, Sent } from './fake-connection.ts'

const context = { signal: new AbortController().signal }
const startMs = Date.parse('2026-11-20T10:00:00Z')
const pasted = { kind: 'pasted', token: 'user', listToken: 'integrator' } as const
const pair = {
  kind: 'pair',
  accessToken: 'a',
  refreshToken: 'r',
  expiresAtMs: startMs * 2,
  lifetimeMs: 3_600_000,
} as const

function openVsaas(answer: (sent: Sent) => Answer) {
  const connection = fakeConnection('vsaas', pasted, answer)
  return { server: openDialect(connection), sent: connection.sent }
}
function openVms(answer: (sent: Sent) => Answer) {
  const connection = fakeConnection('vms', pair, answer)
  return { server: openDialect(connection), sent: connection.sent, held: connection.held }
}

const order = (cameraId: string) =>
  ({ cameraId, range: { fromMs: startMs - 60_000, toMs: startMs }, stream: 'main', clipId: null }) as const

describe('vsaas', () => {
  const billed = (id: number) => ({
    id,
    external_id: 'x',
    start_at: null,
    status: null,
    name: null,
    group_type: 'public',
    streams: null,
    preview: null,
  })

  test('a body that is lost on the way is sent in the query too, from then on', async () => {
    const { server, sent } = openVsaas(({ path }) =>
      path.includes('?')
        ? { status: 200, json: [billed(7)] }
        : { status: 422, json: { message: '', errors: { cameras_ids: ['required'] } } },
    )
    expect(await server.findCameras(['7'], context)).toMatchObject([{ id: '7', name: 'Camera 7', streams: [] }])
    await server.findCameras(['7'], context)
    expect(sent.map(({ path, body }) => [decodeURIComponent(path), body])).toEqual([
      ['/billing/cameras/list', '{"cameras_ids":[7]}'],
      ['/billing/cameras/list?cameras_ids[]=7', '{"cameras_ids":[7]}'],
      ['/billing/cameras/list?cameras_ids[]=7', '{"cameras_ids":[7]}'],
    ])
    expect(sent[0]?.headers['authorization']).toBe('Bearer integrator')
  })

  test('lists go out in calls of 30', async () => {
    const { server, sent } = openVsaas(() => ({ status: 200, json: null }))
    const ids = Array.from({ length: 61 }, (_, index) => String(index))
    expect(await server.findCameras(ids, context)).toEqual([])
    const sizes = sent.map(({ body }) => (JSON.parse(body ?? '') as { cameras_ids: number[] }).cameras_ids.length)
    expect(sizes).toEqual([30, 30, 1])
  })

  test.each([
    { link: 'https://media.example/a?token=1', url: 'https://media.example/a?token=1' },
    { link: '/archive/1', url: 'https://cctv.example/archive/1' },
  ])('a link is taken as it is: $link', async ({ link, url }) => {
    const { server, sent } = openVsaas(() => ({ status: 200, json: { link, more: 1 } }))
    expect(await server.orderArchive(order('3'), context)).toMatchObject({ url })
    expect(sent[0]?.headers['authorization']).toBe('Bearer user')
  })

  test.each([{}, { link: null }, { link: '' }, { link: 'file:///etc/passwd' }, { link: 'https://a:b@x/' }, null, []])(
    'an answer without a usable link is bad-reply: %j',
    async (json) => {
      const { server } = openVsaas(() => ({ status: 200, json }))
      await expect(server.orderArchive(order('3'), context)).rejects.toMatchObject({ code: 'bad-reply' })
    },
  )

  test('a history that grows while it is read is given without repeats, and one without end is left', async () => {
    let id = 0
    const row = () => ({
      id: ++id % 150,
      name: 'n',
      from: '2019-09-24 13:03:16',
      to: 'soon',
      created_at: '2019-09-24T13:54:44.000000Z',
      is_file_exists: false,
      stream: { camera_id: 1 },
      user: { login: 'u' },
    })
    const page = () => ({ data: Array.from({ length: 100 }, row), meta: { last_page: 1_000_000 } })
    const { server, sent } = openVsaas(() => ({ status: 200, json: page() }))
    const rows = await server.history({ fromMs: 0, toMs: startMs }, 500, context)
    expect(rows).toHaveLength(150)
    expect(rows[0]).toMatchObject({ range: null, createdAtMs: Date.parse('2019-09-24T13:54:44Z') })
    expect(sent.length).toBe(15)
  })
})

describe('vms', () => {
  const camera = (id: string) => ({
    id,
    name: 'n',
    source: {},
    place_id: null,
    video_streaming: null,
    origin: null,
    onvif_password: 'x',
  })

  test.each([{ cursor: undefined }, { cursor: '' }, { cursor: null }, { cursor: 'first' }, { cursor: 'second' }])(
    'a list ends at %j',
    async ({ cursor }) => {
      const cursors = ['first', 'second', cursor]
      let page = 0
      const { server, sent } = openVms(() => ({
        status: 200,
        json: { pagination: { cursor: cursors[page] }, cameras: [camera(`c${++page}`)] },
      }))
      const cameras = await server.listCameras({ limit: 5000 }, context)
      expect(cameras.map(({ id }) => id)).toEqual(['c1', 'c2', 'c3'])
      expect(sent.map(({ path }) => path)).toEqual([
        '/cameras?with_origin=true&limit=1000',
        '/cameras?with_origin=true&cursor=first&limit=1000',
        '/cameras?with_origin=true&cursor=second&limit=1000',
      ])
      expect(JSON.stringify(cameras)).not.toContain('onvif')
    },
  )

  test('a list is not asked for less than 10 nor for more than its limit', async () => {
    const { server, sent } = openVms(() => ({
      status: 200,
      json: { cameras: [camera('a'), camera('b'), camera('c')] },
    }))
    expect(await server.listCameras({ limit: 2 }, context)).toHaveLength(2)
    expect(sent[0]?.path).toContain('limit=10')
  })

  test('a page that does not fit is named by its place', async () => {
    const { server } = openVms(() => ({ status: 200, json: { cameras: [camera('a'), { name: 'canary' }] } }))
    await expect(server.listCameras({ limit: 20 }, context)).rejects.toMatchObject({
      code: 'bad-reply',
      details: { path: 'cameras.1.id' },
    })
  })

  const clip = (status: string, more: object = {}) => ({
    id: 'clip',
    camera_id: 'c',
    camera_name: 'n',
    created_at: '',
    range_start: '2026-11-20 09:59:10',
    range_end: '2026-11-20T10:00:00',
    status,
    progress: null,
    result: null,
    ...more,
  })

  test('a relative address of a clip, and the range that the server says it cut', async () => {
    const { server } = openVms(() => ({ status: 200, json: clip('done', { result: { url: 'clips/1.mp4' } }) }))
    expect(await server.orderArchive(order('c'), context)).toMatchObject({
      url: 'https://cctv.example/clips/1.mp4',
      statedRange: { fromMs: startMs - 50_000, toMs: startMs },
    })
  })

  test('a web page instead of the API is no answer about a camera', async () => {
    const page = { status: 404, json: null, headers: { 'content-type': 'text/html; charset=utf-8' } }
    const wrong = expect.objectContaining({ code: 'bad-reply' }) as unknown
    await expect(openVms(() => page).server.findCameras(['c'], context)).rejects.toEqual(wrong)
    await expect(openVsaas(() => page).server.orderArchive(order('3'), context)).rejects.toEqual(wrong)
  })

  test('a clip that is done without an address, and one that is never done', async () => {
    const { server, held, sent } = openVms(({ method }) => ({
      status: 200,
      json: clip(method === 'POST' ? 'queued' : 'done'),
    }))
    await expect(server.orderArchive(order('c'), context)).rejects.toMatchObject({ code: 'bad-reply' })
    const slow = openVms(() => ({ status: 200, json: clip('running') }))
    await expect(slow.server.orderArchive(order('c'), context)).rejects.toMatchObject({
      code: 'timed-out',
      details: { clipId: 'clip' },
    })
    expect(slow.held.nowMs).toBeGreaterThan(startMs + 6 * 3_600_000)
    expect([held.nowMs, sent.length]).toEqual([startMs + 2000, 2])
  })

  test.each([
    {
      status: 422,
      json: { detail: [{ loc: ['body', 'range_start'], msg: 'bad', type: 't' }] },
      code: 'invalid-input',
      fields: { 'body.range_start': 'bad' },
    },
    { status: 422, json: {}, code: 'invalid-input' },
    { status: 500, json: { status: 'internal', detail: 'x' }, code: 'unreachable' },
    { status: 503, json: { status: 'temporarily_unavailable', detail: 'x' }, code: 'unreachable' },
    { status: 400, json: { status: 'constructor', detail: 'x' }, code: 'invalid-input' },
    { status: 403, json: null, code: 'forbidden' },
    { status: 204, json: undefined, code: 'bad-reply' },
  ])('$status $json is $code', async ({ status, json, code, fields }) => {
    const { server } = openVms(() => ({ status, json }))
    const error: unknown = await server.orderArchive(order('c'), context).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, ...(fields === undefined ? {} : { details: { fields } }) })
  })
})

describe('check the clock', () => {
  const covered = { fromMs: startMs - 3_600_000, toMs: startMs - 600_000 }
  const check = (intervals: { fromMs: number; toMs: number }[], hasMedia: (fromMs: number) => boolean) => {
    const asked: number[] = []
    const { server } = openVms(() => ({ status: 200 }))
    const pretended = {
      ...server,
      coverage: () => Promise.resolve({ kind: 'known', intervals } as const),
      orderArchive: ({ range }: { range: { fromMs: number } }) => {
        asked.push(range.fromMs)
        return Promise.resolve({ url: '', orderedAtMs: 0, clipId: null, statedRange: null })
      },
    }
    const options = { server: pretended, cameraId: 'c', nowMs: startMs + 1, signal: context.signal }
    const outcome = checkClock({ ...options, hasMedia: () => Promise.resolve(hasMedia(asked.at(-1) ?? 0)) })
    return outcome.then((result) => ({ result, asked }))
  }

  test.each([
    { name: 'right', intervals: [covered], hasMedia: (ms: number) => ms < startMs, orders: 2 },
    { name: 'misread', intervals: [covered], hasMedia: () => true, orders: 1 },
    { name: 'undecided', intervals: [covered], hasMedia: () => false, orders: 2 },
    { name: 'undecided', intervals: [], hasMedia: () => false, orders: 1 },
  ])('$name with $orders orders', async ({ name, intervals, hasMedia, orders }) => {
    const { result, asked } = await check(intervals, hasMedia)
    expect(result).toBe(name)
    expect(asked).toEqual([startMs + 300_000, covered.toMs - 60_000].slice(0, orders))
  })
})
