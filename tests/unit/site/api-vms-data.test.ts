// What the vms API server of the pretend installation keeps: it gives back what was written, and its parts agree.
// Must not know the client.
import { beforeEach, describe, expect, it } from 'vitest'
import { exampleSettings, signInOperator } from '../../site/api/examples/ask-site.ts'
import type { AskedAnswer, AskOptions, AskSite } from '../../site/api/examples/ask-site.ts'
import { createOpenApi } from '../../site/api/openapi.ts'
import { readOpenApiDocument } from '../../site/api/openapi-document.ts'
import { findAuditAction, findPermission } from '../../site/api/vms/permissions.ts'
import { createVmsSite } from '../../site/api/vms/vms-site.ts'
import type { VmsSite } from '../../site/api/vms/vms-site.ts'
import { readPermissions } from '../../site/api/vms-data/seed-people.ts'
import { siteCameras } from '../../site/world.ts'

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

describe('every operation', () => {
  it('has a handler', () => {
    const handled = new Set(site.handledOperations)
    expect(api.operations.filter(({ id }) => !handled.has(id))).toEqual([])
  })

  it('needs a permission of the document, but for the greeting and the tokens', () => {
    const permissions = readPermissions(api)
    const without = api.operations.filter(({ id }) => !permissions.includes(findPermission(id) ?? ''))
    expect(without.map(({ id }) => id)).toEqual(['getHello', 'createToken', 'refreshToken', 'revokeToken'])
  })

  it('is audited under a name of the document', () => {
    const { schemas } = api.root['components'] as { schemas: Record<string, { enum: string[] }> }
    const actions = api.operations.map(({ id }) => findAuditAction(id)).filter((action) => action !== undefined)
    expect(actions.filter((action) => !schemas['AuditAction']!.enum.includes(action))).toEqual([])
  })
})

describe('rows', () => {
  it.each([
    ['/places', { name: 'New place', latitude: 1, longitude: 2 }, 'places'],
    ['/facelists', { name: 'New list', priority: 'high' }, 'facelists'],
    ['/platelists', { name: 'New list' }, 'platelists'],
    ['/groups', { name: 'New group', description: '' }, 'groups'],
    ['/organizations', { name: 'New organization', description: '' }, 'organizations'],
    ['/roles', { name: 'New role', description: '' }, 'roles'],
    ['/faces', { full_name: 'New face' }, 'faces'],
    ['/plates', { number: 'X111XX11' }, 'plates'],
    ['/cameras', { name: 'New camera', source: {}, place_id: 5 }, 'cameras'],
  ])('%s are made, read, changed, listed and removed', async (path, fields: Json, key) => {
    const made = await good('POST', path, { json: fields })
    expect(made).toMatchObject(fields)
    const one = `${path}/${String(made['id'])}`
    expect(await good('GET', one)).toEqual(made)
    const [name] = Object.keys(fields) as [string]
    const changed = { ...fields, [name]: 'X222XX22' }
    expect(await good('PUT', one, { json: changed })).toMatchObject(changed)
    expect(rows(await good('GET', path), key)).toContainEqual(expect.objectContaining({ id: made['id'], ...changed }))
    await good('DELETE', one)
    expect(await refused('GET', one)).toBe(404)
    expect(await refused('DELETE', one)).toBe(404)
  })

  it('are back as they were after a reset', async () => {
    await good('DELETE', `/cameras/${entrance!.uuid}`)
    site.switches.set({ tsUnit: 's' })
    site.reset()
    expect((await good('GET', `/cameras/${entrance!.uuid}`))['name']).toBe('Entrance')
    expect(site.switches.values.tsUnit).toBe('ms')
  })

  it.each([
    ['a place with plans', '/places/1'],
    ['a plan with cameras', '/plans/1'],
    ['a group with users', '/groups/1'],
    ['a role with users', '/roles/1'],
    ['an organization with users', '/organizations/1'],
    ['a list with faces', '/facelists/1'],
    ['a list with plates', '/platelists/1'],
  ])('%s stays', async (_, path) => {
    expect(await refused('DELETE', path)).toBe(400)
  })

  it.each([
    ['/facelists', { name: 'Employees' }],
    ['/plates', { number: 'A123BC77' }],
    ['/cameras', { name: 'a', source: {}, place_id: 99 }],
    ['/plans', { name: 'a', place_id: 1, image_id: 'none' }],
    ['/users', { first_name: '', last_name: '', email: 'operator', password: 'a', group_ids: [], role_id: 1 }],
  ])('%s refuses what is taken or unknown: %j', async (path, json) => {
    expect(await refused('POST', path, { json })).toBe(400)
  })
})

