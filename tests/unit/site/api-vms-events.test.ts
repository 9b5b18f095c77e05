// Events of the vms API server of the pretend installation: lists, matches, searches and statistics agree.
// Must not know the client.
import { beforeEach, describe, expect, it } from 'vitest'
import { exampleSettings, signInOperator } from '../../site/api/examples/ask-site.ts'
import type { AskOptions, AskSite } from '../../site/api/examples/ask-site.ts'
import { createOpenApi } from '../../site/api/openapi.ts'
import { readOpenApiDocument } from '../../site/api/openapi-document.ts'
import { createVmsSite } from '../../site/api/vms/vms-site.ts'
import type { VmsSite } from '../../site/api/vms/vms-site.ts'
import { eventTypes, findSeenEvent, listSeenEvents } from '../../site/api/vms-data/events.ts'
import {
  compareDescriptors,
  comparePlates,
  makeDescriptor,
  readDescriptor,
} from '../../site/api/vms-data/people-seen.ts'
import { recordedIntervals, siteCameras } from '../../site/world.ts'

const startMs = Date.UTC(2026, 10, 20, 9, 30)
const dayMs = 86_400_000
const [entrance] = siteCameras
const api = createOpenApi(readOpenApiDocument('vms'))

type Json = Record<string, unknown>

let clockMs: number
let site: VmsSite
let ask: AskSite

beforeEach(async () => {
  clockMs = startMs
  site = createVmsSite(exampleSettings, () => clockMs, api)
  ask = await signInOperator(site)
})

async function good(method: string, path: string, options?: AskOptions): Promise<Json> {
  const answer = await ask(method, `/api/v1${path}`, options)
  expect([200, 204], answer.text).toContain(answer.status)
  return answer.json as Json
}

async function refused(method: string, path: string, options?: AskOptions): Promise<number> {
  return (await ask(method, `/api/v1${path}`, options)).status
}

function rows(answer: Json, key: string): Json[] {
  return answer[key] as Json[]
}

