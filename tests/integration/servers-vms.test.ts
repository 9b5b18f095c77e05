// The vms dialect against the pretend installation: sign-in, cameras, coverage, clips and every refusal.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startSite } from '../site/start-site.ts'
import type { Site } from '../site/start-site.ts'
import { recordedIntervals } from '../site/world.ts'
import { calm, openBench, pinApi } from './open-bench.ts'
import type { Bench } from './open-bench.ts'

let site: Site
let bench: Bench
let serverId: string
const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** Segments are cut at whole ten seconds. */
const nowMs = () => Math.floor(Date.now() / 10_000) * 10_000

beforeAll(async () => {
  site = await startSite({ only: ['vms'] })
})
afterAll(() => site.close())

beforeEach(async () => {
  await site.vms.control.reset()
  bench = openBench()
  const input = { dialect: 'vms', url: `${site.vms.url}/api/v1/`, trusted: pinApi(site.vms.certificateSha256) } as const
  serverId = (await bench.servers.handlers['servers.save'](input, calm())).id
  await signIn()
  await site.vms.control.clearLog()
})
afterEach(() => bench.close())

function signIn(password = site.vms.password) {
  const credentials = { kind: 'password', username: site.vms.username, password } as const
  return bench.servers.handlers['servers.signIn']({ serverId, credentials, remember: false }, calm())
}

const uuidOf = (number: number): string => site.cameras.find((camera) => camera.number === number)?.uuid ?? ''
const server = () => bench.servers.open(serverId)
const paths = async () =>
  (await site.vms.control.log()).map(({ method, url }) => `${method} ${url.replace(/\?.*/, '')}`)

function order(fromMs = nowMs() - 20 * minuteMs, clipId: string | null = null) {
  return { cameraId: uuidOf(1), range: { fromMs, toMs: fromMs + 10 * minuteMs }, stream: 'main', clipId } as const
}

describe('the account', () => {
  test('is told with its permissions', async () => {
    const account = await server().account(calm())
    expect(account.name).not.toBe('')
    expect(account.permissions).toContain('videoclip_create')
  })

  test('a wrong password is said once, without a second attempt', async () => {
    await expect(signIn('canary-password')).rejects.toMatchObject({ code: 'unauthorized' })
    expect(await paths()).toEqual(['POST /api/v1/token'])
    expect(JSON.stringify(bench.log)).not.toContain('canary-password')
  })

  test('signing out ends both tokens on the server and here', async () => {
    await bench.servers.handlers['servers.signOut']({ serverId }, calm())
    const log = await site.vms.control.log()
    expect(log.map(({ url, status }) => [url, status])).toEqual([
      ['/api/v1/token/revoke', 204],
      ['/api/v1/token/revoke', 400],
    ])
    expect(bench.servers.describe(serverId).isSignedIn).toBe(false)
    await expect(server().account(calm())).rejects.toMatchObject({ code: 'unauthorized' })
  })

  test('signing out without the server forgets all the same, and says so', async () => {
    await site.vms.control.set({ maintenance: { retryAfterSeconds: 600 } })
    const leaving = bench.servers.handlers['servers.signOut']({ serverId }, calm())
    await expect(leaving).rejects.toMatchObject({ code: 'unreachable', details: { isForgotten: true } })
    expect(bench.servers.describe(serverId).isSignedIn).toBe(false)
  })
})