describe('memberships', () => {
  it('a face is on a list once, and counted', async () => {
    await good('POST', '/facelists/3/faces/8')
    expect(await refused('POST', '/facelists/3/faces/8')).toBe(400)
    expect((await good('GET', '/facelists/3'))['face_count']).toBe(1)
    expect(rows(await good('GET', '/facelists/3/faces'), 'faces')).toMatchObject([{ id: 8 }])
    await good('DELETE', '/facelists/3/faces/8')
    expect((await good('GET', '/facelists/3'))['face_count']).toBe(0)
  })

  it('a user is in one group at most', async () => {
    const free = rows(await good('GET', '/users?without_groups=true&limit=100'), 'users').map(({ id }) => id)
    expect(free.length).toBeGreaterThan(0)
    await good('POST', '/groups/5/members', { json: { user_ids: [free[0]] } })
    expect(await refused('POST', '/groups/4/members', { json: { user_ids: [free[0]] } })).toBe(400)
    expect(await good('GET', `/users/${String(free[0])}`)).toMatchObject({ groups: [{ id: 5, name: 'Empty group' }] })
    await good('DELETE', '/groups/5/members', { json: { user_ids: [free[0]] } })
    expect(rows(await good('GET', '/groups/5/members'), 'users')).toEqual([])
  })

  it('a place of a group narrows cameras', async () => {
    const cameras = rows(await good('GET', '/cameras?group_id=1'), 'cameras')
    expect(new Set(cameras.map((camera) => camera['place_id']))).toEqual(new Set([1]))
    await good('DELETE', '/groups/1/places', { json: { place_ids: [1] } })
    expect(rows(await good('GET', '/cameras?group_id=1'), 'cameras')).toEqual([])
  })

  it('a camera keeps its place on a plan until it goes', async () => {
    const path = `/plans/1/cameras/${entrance!.uuid}/position`
    expect(await good('PUT', path, { json: { x: 0.25 } })).toMatchObject({ x: 0.25, y: 0.5, plan_id: 1 })
    const onPlan = rows(await good('GET', '/plans/1/cameras'), 'cameras')
    expect(onPlan[0]).toMatchObject({ camera_id: entrance!.uuid, x: 0.25, y: 0.5 })
    expect(await refused('POST', '/plans/1/cameras', { json: { camera_ids: [siteCameras[2]!.uuid] } })).toBe(400)
    await good('DELETE', `/cameras/${entrance!.uuid}`)
    expect(rows(await good('GET', '/plans/1/cameras'), 'cameras')).toHaveLength(onPlan.length - 1)
  })

  it('places are found around a position', async () => {
    const near = await good('GET', '/places?latitude=59.9386&longitude=30.3141&radius=1000')
    expect(rows(near, 'places').map(({ id }) => id)).toEqual([1, 2, 3])
    expect(await refused('GET', '/places?latitude=59.9386')).toBe(400)
  })
})

describe('uploads', () => {
  async function upload(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<AskedAnswer> {
    const form = new FormData()
    form.append('upload_data', new Blob([bytes], { type: 'image/jpeg' }), 'a.jpg')
    const response = new Response(form)
    const headers = { 'content-type': response.headers.get('content-type') ?? '' }
    return ask('POST', path, { headers, bytes: Buffer.from(await response.arrayBuffer()) })
  }

  const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])

  it('give their bytes back and can become the image of a face', async () => {
    const answer = (await upload('/api/v1/uploads?kind=face_image', jpeg)).json as Json
    const [made] = rows(answer, 'uploads')
    expect(made).toMatchObject({ mime_type: 'image/jpeg', kind: 'face_image', meta: { descriptor: {} } })
    const content = await ask('GET', `/api/v1/uploads/${String(made!['id'])}/content`)
    expect(content.text).toBe(Buffer.from(jpeg).toString())
    const json = { image_ids: [made!['id']] }
    expect(rows(await good('POST', '/faces/9/images', { json }), 'faceimages')).toHaveLength(1)
    expect(await refused('POST', '/faces/8/images', { json })).toBe(400)
    expect(rows(await good('DELETE', '/faces/9/images', { json }), 'faceimages')).toEqual([])
  })

  it('are pictures', async () => {
    expect((await upload('/api/v1/uploads?kind=plan', new Uint8Array([1, 2, 3]))).status).toBe(400)
    expect((await upload('/api/v1/uploads/meta', new Uint8Array())).status).toBe(400)
    expect((await upload('/api/v1/uploads?kind=poster', jpeg)).status).toBe(422)
  })
})

