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
import type { CheckedRequest, OpenApi } from '../openapi.ts'
import { readOpenApiDocument } from '../openapi-document.ts'
import { createOutage } from '../switches.ts'
import type { Switches } from '../switches.ts'
import { listBillingCameras } from './billing.ts'
import type { BillingSelection } from './billing.ts'
import { createOrderHistory, describeOrder } from './history.ts'
import type { OrderHistory } from './history.ts'
import { readMoment } from './moments.ts'
import { makePage } from './pages.ts'
import { refuse, takesJson, turnIntoPage } from './refusals.ts'
import { createVsaasSwitches } from './vsaas-switches.ts'
import type { VsaasSwitches } from './vsaas-switches.ts'

export interface VsaasSite {
  readonly switches: Switches<VsaasSwitches>
  respond(request: ApiRequest): Promise<Answer>
  /** Back to the default behaviour and the history of the start. */
  reset(): void
}

interface VsaasContext {
  readonly settings: ChildSettings
  readonly switches: Readonly<VsaasSwitches>
  readonly mediaOrigin: string
  history: OrderHistory
}

/** A checked request with what its answer depends on besides. */
interface VsaasCall extends CheckedRequest {
  readonly url: URL
  readonly client: string | undefined
  readonly language: Language
  readonly nowMs: number
}

type Handler = (context: VsaasContext, call: VsaasCall) => Answer

const perPageLimit = 500

function seedHistory({ linkSecret }: ChildSettings, mediaOrigin: string, nowMs: number): OrderHistory {
  // The media server counts by link: numbers that begin anew must not meet the counts of former links.
  const run = randomBytes(4).toString('hex')
  return createOrderHistory(nowMs, ({ id, camera, fromMs, toMs, orderedAtMs }) => {
    const payload = { link: `${run}-${id}`, camera: camera.number, fromMs, toMs, orderedAtMs }
    return `${mediaOrigin}/archive/${makeLinkToken(linkSecret, payload)}`
  })
}

function invalid(language: Language, ...faults: readonly Fault[]): Answer {
  return { status: 422, json: describeForVsaas(faults, language) }
}

function readPeriod({ switches }: VsaasContext, { query }: VsaasCall): { fromMs: number; toMs: number } | Fault {
  const [fromMs, toMs] = ['from', 'to'].map((name) => readMoment(String(query[name]), switches))
  const fault = { place: 'query', rule: 'format', wanted: 'date' } as const
  if (typeof fromMs !== 'number') return { ...fault, steps: ['from'] }
  if (typeof toMs !== 'number') return { ...fault, steps: ['to'] }
  if (fromMs >= toMs) return { place: 'query', steps: ['to'], rule: 'range', wanted: '> from' }
  return { fromMs, toMs }
}

function answerCameras({ settings, mediaOrigin }: VsaasContext, { body }: VsaasCall): Answer {
  return { status: 200, json: listBillingCameras(body as BillingSelection, mediaOrigin, settings.linkSecret) }
}

function answerLink(context: VsaasContext, call: VsaasCall): Answer {
  const camera = siteCameras.find(({ vsaasId }) => vsaasId === call.path['camera'])
  if (camera === undefined) return refuse(404, call.language)
  const period = readPeriod(context, call)
  if ('rule' in period) return invalid(call.language, period)
  // Other clients get no link and leave no record: their file is announced by a push (document 003).
  if (call.client !== 'thick-legal') return { status: 200, json: {} }
  const order = context.history.add(camera.number, period.fromMs, period.toMs, call.nowMs)
  return { status: 200, json: { link: order.url } }
}

function emptyBounds(json: unknown): unknown {
  const page = json as { data: readonly unknown[]; meta: object }
  return page.data.length > 0 ? page : { ...page, meta: { ...page.meta, from: null, to: null } }
}

function answerDownloads(context: VsaasContext, call: VsaasCall): Answer {
  const { language, nowMs } = call
  const period = readPeriod(context, call)
  if ('rule' in period) return invalid(language, period)
  const { page, per_page: perPage } = call.query as { page: number; per_page: number }
  const fault = { place: 'query', rule: 'range' } as const
  if (page < 1) return invalid(language, { ...fault, steps: ['page'], wanted: '>= 1' })
  if (perPage < 1 || perPage > perPageLimit) {
    return invalid(language, { ...fault, steps: ['per_page'], wanted: `1–${perPageLimit}` })
  }
  const orders = context.history.list(period.fromMs, period.toMs)
  const rows = orders.map((order) => describeOrder(order, nowMs, context.switches))
  const answer = { status: 200, json: makePage(rows, page, perPage, call.url) }
  return context.switches.emptyPageBounds === 'null' ? { ...answer, depart: emptyBounds } : answer
}

const handlers: Readonly<Record<string, Handler>> = {
  listBillingCameras: answerCameras,
  getArchiveLink: answerLink,
  listDownloads: answerDownloads,
}

/** The camera list is for outside systems: the token of a user may not read it. */
function checkToken(context: VsaasContext, headers: ApiRequest['headers'], operationId: string): 401 | 403 | null {
  const { vsaasToken, vsaasIntegratorToken } = context.settings
  const token = /^Bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1]
  const isKnown = token === vsaasToken || token === vsaasIntegratorToken
  if (!isKnown || !context.switches.tokensValid) return 401
  return operationId === 'listBillingCameras' && token !== vsaasIntegratorToken ? 403 : null
}

async function answerRequest(
  api: OpenApi,
  context: VsaasContext,
  request: ApiRequest,
  language: Language,
  nowMs: number,
): Promise<Answer> {
  const { method, url, headers, body } = request
  const match = api.route(method, url.pathname)
  if (match === null) return refuse(404, language)
  const { operation } = match
  const lacking = checkToken(context, headers, operation.id)
  if (lacking !== null) return refuse(lacking, language)
  if (context.switches.licenceProblem) return refuse(402, language)
  const checked = await api.checkRequest(operation, { path: match.path, query: url.searchParams, headers, body })
  if ('faults' in checked) return invalid(language, ...checked.faults)
  const call = { ...checked.request, url, client: headers['x-client'], language, nowMs }
  const answer = handlers[operation.id]!(context, call)
  const given = { status: answer.status, mediaType: 'application/json', json: answer.json }
  const departures = api.checkAnswer(operation, given)
  if (departures.length === 0) return answer
  process.stderr.write(`vsaas: ${departures.join('; ')}\n`)
  return refuse(500, language)
}

/** `api` may be shared: it takes a while to read the document and to compile its schemas. */
export function createVsaasSite(
  settings: ChildSettings,
  nowMs: () => number,
  api: OpenApi = createOpenApi(readOpenApiDocument('vsaas')),
): VsaasSite {
  const switches = createVsaasSwitches()
  const findOutage = createOutage(switches.values)
  const mediaOrigin = `https://127.0.0.1:${settings.mediaHttpsPort}`
  const history = seedHistory(settings, mediaOrigin, nowMs())
  const context: VsaasContext = { settings, switches: switches.values, mediaOrigin, history }
  return {
    switches,
    async respond(request) {
      const language = readLanguage(request.headers['hl'], request.url.searchParams.get('hl'))
      const outage = findOutage(nowMs())
      const answer =
        outage === null
          ? await answerRequest(api, context, request, language, nowMs())
          : refuse(outage.status, language, { 'retry-after': outage.retryAfter })
      return answer.status >= 400 && !takesJson(request.headers) ? turnIntoPage(answer, language) : answer
    },
    reset() {
      switches.reset()
      context.history = seedHistory(settings, mediaOrigin, nowMs())
    },
  }
}
