// Every operation of both documents, asked rightly and wrongly: the pretend installation answers as the documents say.
// Must not know the client.
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRequest } from '../site/api/examples/example-values.ts'
import type { Known } from '../site/api/examples/example-values.ts'
import { sendRequest } from '../site/api/examples/send-request.ts'
import type { OperationRequest, Origin, SentAnswer } from '../site/api/examples/send-request.ts'
import { spoilRequest } from '../site/api/examples/spoil-request.ts'
import { learnKnown, prepareOperations } from '../site/api/examples/vms-known.ts'
import type { Ask } from '../site/api/examples/vms-known.ts'
import { createOpenApi } from '../site/api/openapi.ts'
import type { OpenApi } from '../site/api/openapi.ts'
import { readOpenApiDocument } from '../site/api/openapi-document.ts'
import type { OpenApiDocument, Operation } from '../site/api/openapi-document.ts'
import { readMediaType } from '../site/api/request-body.ts'
import { startSite } from '../site/start-site.ts'
import type { Site } from '../site/start-site.ts'
import { ensureCertificate } from '../site/tls.ts'

const nowMs = Date.now()
const cacheFolder = path.resolve(import.meta.dirname, '../../.cache/site')

const vms = readOpenApiDocument('vms')
const vsaas = readOpenApiDocument('vsaas')
const vmsApi = createOpenApi(vms)
const vsaasApi = createOpenApi(vsaas)

let site: Site
let vmsOrigin: Origin
let vsaasOrigin: Origin
let vmsHeaders: Record<string, string>
let vmsKnown: Known
let preparations: ReturnType<typeof prepareOperations>

function findOperation(document: OpenApiDocument, id: string): Operation {
  const operation = document.operations.find((one) => one.id === id)
  if (operation === undefined) throw new Error(`no operation ${id}`)
  return operation
}

function readJson({ bytes }: SentAnswer): Record<string, unknown> {
  return JSON.parse(bytes.toString()) as Record<string, unknown>
}

/** Statuses that operations answer although their list lacks them (notes G01, G06). */
const furtherStatuses = new Map([[422, 'ValidationError']])

function expectDocumented(api: OpenApi, operation: Operation, answer: SentAnswer): void {
  const type = answer.headers['content-type']
  const mediaType = typeof type === 'string' ? readMediaType(type) : null
  const json: unknown = mediaType === 'application/json' ? JSON.parse(answer.bytes.toString()) : undefined
  expect(api.checkAnswer(operation, { status: answer.status, mediaType, json }, furtherStatuses)).toEqual([])
}

/** Keys of what a list or search should hold and does not. */
function listEmpty({ id }: Operation, answer: SentAnswer): string[] {
  if (!/^(list|search)/.test(id)) return []
  return Object.entries(readJson(answer))
    .filter(([, value]) => Array.isArray(value) && value.length === 0)
    .map(([key]) => key)
}

const ask: Ask = async (operationId, known = {}) => {
  const operation = findOperation(vms, operationId)
  const choice = { known, headers: vmsHeaders, sends: (name: string) => name in known }
  const answer = await sendRequest(vmsOrigin, operation, makeRequest(vms.root, operation, choice))
  expect(answer.status, `${operationId}: ${answer.bytes.toString()}`).toBe(200)
  return readJson(answer)
}

async function signIn(): Promise<Record<string, unknown>> {
  const { username, password } = site.vms
  const body = { mediaType: 'application/x-www-form-urlencoded', value: { grant_type: 'password', username, password } }
  const request = { path: {}, query: {}, headers: {}, body }
  return readJson(await sendRequest(vmsOrigin, findOperation(vms, 'createToken'), request))
}

