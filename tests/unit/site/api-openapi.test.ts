// The validator of the pretend installation: routing, exact types, and both dialects' words for what is wrong.
// Must not know the client.
import { describe, expect, it } from 'vitest'
import { describeForVms, describeForVsaas } from '../../site/api/faults.ts'
import type { Fault } from '../../site/api/faults.ts'
import { createOpenApi } from '../../site/api/openapi.ts'
import type { RequestCheck } from '../../site/api/openapi.ts'
import { parseOpenApiDocument, readOpenApiDocument } from '../../site/api/openapi-document.ts'
import { readTextValue } from '../../site/api/text-value.ts'

const vms = createOpenApi(readOpenApiDocument('vms'))
const vsaas = createOpenApi(readOpenApiDocument('vsaas'))
const uuid = '3f2b8f8e-5d0c-4c55-9d3e-0b1b9e1c2a10'

async function check(
  api: typeof vms,
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<RequestCheck> {
  const url = new URL(target, 'https://site.example')
  const match = api.route(method, url.pathname)
  if (match === null) throw new Error(`no route for ${method} ${target}`)
  const raw = { path: match.path, query: url.searchParams, headers, body: Buffer.from(body) }
  return api.checkRequest(match.operation, raw)
}

function faultsOf(result: RequestCheck): readonly Fault[] {
  return 'faults' in result ? result.faults : []
}

const json = { 'content-type': 'application/json; charset=utf-8' }

describe('route', () => {
  it.each([
    ['/api/v1/users/me', 'getCurrentUser', {}],
    ['/api/v1/users/7', 'getUser', { user_id: '7' }],
    ['/api/v1/streamstatuses/summary', 'getStreamStatusSummary', {}],
    ['/api/v1/segments/index', 'getSegmentIndex', {}],
    ['/api/v1/onvif/a%2Fb/network', 'getOnvifNetwork', { camera_id: 'a/b' }],
  ])('%s', (pathname, id, path) => {
    const match = vms.route('GET', pathname)
    expect([match?.operation.id, match?.path]).toEqual([id, path])
  })

  it.each(['/api/v1/nothing', '/api/v1/users/', '/api/v1/users/%E0%A4%A', '/api/v1/cameras/a/b'])(
    'knows no %s',
    (pathname) => {
      expect(vms.route('GET', pathname)).toBeNull()
    },
  )

  it('tells methods apart', () => {
    expect(vms.route('PATCH', '/api/v1/users/7')).toBeNull()
    expect(vms.route('DELETE', '/api/v1/users/7')?.operation.id).toBe('deleteUser')
  })
})

describe('texts', () => {
  it.each([
    ['integer', '12', { value: 12 }],
    ['integer', '-3', { value: -3 }],
    ['integer', '1.0', { wanted: 'integer' }],
    ['integer', '0x10', { wanted: 'integer' }],
    ['integer', '007', { wanted: 'integer' }],
    ['integer', '', { wanted: 'integer' }],
    ['integer', '99999999999999999999', { wanted: 'integer' }],
    ['number', '1.5e3', { value: 1500 }],
    ['number', 'Infinity', { wanted: 'number' }],
    ['boolean', 'true', { value: true }],
    ['boolean', '1', { wanted: 'boolean' }],
    ['string', '12', { value: '12' }],
  ])('%s %s', (type, text, expected) => {
    expect(readTextValue({ type }, [text])).toEqual(expected)
  })

  it('reads a repeated parameter as a list only where the schema is one', () => {
    const list = { type: 'array', items: { type: 'integer' } }
    expect(readTextValue(list, ['1', '2'])).toEqual({ value: [1, 2] })
    expect(readTextValue(list, ['1', 'x'])).toEqual({ wanted: 'array of integer' })
    expect(readTextValue({ type: 'integer' }, ['1', '2'])).toEqual({ wanted: 'a single value' })
  })
})

describe('requests', () => {
  it('gives values the types of the document', async () => {
    const result = await check(vms, 'GET', `/api/v1/segments?stream_id=${uuid}&ts_from=1&ts_to=2`)
    expect(result).toEqual({ request: { path: {}, query: { stream_id: uuid, ts_from: 1, ts_to: 2 }, body: undefined } })
  })

  it('names every fault at once', async () => {
    const faults = faultsOf(await check(vms, 'GET', '/api/v1/segments?stream_id=x&ts_from=y&more=1'))
    expect(faults.map(({ steps, rule }) => [steps[0], rule])).toEqual([
      ['stream_id', 'format'],
      ['ts_from', 'type'],
      ['ts_to', 'missing'],
      ['more', 'extra'],
    ])
  })

  it.each([
    ['limit=9', 'range'],
    ['limit=1001', 'range'],
    ['order_by=name', 'enum'],
    ['action_types=camera_create&action_types=no_such', 'enum'],
    ['created_at_from=2026-01-01', 'format'],
    ['created_at_from=2026-01-01T00:00:00', 'format'],
  ])('refuses ?%s', async (query, rule) => {
    expect(faultsOf(await check(vms, 'GET', `/api/v1/auditlogs?${query}`)).map((fault) => fault.rule)).toContain(rule)
  })

  it.each([
    ['{"name":""}', [['body', 'name', 'length']]],
    ['{"name":7}', [['body', 'name', 'type']]],
    ['{"name":"a","priority":"urgent"}', [['body', 'priority', 'enum']]],
    ['{', [['body', undefined, 'syntax']]],
    ['', [['body', undefined, 'missing']]],
  ])('refuses the body %s', async (body, expected) => {
    const faults = faultsOf(await check(vms, 'POST', '/api/v1/facelists', json, body))
    expect(faults.map(({ place, steps, rule }) => [place, steps[0], rule])).toEqual(expected)
  })

  it('refuses a body of another content type', async () => {
    const faults = faultsOf(await check(vms, 'POST', '/api/v1/facelists', { 'content-type': 'text/plain' }, '{}'))
    expect(faults).toEqual([{ place: 'body', steps: [], rule: 'syntax', wanted: 'application/json' }])
  })

  it('reads forms, and refuses a field that comes twice', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const good = await check(vms, 'POST', '/api/v1/token', form, 'grant_type=password&username=a%20b&password=%2B')
    expect(good).toMatchObject({ request: { body: { grant_type: 'password', username: 'a b', password: '+' } } })
    const bad = await check(vms, 'POST', '/api/v1/token', form, 'username=a&username=b')
    expect(faultsOf(bad)).toMatchObject([{ steps: ['username'], rule: 'type' }])
  })

  it('reads the files of a multipart form', async () => {
    const form = new FormData()
    form.append('upload_data', new Blob([new Uint8Array([0, 255, 13, 10])], { type: 'image/png' }), 'кадр.png')
    const response = new Response(form)
    const headers = { 'content-type': response.headers.get('content-type') ?? '' }
    const match = vms.route('POST', '/api/v1/uploads/meta')!
    const body = Buffer.from(await response.arrayBuffer())
    const result = await vms.checkRequest(match.operation, { path: {}, query: new URLSearchParams(), headers, body })
    const file = { name: 'кадр.png', mediaType: 'image/png', bytes: Buffer.from([0, 255, 13, 10]) }
    expect(result).toMatchObject({ request: { body: { upload_data: file } } })
  })

  it('takes a JSON body on GET, and header values of the document only', async () => {
    const list = '/api/v1/billing/cameras/list'
    expect(await check(vsaas, 'GET', list, json, '{"cameras_ids":[],"cameras_uuid":[],"login":"a"}')).toHaveProperty(
      'request',
    )
    const many = JSON.stringify({ cameras_ids: Array.from({ length: 31 }, (_, index) => index) })
    expect(faultsOf(await check(vsaas, 'GET', list, json, many))).toMatchObject([
      { steps: ['cameras_ids'], rule: 'length' },
    ])
    const link = '/api/v1/cameras/1/archive/link?from=a&to=b'
    expect(faultsOf(await check(vsaas, 'GET', link, { 'x-client': 'thick' }))).toMatchObject([
      { place: 'header', steps: ['X-Client'], rule: 'enum' },
    ])
  })
})

