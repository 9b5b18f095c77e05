// The vms API server of the pretend installation: sign-in, rights, paging, cameras.
// Must not know the client.
import { beforeEach, describe, expect, it } from 'vitest'
import { createAskSite, exampleSettings, signInOperator } from '../../site/api/examples/ask-site.ts'
import type { AskedAnswer, AskSite } from '../../site/api/examples/ask-site.ts'
import { createOpenApi } from '../../site/api/openapi.ts'
import { readOpenApiDocument } from '../../site/api/openapi-document.ts'
import { createVmsSite } from '../../site/api/vms/vms-site.ts'
import type { VmsSite } from '../../site/api/vms/vms-site.ts'
import { siteCameras } from '../../site/world.ts'

const startMs = Date.UTC(2026, 10, 20, 9, 30)
const [entrance] = siteCameras

const api = createOpenApi(readOpenApiDocument('vms'))

let clockMs: number
let site: VmsSite
let bare: AskSite
let ask: AskSite

type Json = Record<string, unknown>

async function signIn(password = 'right password'): Promise<AskedAnswer> {
  return bare('POST', '/api/v1/token', { form: { grant_type: 'password', username: 'operator', password } })
}

function refresh(token: unknown): Promise<AskedAnswer> {
  return bare('POST', '/api/v1/token/refresh', { form: { grant_type: 'refresh_token', refresh_token: String(token) } })
}

function askAs(token: unknown): AskSite {
  return createAskSite(site, { authorization: `Bearer ${String(token)}` })
}

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

describe('tokens', () => {
  it('are given for the right password', async () => {
    expect((await signIn()).json).toMatchObject({ token_type: 'bearer', expires_in: 600 })
    expect(await signIn('wrong')).toMatchObject({ status: 401, json: { status: 'token_invalid_credentials' } })
  })

  it('run out', async () => {
    clockMs += 600_000 - 1
    expect((await ask('GET', '/api/v1/users/me')).status).toBe(200)
    clockMs += 1
    const refused = await ask('GET', '/api/v1/users/me')
    expect(refused).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } })
  })

  it('are refreshed once', async () => {
    const pair = (await signIn()).json as Json
    const fresh = await refresh(pair['refresh_token'])
    expect(fresh.status).toBe(200)
    expect(await refresh(pair['refresh_token'])).toMatchObject({ status: 400, json: { status: 'token_refresh_error' } })
    expect((await refresh((fresh.json as Json)['refresh_token'])).status).toBe(200)
    expect((await refresh(pair['access_token'])).status).toBe(400)
  })

  it('outlive a restart of the server', async () => {
    const pair = (await signIn()).json as Json
    site = createVmsSite(exampleSettings, () => clockMs, api)
    expect((await askAs(pair['access_token'])('GET', '/api/v1/users/me')).status).toBe(200)
  })

  it('end with their refresh token', async () => {
    const pair = (await signIn()).json as Json
    const form = { token: String(pair['refresh_token']) }
    expect((await bare('POST', '/api/v1/token/revoke', { form })).status).toBe(204)
    expect((await askAs(pair['access_token'])('GET', '/api/v1/users/me')).status).toBe(401)
    expect((await refresh(pair['refresh_token'])).status).toBe(400)
    expect(await bare('POST', '/api/v1/token/revoke', { form })).toMatchObject({
      status: 400,
      json: { status: 'token_revoke_error' },
    })
  })

  it('can be made invalid by a switch, the refreshing too', async () => {
    const pair = (await signIn()).json as Json
    site.switches.set({ accessTokensValid: false })
    expect((await ask('GET', '/api/v1/users/me')).status).toBe(401)
    site.switches.set({ refreshTokensValid: false })
    expect((await refresh(pair['refresh_token'])).status).toBe(400)
  })

  it('are not made up', async () => {
    const forged = `${Buffer.from('{"kind":"access","pair":"a","user":1,"endsAtMs":9e15}').toString('base64url')}.x`
    expect((await askAs(forged)('GET', '/api/v1/users/me')).status).toBe(401)
    expect((await bare('GET', '/api/v1/cameras')).status).toBe(401)
    expect((await bare('GET', '/api/v1/hello')).status).toBe(200)
  })
})