beforeAll(async () => {
  site = await startSite({ cacheFolder })
  const certificates = await Promise.all(
    ['vms', 'vsaas'].map((name) => ensureCertificate(cacheFolder, name, nowMs).then((one) => one.certificatePem)),
  )
  vmsOrigin = { url: site.vms.url, certificatePem: certificates[0]! }
  vsaasOrigin = { url: site.vsaas.url, certificatePem: certificates[1]! }
  vmsHeaders = { authorization: `Bearer ${String((await signIn())['access_token'])}` }
  vmsKnown = await learnKnown(ask, nowMs)
  preparations = prepareOperations(ask, vmsKnown, nowMs)
})

afterAll(() => site.close())

/** Parameters that narrow each other to nothing, or may not be sent together. */
const leftOutByOperation: Readonly<Record<string, readonly string[]>> = {
  listEvents: ['place_id', 'group_id'],
  listEventMatches: ['place_id', 'group_id'],
  // A clip changes its state while the test runs.
  listVideoClips: ['status'],
}

async function makeTokenKnown(operationId: string): Promise<Known> {
  const { username, password } = site.vms
  if (operationId === 'createToken') return { username, password }
  const pair = await signIn()
  return { refresh_token: pair['refresh_token'], token: pair['access_token'], token_type_hint: 'access_token' }
}

async function makeValidRequest(operation: Operation): Promise<OperationRequest> {
  const own = operation.id.endsWith('Token')
    ? await makeTokenKnown(operation.id)
    : ((await preparations[operation.id]?.()) ?? {})
  const leftOut = ['cursor', ...(leftOutByOperation[operation.id] ?? [])]
  const sends = (name: string): boolean => !leftOut.includes(name)
  const { username: email, password } = site.vms
  const account: Known = { email, password, old_password: password, new_password: password }
  const known = { ...vmsKnown, ...(/^updateCurrentUser/.test(operation.id) ? account : {}), ...own }
  return makeRequest(vms.root, operation, { known, headers: vmsHeaders, sends })
}

describe('the documents', () => {
  it('have 156 operations', () => {
    expect([vms.operations.length, vsaas.operations.length]).toEqual([153, 3])
  })
})

describe('vms', () => {
  it.each(vms.operations.map((operation) => [operation.id, operation] as const))('%s', async (_, operation) => {
    const request = await makeValidRequest(operation)
    const answer = await sendRequest(vmsOrigin, operation, request)
    expect([200, 204], answer.bytes.toString('utf8', 0, 500)).toContain(answer.status)
    expectDocumented(vmsApi, operation, answer)
    // An empty list fits any schema.
    expect(listEmpty(operation, answer)).toEqual([])

    const spoilt = spoilRequest(vms.root, operation, request)
    const refusal = await sendRequest(vmsOrigin, operation, spoilt.request)
    expect(refusal.status, `${spoilt.fault}: ${refusal.bytes.toString('utf8', 0, 500)}`).toBe(spoilt.status)
    if (spoilt.status === 401) expect(readJson(refusal)).toMatchObject({ status_code: 401 })
    else expectDocumented(vmsApi, operation, refusal)
  })
})

describe('vsaas', () => {
  const known: Known = {
    camera: 1001,
    cameras_ids: [1001],
    cameras_uuid: ['ext-0002'],
    from: new Date(nowMs - 3_600_000).toISOString(),
    to: new Date(nowMs).toISOString(),
    'X-Client': 'thick-legal',
    Hl: 'en',
    hl: 'en',
  }
  it.each(vsaas.operations.map((operation) => [operation.id, operation] as const))('%s', async (_, operation) => {
    const token = operation.id === 'listBillingCameras' ? site.vsaas.integratorToken : site.vsaas.token
    const headers = { authorization: `Bearer ${token}` }
    const request = makeRequest(vsaas.root, operation, { known, headers, sends: () => true })
    const answer = await sendRequest(vsaasOrigin, operation, request)
    expect(answer.status, answer.bytes.toString()).toBe(200)
    expectDocumented(vsaasApi, operation, answer)

    const spoilt = spoilRequest(vsaas.root, operation, request)
    const refusal = await sendRequest(vsaasOrigin, operation, spoilt.request)
    expect(refusal.status, spoilt.fault).toBe(422)
    expectDocumented(vsaasApi, operation, refusal)
  })
})

