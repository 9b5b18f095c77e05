// The archive of the vms API server of the pretend installation: segments, their index, clips.
// Must not know the client.
import { beforeEach, describe, expect, it } from 'vitest'
import { createAskSite, exampleOrigin, exampleSettings, signInOperator } from '../../site/api/examples/ask-site.ts'
import type { AskedAnswer, AskSite } from '../../site/api/examples/ask-site.ts'
import { createOpenApi } from '../../site/api/openapi.ts'
import { readOpenApiDocument } from '../../site/api/openapi-document.ts'
import { createVmsSite } from '../../site/api/vms/vms-site.ts'
import type { VmsSite } from '../../site/api/vms/vms-site.ts'
import { readLinkToken } from '../../site/link-token.ts'
import { findGaps, recordedIntervals, siteCameras } from '../../site/world.ts'

const startMs = Date.UTC(2026, 10, 20, 9, 30)
const hourMs = 3_600_000
const [entrance] = siteCameras
const api = createOpenApi(readOpenApiDocument('vms'))

let clockMs: number
let site: VmsSite
let bare: AskSite
let ask: AskSite

type Json = Record<string, unknown>

beforeEach(async () => {
  clockMs = startMs
  site = createVmsSite(exampleSettings, () => clockMs, api)
  bare = createAskSite(site, {})
  ask = await signInOperator(site)
})

async function read(target: string): Promise<Json> {
  const answer = await ask('GET', target)
  expect(answer.status, answer.text).toBe(200)
  return answer.json as Json
}

function readLink(url: unknown): ReturnType<typeof readLinkToken> {
  return readLinkToken(exampleSettings.linkSecret, String(url).split('/archive/')[1] ?? '')
}