describe('rights', () => {
  it('come with the user and can be taken away', async () => {
    const all = (await read('/api/v1/users/me'))['permissions'] as string[]
    expect(all).toHaveLength(101)
    site.switches.set({ withoutPermissions: ['camera_read'] })
    expect((await read('/api/v1/users/me'))['permissions']).toHaveLength(100)
    const refused = await ask('GET', '/api/v1/cameras')
    expect(refused).toMatchObject({ status: 403, json: { status: 'unauthorized', status_code: 403 } })
  })

  it('follow from the role of a user', async () => {
    const names = { first_name: 'New', last_name: 'User', group_ids: [] }
    const json = { ...names, email: 'new@site.example', password: 'secret', role_id: 3 }
    expect((await ask('POST', '/api/v1/users', { json })).status).toBe(200)
    const form = { grant_type: 'password', username: 'new@site.example', password: 'secret' }
    const viewer = askAs(((await bare('POST', '/api/v1/token', { form })).json as Json)['access_token'])
    expect((await viewer('GET', '/api/v1/cameras')).status).toBe(200)
    expect((await viewer('DELETE', `/api/v1/cameras/${entrance!.uuid}`)).status).toBe(403)
    const right = { role_id: 3, permission: 'camera_delete' }
    expect((await ask('POST', '/api/v1/permissions', { json: right })).status).toBe(200)
    expect((await viewer('DELETE', `/api/v1/cameras/${entrance!.uuid}`)).status).toBe(200)
  })
})

describe('outages', () => {
  it('are told with their times', async () => {
    site.switches.set({ maintenance: { retryAfterSeconds: 7 } })
    expect(await ask('GET', '/api/v1/cameras')).toMatchObject({
      status: 503,
      json: { status: 'temporarily_unavailable' },
      headers: { 'retry-after': '7' },
    })
    site.switches.set({ maintenance: null, rateLimit: { count: 0, windowMs: 1000, retryAfter: 'seconds' } })
    expect((await ask('GET', '/api/v1/cameras')).status).toBe(429)
  })

  it('unknown paths are not found', async () => {
    expect(await ask('GET', '/api/v1/nothing')).toMatchObject({ status: 404, json: { status: 'not_found' } })
  })
})

describe('cameras', () => {
  async function readAll(query = ''): Promise<string[]> {
    const ids: string[] = []
    let cursor = ''
    for (let pages = 0; pages < 10; pages++) {
      const page = await read(`/api/v1/cameras?limit=10${query}${cursor && `&cursor=${cursor}`}`)
      const next = (page['pagination'] as Json)['cursor'] as string | null | undefined
      if (cursor !== '' && next === cursor) return ids
      ids.push(...(page['cameras'] as Json[]).map(({ id }) => String(id)))
      if (next === undefined || next === null || next === '') return ids
      cursor = next
    }
    throw new Error('no end')
  }

  it.each(['absent', 'empty', 'null'])('come in pages, the last cursor %s', async (lastCursor) => {
    site.switches.set({ lastCursor })
    const ids = await readAll()
    expect(ids).toEqual(siteCameras.map(({ uuid }) => uuid))
  })

  it('may repeat the cursor at the end', async () => {
    site.switches.set({ lastCursor: 'repeated' })
    const first = (await read('/api/v1/cameras?limit=10'))['pagination'] as Json
    const second = (await read(`/api/v1/cameras?limit=10&cursor=${String(first['cursor'])}`))['pagination']
    expect(second).toEqual(first)
  })

  it('refuse the cursor of another list, and a made-up one', async () => {
    const cursor = String(((await read('/api/v1/cameras?limit=10'))['pagination'] as Json)['cursor'])
    expect((await ask('GET', `/api/v1/cameras?limit=10&place_id=1&cursor=${cursor}`)).status).toBe(422)
    const made = await ask('GET', '/api/v1/cameras?cursor=abc')
    expect(made).toMatchObject({ status: 422, json: { detail: [{ loc: ['query', 'cursor'] }] } })
  })

  it('are found by place, by part of the name and by id', async () => {
    const here = siteCameras.filter(({ placeId }) => placeId === 1).map(({ uuid }) => uuid)
    expect(await readAll('&place_id=1')).toEqual(here)
    expect((await read('/api/v1/places/1/cameras'))['cameras']).toHaveLength(here.length)
    const search = async (query: string): Promise<unknown> =>
      ((await ask('POST', '/api/v1/cameras/search', { json: { query } })).json as Json)['cameras']
    expect(await search('entRANCE')).toHaveLength(2)
    expect(await search(entrance!.uuid)).toMatchObject([{ name: 'Entrance', place_id: 1 }])
    expect(await search('3f2b8f8e-5d0c-4c55-9d3e-0b1b9e1c2a10')).toEqual([])
  })

  it('name their stream, unless the server has none to name', async () => {
    const camera = await read(`/api/v1/cameras/${entrance!.uuid}?with_origin=true`)
    expect(camera['video_streaming']).toEqual({ enabled: true, stream_id: entrance!.streamUuid })
    expect(camera['origin']).toMatchObject({ place_id: 1, place_name: 'Main entrance', plan_name: 'Entrance hall' })
    expect(camera).not.toHaveProperty('onvif_password')
    expect((await ask('GET', `/api/v1/streams/${entrance!.uuid}`)).status).toBe(404)
    site.switches.set({ streamIds: 'camera' })
    expect((await read(`/api/v1/cameras/${entrance!.uuid}`))['video_streaming']).toEqual({ enabled: true })
    expect((await ask('GET', `/api/v1/streams/${entrance!.uuid}`)).status).toBe(200)
  })
})