describe('links', () => {
  const toMs = Math.floor((nowMs - 3 * 3_600_000) / 3_600_000) * 3_600_000 + 20_000
  const period = { from: new Date(toMs - 10_000).toISOString(), to: new Date(toMs).toISOString() }

  /** Fetched without TLS: the certificate of the media server is a matter of its own tests. */
  async function fetchMedia(link: unknown): Promise<{ status: number; sizeBytes: number }> {
    const url = new URL(new URL(String(link)).pathname, site.media.httpUrl)
    const response = await fetch(url, { signal: AbortSignal.timeout(60_000) })
    return { status: response.status, sizeBytes: (await response.arrayBuffer()).byteLength }
  }

  it('of vsaas archives, vms segments and vms clips lead to media', async () => {
    const headers = { authorization: `Bearer ${site.vsaas.token}`, 'x-client': 'thick-legal' }
    const request = { path: { camera: 1001 }, query: period, headers }
    const ordered = await sendRequest(vsaasOrigin, findOperation(vsaas, 'getArchiveLink'), request)
    const archive = await fetchMedia(readJson(ordered)['link'])
    expect(archive.status).toBe(200)
    expect(archive.sizeBytes).toBeGreaterThan(100_000)

    const { stream_id, camera_id } = vmsKnown
    const { segments } = await ask('listSegments', { stream_id, ts_from: toMs - 10_000, ts_to: toMs })
    expect(segments).toHaveLength(1)
    expect((await fetchMedia((segments as Known[])[0]!['segment_url'])).status).toBe(200)

    await site.vms.control.set({ clipMs: 0 })
    const range = { range_start: period.from, range_end: period.to }
    const { result } = await ask('createVideoClip', { camera_id, ...range })
    expect(await fetchMedia((result as Known)['url'])).toMatchObject({ status: 200 })
  })
})

describe('the processes', () => {
  it('refuse a switch they do not have', async () => {
    await expect(site.vms.control.set({ colour: 'red' })).rejects.toThrow('no such switch: colour')
  })

  it('answer a body that is too large', async () => {
    const body = { mediaType: 'application/json', value: { name: 'x'.repeat(17 * 1024 * 1024) } }
    const request = { path: {}, query: {}, headers: vmsHeaders, body }
    expect((await sendRequest(vmsOrigin, findOperation(vms, 'createFaceList'), request)).status).toBe(413)
  })

  it('keep sessions over a restart', async () => {
    const other = await startSite({ only: ['vms'], cacheFolder })
    try {
      const origin = { ...vmsOrigin, url: other.vms.url }
      const operation = findOperation(vms, 'getCurrentUser')
      const request = { path: {}, query: {}, headers: vmsHeaders }
      expect((await sendRequest(origin, operation, request)).status).toBe(200)
      await other.vms.control.restart?.()
      expect((await sendRequest(origin, operation, request)).status).toBe(200)
    } finally {
      await other.close()
    }
  })
})

describe('the log', () => {
  it('holds every request with its headers', async () => {
    const headers = { authorization: `Bearer ${site.vsaas.token}`, 'x-client': 'thick-legal' }
    const request = { path: { camera: 1002 }, query: { from: '2026-01-01', to: '2026-01-02' }, headers }
    await sendRequest(vsaasOrigin, findOperation(vsaas, 'getArchiveLink'), request)
    const records = await site.vsaas.control.log()
    const link = records.find(({ url }) => url.includes('/cameras/1002/archive/link'))
    expect(link).toMatchObject({ method: 'GET', status: 200, finished: true })
    expect(link?.headers['authorization']).toBe(`Bearer ${site.vsaas.token}`)
    expect(link?.headers['x-client']).toBe('thick-legal')
    expect(link?.bytesSent).toBeGreaterThan(0)
  })
})