describe('words for faults', () => {
  const faults: Fault[] = [
    { place: 'query', steps: ['per_page'], rule: 'missing', wanted: '' },
    { place: 'body', steps: ['cameras_ids', '3'], rule: 'type', wanted: 'integer' },
  ]

  it('vms names place and steps', () => {
    expect(describeForVms(faults)).toEqual({
      status: 'unprocessable_entity',
      status_code: 422,
      detail: [
        { loc: ['query', 'per_page'], msg: 'The per_page field is required.', type: 'value_error.missing' },
        { loc: ['body', 'cameras_ids', '3'], msg: 'The 3 must be of type integer.', type: 'type_error' },
      ],
    })
  })

  it('vsaas names fields, in two languages', () => {
    expect(describeForVsaas(faults, 'en')).toEqual({
      message: 'The given data was invalid.',
      errors: {
        per_page: ['The per page field is required.'],
        'cameras_ids.3': ['The cameras ids.3 must be of type integer.'],
      },
    })
    expect(describeForVsaas(faults, 'ru')).toMatchObject({
      message: 'Указанные данные недействительны.',
      errors: { per_page: ['Поле per page обязательно для заполнения.'] },
    })
  })
})

describe('answers', () => {
  const operation = vms.operations.find(({ id }) => id === 'getCameraStats')!
  const answer = (status: number, value: unknown): string[] =>
    vms.checkAnswer(operation, { status, mediaType: 'application/json', json: value })

  it('fit', () => {
    expect(answer(200, { total_count: 1, active_count: 1 })).toEqual([])
    expect(answer(500, 'anything')).toEqual([])
  })

  it.each([
    [200, { total_count: 1 }, 'getCameraStats 200: active_count missing '],
    [200, { total_count: 1, active_count: '1' }, 'getCameraStats 200: active_count type integer'],
    [404, {}, 'getCameraStats 404: the document does not list this status'],
  ])('%i %j does not', (status, value, text) => {
    expect(answer(status, value)).toEqual([text])
  })

  it('of another media type do not', () => {
    const found = vms.checkAnswer(operation, { status: 200, mediaType: 'text/html', json: undefined })
    expect(found).toEqual(['getCameraStats 200: media type text/html is not in the document'])
  })

  it('without a body are only those the document has without one', () => {
    const removal = vms.operations.find(({ id }) => id === 'deleteVideoClip')!
    expect(vms.checkAnswer(removal, { status: 204, mediaType: null, json: undefined })).toEqual([])
    expect(vms.checkAnswer(removal, { status: 204, mediaType: 'application/json', json: {} })).toHaveLength(1)
    expect(vms.checkAnswer(operation, { status: 200, mediaType: null, json: undefined })).toHaveLength(1)
  })
})

describe('a document', () => {
  it('whose reference leads nowhere is refused', () => {
    const text = 'paths: { /a: { get: { operationId: a, parameters: [{ $ref: "#/components/parameters/B" }] } } }'
    expect(() => parseOpenApiDocument(text)).toThrow('components/parameters/B')
  })
})