describe('events', () => {
  const period = `ts_from=2026-11-19T12:00:00Z&ts_to=2026-11-20T09:00:00Z`

  it('of all four kinds are spread over 48 hours, only while something was recorded', () => {
    const events = listSeenEvents(0, startMs, startMs)
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(eventTypes))
    expect(Math.min(...events.map(({ atMs }) => atMs))).toBeLessThan(startMs - 47 * 3_600_000)
    const outside = events.filter(
      ({ camera, atMs }) => !recordedIntervals(camera.number, atMs, atMs + 1, startMs).length,
    )
    expect(outside).toEqual([])
    expect(events.filter((event) => findSeenEvent(event.id, startMs)?.atMs !== event.atMs)).toEqual([])
  })

  it.each(eventTypes)('%s come in pages, newest first, and can be read one by one', async (type) => {
    const answer = await ask('GET', `/api/v1/events?${period}&event_type=${type}&limit=10`)
    const { events, pagination } = answer.json as { events: Json[]; pagination: Json }
    expect(answer.headers['pagination-cursor']).toBe(pagination['cursor'])
    const times = events.map(({ ts }) => Number(ts))
    expect(times).toEqual(times.toSorted((one, other) => other - one))
    const path = `/events/${String(events[0]!['event_id'])}?event_type=${type}&with_origin=true`
    const { origin, ...event } = await good('GET', path)
    expect(event).toEqual(events[0])
    expect(siteCameras.map(({ uuid }) => uuid)).toContain((origin as Json)['camera_id'])
  })

  it.each([
    `ts_from=2026-11-18T12:00:00Z&ts_to=2026-11-20T09:00:00Z&event_type=line_crossing`,
    `ts_from=2026-11-20T09:00:00Z&ts_to=2026-11-20T09:00:00Z&event_type=line_crossing`,
    `${period}&event_type=line_crossing&place_id=1&group_id=1`,
  ])('refuse %s', async (query) => {
    expect(await refused('GET', `/events?${query}`)).toBe(400)
  })

  it('match what is on lists now', async () => {
    const read = async (): Promise<Json[]> =>
      rows(await good('GET', `/eventmatches?${period}&event_type=plate_recognition&limit=1000`), 'events')
    const plateOf = (event: Json): unknown => ((event['event_data'] as Json)['plate_number'] as Json)['data']
    const matched = (events: Json[]): Json[] => events.filter((event) => (event['match_data'] as []).length > 0)
    const before = matched(await read())
    expect(before.map(plateOf)).toContain('A123BC77')
    expect(before.map(plateOf)).not.toContain('O901CT77')
    await good('POST', '/platelists/3/plates/7')
    expect(matched(await read()).map(plateOf)).toContain('O901CT77')
    expect(await refused('GET', `/eventmatches?${period}&event_type=motion_detection`)).toBe(400)
  })

  it('are found by a face of a record, and by a part of a plate', async () => {
    const [image] = rows(await good('GET', '/faces/1/images'), 'faceimages')
    const { descriptor } = image!['meta'] as { descriptor: Json }
    const json = { descriptor: { ...descriptor, version: 1 }, threshold: 0.8 }
    const found = rows(await good('POST', '/search/face', { json }), 'events')
    const people = found.map((event) => findSeenEvent(String(event['event_id']), startMs)?.person)
    expect(new Set(people)).toEqual(new Set([1]))
    const plates = rows(await good('POST', '/search/plate', { json: { plate: { number: 'a123bc 77' } } }), 'events')
    expect(plates[0]).toMatchObject({ similarity: 1, event_data: { plate_number: { data: 'A123BC77' } } })
    const bad = { descriptor: { data: 'none', norm: 1, version: 1 }, threshold: 0.8 }
    expect(await refused('POST', '/search/face', { json: bad })).toBe(400)
  })

  it('are what the statistics count', async () => {
    const fromMs = startMs - dayMs
    const query = `ts_from=${new Date(fromMs).toISOString()}&ts_to=${new Date(startMs).toISOString()}`
    const entries = rows(await good('GET', `/stats/eventsbytype?${query}`), 'entries')
    expect(entries).toHaveLength(25)
    const counted = entries.reduce((sum, entry) => sum + Number(entry['fr']), 0)
    const faces = listSeenEvents(fromMs, startMs, startMs).filter(({ type }) => type === 'face_recognition')
    expect(counted).toBe(faces.length)
    const intensity = await good('GET', `/stats/eventsintensity?stream_id=${entrance!.streamUuid}&${query}`)
    const ofOne = rows(intensity, 'entries').reduce((sum, entry) => sum + Number(entry['fr']), 0)
    expect(ofOne).toBe(faces.filter(({ camera }) => camera.number === 1).length)
    expect(rows(await good('GET', `/stats/eventmatchesbypriority?${query}`), 'entries')[0]).toHaveProperty('high')
    const long = `ts_from=2026-11-01T00:00:00Z&ts_to=2026-11-20T00:00:00Z`
    expect(rows(await good('GET', `/stats/eventsbytype?${long}`), 'entries')).toHaveLength(19)
    expect(await refused('GET', `/stats/eventsbytype?${query}&group_id=99`)).toBe(404)
  })
})

describe('descriptors and plates', () => {
  it('of one person are alike, of two are not', () => {
    const read = (person: number, sight: number): Int8Array => readDescriptor(makeDescriptor(person, sight).data)!
    expect(compareDescriptors(read(1, 1), read(1, 2))).toBeGreaterThan(0.95)
    expect(Math.abs(compareDescriptors(read(1, 1), read(2, 1)))).toBeLessThan(0.7)
  })

  it.each([
    ['A123BC77', 'A123BC77', 1],
    ['A123BC77', 'A124BC77', 0.875],
    ['', '', 1],
    ['AB', 'CDEF', 0],
  ])('%s and %s', (one, other, expected) => {
    expect(comparePlates(one, other)).toBe(expected)
  })
})