describe('segments', () => {
  const gap = findGaps(7, startMs - 12 * hourMs, startMs)[0]!
  const target = (fromTs: number, toTs: number): string =>
    `/api/v1/segments?stream_id=${siteCameras[6]!.streamUuid}&ts_from=${fromTs}&ts_to=${toTs}`

  it('cover what was recorded and nothing else', async () => {
    const fromMs = Math.floor((gap.fromMs - 60_000) / 10_000) * 10_000
    const toMs = Math.ceil((gap.toMs + 60_000) / 10_000) * 10_000
    const segments = (await read(target(fromMs, toMs)))['segments'] as Json[]
    const ends = segments.map((segment) => [Number(segment['ts_start']), Number(segment['ts_end'])] as const)
    const total = ends.reduce((sum, [start, end]) => sum + end - start, 0)
    const recorded = recordedIntervals(7, fromMs, toMs, startMs)
    expect(total).toBe(recorded.reduce((sum, interval) => sum + interval.toMs - interval.fromMs, 0))
    expect(ends.filter(([start, end]) => end > gap.fromMs && start < gap.toMs)).toEqual([])
    expect(Math.max(...ends.map(([start, end]) => end - start))).toBe(10_000)
    expect(readLink(segments[0]!['segment_url'])).toMatchObject({ camera: 7, fromMs, toMs: fromMs + 10_000 })
    expect(segments[0]!['signature']).toMatch(/^[\w-]{43}$/)
  })

  it.each([
    ['s', 1 / 1000],
    ['us', 1000],
  ])('speak of times in %s when told to', async (tsUnit, factor) => {
    site.switches.set({ tsUnit })
    const fromMs = startMs - 60_000
    const { segments } = await read(target(fromMs * factor, startMs * factor))
    expect((segments as Json[])[0]).toMatchObject({ ts_start: fromMs * factor })
    expect((await read(target(fromMs, startMs)))['segments']).toEqual([])
  })

  it('have an index that wants its signature', async () => {
    const { index_url: url, signature } = await read(`/api/v1/segments/index?stream_id=${entrance!.streamUuid}`)
    const path = String(url).slice(exampleOrigin.length)
    expect((await bare('GET', path)).status).toBe(403)
    const playlist = (await bare('GET', `${path}?signature=${String(signature)}`)).text
    expect(playlist).toMatch(/^#EXTM3U\n/)
    expect(playlist.match(/#EXT-X-DISCONTINUITY/g)).toHaveLength(findGaps(1, startMs - 48 * hourMs, startMs).length)
    const withHeader = await bare('GET', path, { headers: { signature: String(signature) } })
    expect(withHeader.status).toBe(200)
  })

  it('of an unknown stream are none', async () => {
    const unknown = '3f2b8f8e-5d0c-4c55-9d3e-0b1b9e1c2a10'
    expect((await read(`/api/v1/segments?stream_id=${unknown}&ts_from=1&ts_to=2`))['segments']).toEqual([])
    expect((await ask('GET', `/api/v1/segments/index?stream_id=${unknown}`)).status).toBe(404)
  })
})

describe('clips', () => {
  const range = { range_start: '2026-11-20T08:00:00Z', range_end: '2026-11-20T08:10:00Z' }
  const order = (change: Json = {}): Promise<AskedAnswer> =>
    ask('POST', '/api/v1/videoclips', { json: { camera_id: entrance!.uuid, ...range, ...change } })

  it('are queued, run, and are done', async () => {
    const clip = (await order()).json as Json
    expect(clip).toMatchObject({ status: 'queued', progress: 0, camera_name: 'Entrance' })
    const path = `/api/v1/videoclips/${String(clip['id'])}`
    clockMs += 600
    expect(await read(path)).toMatchObject({ status: 'running', progress: 0.5 })
    site.switches.set({ clipProgress: 'percent' })
    expect(await read(path)).toMatchObject({ progress: 50 })
    clockMs += 400
    const done = await read(path)
    expect(done).toMatchObject({ status: 'done', progress: 100, finished_at: '2026-11-20T09:30:01.000Z' })
    const fromMs = Date.UTC(2026, 10, 20, 8)
    const link = readLink((done['result'] as Json)['url'])
    expect(link).toMatchObject({ link: clip['id'], camera: 1, fromMs, toMs: fromMs + 600_000 })
    expect((await read('/api/v1/videoclips?status=done'))['videoclips']).toHaveLength(1)
    expect((await ask('DELETE', path)).status).toBe(204)
    expect((await ask('GET', path)).status).toBe(404)
  })

  it.each(['failed', 'aborted'])('can be %s', async (clipOutcome) => {
    site.switches.set({ clipOutcome })
    const clip = (await order()).json as Json
    site.switches.set({ clipOutcome: 'done' })
    clockMs += 500
    const broken = await read(`/api/v1/videoclips/${String(clip['id'])}`)
    expect(broken).toMatchObject({ status: clipOutcome })
    expect(broken).not.toHaveProperty('result')
  })

  it.each([
    ['an empty range', { range_end: range.range_start }],
    ['before the archive', { range_start: '2026-11-18T09:00:00Z' }],
    ['in the future', { range_end: '2026-11-20T09:30:01Z' }],
  ])('are refused for %s', async (_, change) => {
    expect(await order(change)).toMatchObject({ status: 400, json: { status: 'videoclip_invalid_time_range' } })
  })

  it('are refused for a range in a gap, an unknown camera, a time that is none', async () => {
    const gap = findGaps(7, startMs - 12 * hourMs, startMs)[0]!
    const inside = {
      range_start: new Date(gap.fromMs).toISOString(),
      range_end: new Date(gap.toMs).toISOString(),
    }
    const camera = { camera_id: siteCameras[6]!.uuid }
    expect((await order({ ...camera, ...inside })).status).toBe(400)
    expect(await order({ camera_id: 'x' })).toMatchObject({ json: { status: 'videoclip_camera_not_found' } })
    expect((await order({ range_start: 'yesterday' })).status).toBe(422)
  })

  it('have a quota of those that wait', async () => {
    site.switches.set({ clipQuota: 2 })
    expect([(await order()).status, (await order()).status]).toEqual([200, 200])
    expect(await order()).toMatchObject({ status: 429, json: { status: 'videoclip_user_quota_exceeded' } })
    clockMs += 1000
    expect((await order()).status).toBe(200)
  })
})
