// The API server of the vsaas dialect: documents 000, 002, 003 and 004, with the faults an installation can show.
// Knows nothing of sockets or processes.
import { randomBytes } from 'node:crypto'
import type { ChildSettings } from '../../child-control.ts'
import { makeLinkToken } from '../../link-token.ts'
import { siteCameras } from '../../world.ts'
import type { Answer, ApiRequest } from '../api-server.ts'
import { describeForVsaas, readLanguage } from '../faults.ts'
import type { Fault, Language } from '../faults.ts'
import { createOpenApi } from '../openapi.ts'
import type { CheckedRequest } from '../openapi.ts'
import { readOpenApiDocument } from '../openapi-document.ts'
import { createOutage, createSwitches, outageDefaults, outageSchemas } from '../switches.ts'
import type { OutageValues, Switches } from '../switches.ts'
import { listBillingCameras } from './billing.ts'
import type { BillingSelection } from './billing.ts'
import { createOrderHistory, describeOrder } from './history.ts'
import type { OrderHistory } from './history.ts'
import { readMoment } from './moments.ts'
import { makePage } from './pages.ts'
import { refuse, takesJson, turnIntoPage } from './refusals.ts'

export interface VsaasSwitches extends OutageValues {
  zoneMinutes: number
  misreadZoneMinutes: number | null
  /** False: both tokens are answered as if they had run out or been revoked. */
  tokensValid: boolean
  /** True: 402 to everything. */
  licenceProblem: boolean
  /** What `meta.from` and `meta.to` of an empty page are: the document does not say (note V29). */
  emptyPageBounds: 'zero' | 'null'
}

export interface VsaasSite {
  readonly switches: Switches<VsaasSwitches>
  respond(request: ApiRequest): Promise<Answer>
  /** Back to the default behaviour and the history of the start. */
  reset(): void
}

const zoneSchema = { type: 'integer', minimum: -14 * 60, maximum: 14 * 60 }
const perPageLimit = 500

function createVsaasSwitches(): Switches<VsaasSwitches> {
  return createSwitches<VsaasSwitches>(
    {
      ...outageDefaults,
      zoneMinutes: 0,
      misreadZoneMinutes: null,
      tokensValid: true,
      licenceProblem: false,
      emptyPageBounds: 'zero',
    },
    {
      ...outageSchemas,
      zoneMinutes: zoneSchema,
      misreadZoneMinutes: { ...zoneSchema, type: ['integer', 'null'] },
      tokensValid: { type: 'boolean' },
      licenceProblem: { type: 'boolean' },
      emptyPageBounds: { enum: ['zero', 'null'] },
    },
  )
}

type Period = { readonly fromMs: number; readonly toMs: number }

function emptyBounds(json: unknown): unknown {
  const page = json as { data: readonly unknown[]; meta: object }
  return page.data.length > 0 ? page : { ...page, meta: { ...page.meta, from: null, to: null } }
}