describe('cameras', () => {
  test.each(['absent', 'empty', 'null', 'repeated'])('all of them, where the last cursor is %s', async (lastCursor) => {
    await site.vms.control.set({ lastCursor })
    const cameras = await bench.cameras.handlers['cameras.list']({ serverId, limit: 10_000 }, calm())
    expect(cameras.map(({ id }) => id).sort()).toEqual(site.cameras.map(({ uuid }) => uuid).sort())
    expect(cameras.find(({ id }) => id === uuidOf(2))).toMatchObject({
      name: 'Проходная №1',
      placeId: expect.any(String),
      placeName: expect.any(String),
      streams: [{ name: 'main', id: site.cameras[1]?.streamUuid }],
    })
  })

  test('by id, text, place and limit; ids that do not exist are left out', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000'
    const found = await server().findCameras([uuidOf(3), unknown, 'no-uuid', uuidOf(1), uuidOf(1)], calm())
    expect(found).toMatchObject([{ id: uuidOf(3) }, { id: uuidOf(1) }])
    const list = (query: object) => bench.cameras.handlers['cameras.list']({ serverId, limit: 100, ...query }, calm())
    expect(await list({ text: 'entrance' })).toHaveLength(2)
    expect(await list({ text: uuidOf(5) })).toMatchObject([{ id: uuidOf(5) }])
    expect(await list({ limit: 3 })).toHaveLength(3)
    const [one] = await list({ ids: [uuidOf(1)] })
    const inPlace = await list({ placeId: one?.placeId })
    expect(inPlace.every(({ placeId }) => placeId === one?.placeId)).toBe(true)
    expect(inPlace.length).toBeGreaterThan(0)
    expect(inPlace.length).toBeLessThan(site.cameras.length)
  })

  test('without the right they are not-allowed, and a list is forbidden', async () => {
    await site.vms.control.set({ withoutPermissions: ['camera_read'] })
    expect(await server().findCameras([uuidOf(1)], calm())).toBe('not-allowed')
    await expect(server().listCameras({ limit: 10 }, calm())).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe('coverage', () => {
  test.each(['ms', 's', 'us'])(
    'is what was recorded, where times are in %s; the unit is found out once',
    async (tsUnit) => {
      await site.vms.control.set({ tsUnit })
      const range = { fromMs: nowMs() - 20 * hourMs, toMs: nowMs() - hourMs }
      const expected = recordedIntervals(7, range.fromMs, range.toMs, Date.now())
      expect(expected.length).toBeGreaterThan(2)
      const coverage = await server().coverage(uuidOf(7), range, calm())
      expect(coverage).toEqual({ kind: 'known', intervals: expected.map(({ fromMs, toMs }) => ({ fromMs, toMs })) })
      await site.vms.control.clearLog()
      await server().coverage(uuidOf(7), { fromMs: range.fromMs, toMs: range.fromMs + hourMs }, calm())
      expect(await paths()).toEqual(['GET /api/v1/segments'])
    },
  )

  test('is empty where nothing was recorded, and unknown where the account may not see it', async () => {
    const range = { fromMs: nowMs() - 100 * hourMs, toMs: nowMs() - 90 * hourMs }
    expect(await server().coverage(uuidOf(1), range, calm())).toEqual({ kind: 'known', intervals: [] })
    // A stream that the server does not know is answered like one without recordings: nothing follows from it.
    const stranger = '00000000-0000-4000-8000-000000000000'
    expect(await server().coverage(stranger, range, calm())).toEqual({ kind: 'unknown' })
    await site.vms.control.set({ withoutPermissions: ['segment_read'] })
    expect(await server().coverage(uuidOf(1), range, calm())).toEqual({ kind: 'unknown' })
  })

  test('is asked by the camera id where the camera names no stream', async () => {
    await site.vms.control.set({ streamIds: 'camera' })
    const range = { fromMs: nowMs() - 2 * hourMs, toMs: nowMs() - 2 * hourMs + 10 * minuteMs }
    const coverage = await server().coverage(uuidOf(1), range, calm())
    expect(coverage).toMatchObject({ kind: 'known', intervals: [{ fromMs: expect.any(Number) }] })
  })
})

describe('clips', () => {
  test.each(['fraction', 'percent'])('are waited for, with progress as a %s', async (clipProgress) => {
    await site.vms.control.set({ clipProgress, clipMs: 400 })
    const fractions: number[] = []
    const ids: string[] = []
    const onClip = (clipId: string) => void ids.push(clipId)
    const onProgress = (fraction: number) => void fractions.push(fraction)
    const link = await server().orderArchive(order(), { ...calm(), onProgress, onClip })
    expect(link).toMatchObject({ clipId: ids[0], url: expect.stringContaining('/archive/') })
    expect(fractions.length).toBeGreaterThan(1)
    expect(fractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  })

  test('one ordered before is asked for again; one that failed is ordered anew', async () => {
    await site.vms.control.set({ clipMs: 0 })
    const first = await server().orderArchive(order(), calm())
    await site.vms.control.clearLog()
    const again = await server().orderArchive(order(undefined, first.clipId), calm())
    expect([again.clipId, again.url]).toEqual([first.clipId, first.url])
    expect(await paths()).toEqual([`GET /api/v1/videoclips/${first.clipId}`])
    const gone = '00000000-0000-4000-8000-000000000000'
    const anew = await server().orderArchive(order(undefined, gone), calm())
    expect(anew.clipId).not.toBe(gone)
  })

  test.each(['failed', 'aborted'])('that end as %s are said', async (clipOutcome) => {
    await site.vms.control.set({ clipOutcome, clipMs: 100 })
    let clipId: string | null = null
    const onClip = (id: string) => void (clipId = id)
    const error: unknown = await server()
      .orderArchive(order(), { ...calm(), onClip })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'bad-reply', details: { serverStatus: clipOutcome, clipId } })
    await site.vms.control.set({ clipOutcome: 'done' })
    expect((await server().orderArchive(order(undefined, clipId), calm())).clipId).not.toBe(clipId)
  })

  test.each(['kept', 'deleted'])('nobody waits for any more are %s', async (outcome) => {
    await site.vms.control.set({ clipMs: 60_000 })
    const leaving = new AbortController()
    const waiting = server().orderArchive(order(), {
      signal: leaving.signal,
      onProgress: () => leaving.abort(),
      ...(outcome === 'kept' ? { onClip: () => undefined } : {}),
    })
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    expect((await paths()).some((path) => path.startsWith('DELETE /'))).toBe(outcome === 'deleted')
  })

  test('outside the archive, for an unknown camera, above the quota, without the right', async () => {
    const future = order(nowMs() + hourMs)
    await expect(server().orderArchive(future, calm())).rejects.toMatchObject({ code: 'not-found' })
    const stranger = { ...order(), cameraId: '00000000-0000-4000-8000-000000000000' }
    await expect(server().orderArchive(stranger, calm())).rejects.toMatchObject({ code: 'not-found' })
    await site.vms.control.set({ clipQuota: 0 })
    await expect(server().orderArchive(order(), calm())).rejects.toMatchObject({ code: 'rate-limited' })
    await site.vms.control.set({ withoutPermissions: ['videoclip_create'] })
    await expect(server().orderArchive(order(), calm())).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('make the history', async () => {
    await site.vms.control.set({ clipMs: 0 })
    const { range } = order()
    await server().orderArchive(order(range.fromMs), calm())
    const created = { fromMs: Date.now() - hourMs, toMs: Date.now() + hourMs }
    const rows = await bench.servers.handlers['servers.history']({ serverId, created, limit: 10 }, calm())
    expect(rows).toContainEqual(expect.objectContaining({ cameraId: uuidOf(1), range, isFilePresent: true }))
  })
})

test('a server behind maintenance or a limit says until when', async () => {
  await site.vms.control.set({ maintenance: { retryAfterSeconds: 600 } })
  await expect(server().account(calm())).rejects.toMatchObject({ code: 'unreachable', details: { status: 503 } })
  await site.vms.control.set({
    maintenance: null,
    rateLimit: { count: 0, windowMs: 600_000, retryAfter: 'date' },
  })
  await expect(server().account(calm())).rejects.toMatchObject({
    code: 'rate-limited',
    details: { retryAtMs: expect.any(Number) },
  })
})