describe('camera devices', () => {
  const device = `/onvif/${entrance!.uuid}`

  it('keep what is written to them', async () => {
    await good('PUT', `${device}/image/brightness`, { json: { value: 70 } })
    await good('PUT', `${device}/image/wb`, { json: { mode: 'MANUAL', cr_gain: 10 } })
    expect(await good('GET', `${device}/image`)).toMatchObject({
      brightness: { current_value: 70 },
      white_balance: { current_mode: 'MANUAL', current_cr_gain_value: 10, current_cb_gain_value: 50 },
    })
    await good('PUT', `${device}/network`, { json: { http: 8080 } })
    expect(await good('GET', `${device}/network`)).toMatchObject({ http: { port: 8080, enabled: true } })
    const encoder = { stream_profile: 'SUB_STREAM_1', encoder: 'H264', resolution: '1280x720', framerate: 10 }
    await good('PUT', `${device}/stream/encoder`, { json: { ...encoder, bitrate: 800 } })
    const streams = rows(await good('GET', `${device}/streams`), 'streams')
    expect(streams[1]).toMatchObject({ current_resolution: '1280x720', current_framerate: 10, current_bitrate: 800 })
    expect(streams[0]).toMatchObject({ current_resolution: '1920x1080' })
  })

  it('move, and come back', async () => {
    const position = async (): Promise<unknown> =>
      ((await good('GET', `${device}/ptz`))['pan_tilt'] as Json)['current_position']
    await good('PUT', `${device}/ptz`, { json: { move: 'RIGHT_UP', step: 10 } })
    expect(await position()).toEqual({ x: 0.2, y: 0.2 })
    await good('POST', `${device}/ptz/preset`, { json: { preset_name: 'Door' } })
    await good('PUT', `${device}/ptz/home/apply`)
    expect(await position()).toEqual({ x: 0, y: 0 })
    await good('POST', `${device}/ptz/preset/apply`, { json: { preset_name: 'Door' } })
    expect(await position()).toEqual({ x: 0.2, y: 0.2 })
    await good('DELETE', `${device}/ptz/preset`, { json: { preset_name: 'Door' } })
    expect((await good('GET', `${device}/ptz/presets`))['presets']).toEqual(['Gate'])
  })

  it.each([
    ['PUT', `${device}/image/contrast`, { value: 101 }, 'onvif_invalid_argument'],
    ['PUT', `${device}/network`, { rtsp: 0 }, 'onvif_invalid_argument'],
    ['PUT', `${device}/users/nobody`, { password: 'a' }, 'onvif_invalid_argument'],
    ['POST', `${device}/ptz/preset/apply`, { preset_name: 'None' }, 'onvif_invalid_argument'],
    ['GET', `/onvif/${siteCameras[15]!.uuid}`, undefined, 'onvif_not_configured'],
    ['GET', `/onvif/${siteCameras[1]!.uuid}/ptz`, undefined, 'onvif_unsupported_action'],
  ])('%s %s %j is refused', async (method, path, json, status) => {
    const options = json === undefined ? {} : { json }
    expect(await ask(method, `/api/v1${path}`, options)).toMatchObject({ status: 400, json: { status } })
  })

  it('can be out of reach', async () => {
    site.switches.set({ onvifFault: 'onvif_unauthenticated' })
    expect((await ask('GET', `/api/v1${device}`)).json).toMatchObject({ status: 'onvif_unauthenticated' })
    site.switches.set({ onvifFault: 'temporarily_unavailable' })
    expect(await refused('GET', device)).toBe(503)
  })
})

describe('the audit trail', () => {
  it('gets what was changed, and is filtered', async () => {
    clockMs += 1000
    await good('PUT', `/onvif/${entrance!.uuid}/image/brightness`, { json: { value: 1 } })
    const [newest] = rows(await good('GET', '/auditlogs'), 'auditlogs')
    expect(newest).toMatchObject({ action_type: 'onvif_image_update', user_id: 1, user_email: 'operator' })
    expect(await good('GET', `/auditlogs/${String(newest!['id'])}`)).toEqual(newest)
    const logins = '/auditlogs?action_types=user_login&action_types=role_update&user_ids=1&user_ids=2&limit=100'
    const some = rows(await good('GET', logins), 'auditlogs')
    expect(new Set(some.map((record) => record['action_type']))).toEqual(new Set(['user_login', 'role_update']))
    const [oldest] = rows(await good('GET', '/auditlogs?order_by=created_at'), 'auditlogs')
    expect(String(oldest!['created_at']) >= new Date(clockMs - dayMs).toISOString()).toBe(true)
  })
})

describe('the own account', () => {
  it('changes its names, password and e-mail', async () => {
    await good('PUT', '/users/me', { json: { first_name: 'A', last_name: 'B' } })
    expect(await good('GET', '/users/me')).toMatchObject({ first_name: 'A', is_superuser: true })
    const wrong = { old_password: 'wrong', new_password: 'new' }
    expect(await refused('PUT', '/users/me/password', { json: wrong })).toBe(422)
    await good('PUT', '/users/me/password', { json: { old_password: 'right password', new_password: 'new' } })
    const taken = { password: 'new', email: 'user2@site.example' }
    expect(await refused('PUT', '/users/me/email', { json: taken })).toBe(422)
    expect(await good('PUT', '/users/me/email', { json: { ...taken, email: 'me@site.example' } })).toMatchObject({
      email: 'me@site.example',
    })
  })
})