export function createVsaasSite(settings: ChildSettings, nowMs: () => number): VsaasSite {
  const api = createOpenApi(readOpenApiDocument('vsaas'))
  const switches = createVsaasSwitches()
  const { values } = switches
  const findOutage = createOutage(values)
  const mediaOrigin = `https://127.0.0.1:${settings.mediaHttpsPort}`
  function makeHistory(): OrderHistory {
    // The media server counts by link: numbers that begin anew must not meet the counts of former links.
    const run = randomBytes(4).toString('hex')
    return createOrderHistory(nowMs(), ({ id, camera, fromMs, toMs, orderedAtMs }) => {
      const payload = { link: `${run}-${id}`, camera: camera.number, fromMs, toMs, orderedAtMs }
      return `${mediaOrigin}/archive/${makeLinkToken(settings.linkSecret, payload)}`
    })
  }
  let history = makeHistory()

  function invalid(language: Language, ...faults: readonly Fault[]): Answer {
    return { status: 422, json: describeForVsaas(faults, language) }
  }

  function readPeriod({ query }: CheckedRequest): Period | Fault {
    const [fromMs, toMs] = ['from', 'to'].map((name) => readMoment(String(query[name]), values))
    const fault = { place: 'query', rule: 'format', wanted: 'date' } as const
    if (typeof fromMs !== 'number') return { ...fault, steps: ['from'] }
    if (typeof toMs !== 'number') return { ...fault, steps: ['to'] }
    if (fromMs >= toMs) return { place: 'query', steps: ['to'], rule: 'range', wanted: '> from' }
    return { fromMs, toMs }
  }

  function answerLink(request: CheckedRequest, client: string | undefined, language: Language): Answer {
    const camera = siteCameras.find(({ vsaasId }) => vsaasId === request.path['camera'])
    if (camera === undefined) return refuse(404, language)
    const period = readPeriod(request)
    if ('rule' in period) return invalid(language, period)
    // Other clients get no link and leave no record: their file is announced by a push (document 003).
    if (client !== 'thick-legal') return { status: 200, json: {} }
    const order = history.add(camera.number, period.fromMs, period.toMs, nowMs())
    return { status: 200, json: { link: order.url } }
  }

  function answerDownloads(request: CheckedRequest, url: URL, language: Language): Answer {
    const period = readPeriod(request)
    if ('rule' in period) return invalid(language, period)
    const { page, per_page: perPage } = request.query as { page: number; per_page: number }
    const fault = { place: 'query', rule: 'range' } as const
    if (page < 1) return invalid(language, { ...fault, steps: ['page'], wanted: '>= 1' })
    if (perPage < 1 || perPage > perPageLimit) {
      return invalid(language, { ...fault, steps: ['per_page'], wanted: `1–${perPageLimit}` })
    }
    const rows = history.list(period.fromMs, period.toMs).map((order) => describeOrder(order, nowMs(), values))
    const answer = { status: 200, json: makePage(rows, page, perPage, url) }
    return values.emptyPageBounds === 'null' ? { ...answer, depart: emptyBounds } : answer
  }

  function checkToken(headers: ApiRequest['headers'], operationId: string): 401 | 403 | null {
    const token = /^Bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1]
    const known = token === settings.vsaasToken || token === settings.vsaasIntegratorToken
    if (!known || !values.tokensValid) return 401
    const mayList = token === settings.vsaasIntegratorToken
    return operationId === 'listBillingCameras' && !mayList ? 403 : null
  }

  async function answer(request: ApiRequest, language: Language): Promise<Answer> {
    const { method, url, headers, body } = request
    const outage = findOutage(nowMs())
    if (outage !== null) return refuse(outage.status, language, { 'retry-after': outage.retryAfter })
    const match = api.route(method, url.pathname)
    if (match === null) return refuse(404, language)
    const { operation } = match
    const lacking = checkToken(headers, operation.id)
    if (lacking !== null) return refuse(lacking, language)
    if (values.licenceProblem) return refuse(402, language)
    const raw = { path: match.path, query: url.searchParams, headers, body }
    const checked = await api.checkRequest(operation, raw)
    if ('faults' in checked) return invalid(language, ...checked.faults)
    const answers: Record<string, () => Answer> = {
      listBillingCameras: () => ({
        status: 200,
        json: listBillingCameras(checked.request.body as BillingSelection, mediaOrigin, settings.linkSecret),
      }),
      getArchiveLink: () => answerLink(checked.request, headers['x-client'], language),
      listDownloads: () => answerDownloads(checked.request, url, language),
    }
    const given = answers[operation.id]!()
    const departures = api.checkAnswer(operation, {
      status: given.status,
      mediaType: 'application/json',
      json: given.json,
    })
    if (departures.length === 0) return given
    process.stderr.write(`vsaas: ${departures.join('; ')}\n`)
    return refuse(500, language)
  }

  return {
    switches,
    async respond(request) {
      const language = readLanguage(request.headers['hl'], request.url.searchParams.get('hl'))
      const given = await answer(request, language)
      return given.status >= 400 && !takesJson(request.headers) ? turnIntoPage(given, language) : given
    },
    reset() {
      switches.reset()
      history = makeHistory()
    },
  }
}
