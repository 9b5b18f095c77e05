// The API server of the vms dialect: document 001, with the faults an installation can show.
// Knows nothing of sockets or processes.
import { randomBytes, randomUUID } from 'node:crypto'
import type { ChildSettings } from '../../child-control.ts'
import type { Answer, ApiRequest } from '../api-server.ts'
import { describeForVms } from '../faults.ts'
import { createOpenApi } from '../openapi.ts'
import type { Match, OpenApi } from '../openapi.ts'
import { readOpenApiDocument } from '../openapi-document.ts'
import { createOutage } from '../switches.ts'
import type { Switches } from '../switches.ts'
import { readPermissions, seedPeople } from '../vms-data/seed-people.ts'
import { seedSite } from '../vms-data/seed-site.ts'
import { handleAccount, listPermissions } from './account.ts'
import { answerIndexFile, handleArchive } from './archive.ts'
import { handleAudit, recordAction, seedAuditTrail } from './audit.ts'
import { InvalidValue, Refusal } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { handleEvents } from './events.ts'
import { handleFacesAndPlates } from './lists.ts'
import { handleOnvif } from './onvif.ts'
import { handlePeople } from './people.ts'
import { findAuditAction, findPermission } from './permissions.ts'
import { handlePlaces } from './places.ts'
import { handleService } from './service.ts'
import { handleStats } from './stats.ts'
import { createStore } from './store.ts'
import { handleStreams } from './streams.ts'
import { createTokenBook } from './tokens.ts'
import type { TokenBook } from './tokens.ts'
import { handleUploads } from './uploads.ts'
import { handleVideoClips } from './video-clips.ts'
import type { VmsContext, VmsSwitches } from './vms-context.ts'
import { createVmsSwitches } from './vms-switches.ts'

export interface VmsSite {
  readonly switches: Switches<VmsSwitches>
  /** Ids of the operations that have a handler. */
  readonly handledOperations: readonly string[]
  respond(request: ApiRequest): Promise<Answer>
  /** Back to the default behaviour and the data of the start; tokens stay good, also those that were revoked. */
  reset(): void
}

/** What this server may answer beyond the list of an operation (notes G01, G06); names of components.schemas. */
const furtherStatuses: ReadonlyMap<number, string> = new Map([
  [403, 'Forbidden'],
  [422, 'ValidationError'],
])

function refuse(refusal: Refusal, headers?: Readonly<Record<string, string>>): Answer {
  const json = { status: refusal.status, status_code: refusal.statusCode, detail: refusal.message }
  return headers === undefined ? { status: refusal.statusCode, json } : { status: refusal.statusCode, headers, json }
}

interface World {
  readonly permissions: readonly string[]
  readonly context: VmsContext
  readonly tokens: TokenBook
  readonly handlers: Handlers
}

function createWorld(
  permissions: readonly string[],
  settings: ChildSettings,
  switches: Readonly<VmsSwitches>,
  nowMs: number,
): World {
  const store = createStore(randomUUID)
  const run = randomBytes(4).toString('hex')
  const context = { store, switches, settings, run, makeUuid: randomUUID }
  const seededAtMs = nowMs - 30 * 86_400_000
  seedPeople(store, permissions, { username: settings.vmsUsername, password: settings.vmsPassword }, seededAtMs)
  seedSite(store, seededAtMs)
  seedAuditTrail(context, ['camera_update', 'user_login', 'user_logout', 'place_update', 'role_update'], nowMs)
  const tokens = createTokenBook(context)
  const handlers = {
    ...tokens.handlers,
    ...handleAccount(context, permissions),
    ...handleArchive(context),
    ...handleAudit(context),
    ...handleEvents(context),
    ...handleFacesAndPlates(context),
    ...handleOnvif(context),
    ...handlePeople(context),
    ...handlePlaces(context),
    ...handleService(),
    ...handleStats(context),
    ...handleStreams(context),
    ...handleUploads(context),
    ...handleVideoClips(context),
  }
  return { permissions, context, tokens, handlers }
}

/** Refuses a call without a good token (401) or without the permission of the operation (403). */
function checkUser(world: World, { operation }: Match, user: Call['user']): void {
  if (operation.token !== 'required') return
  if (user === null) throw new Refusal(401, 'unauthenticated', 'the access token is missing or not valid')
  const needed = findPermission(operation.id)
  if (needed === undefined || listPermissions(world.context, user, world.permissions).includes(needed)) return
  throw new Refusal(403, 'unauthorized', `the permission ${needed} is missing`)
}

/** The answer, or a 500 with a line on standard error when the document does not allow it. */
function checkOwnAnswer(api: OpenApi, { operation }: Match, answer: Answer): Answer {
  const mediaType =
    answer.json === undefined ? (answer.bytes === undefined ? null : 'application/octet-stream') : 'application/json'
  const departures = api.checkAnswer(
    operation,
    { status: answer.status, mediaType, json: answer.json },
    furtherStatuses,
  )
  if (departures.length === 0) return answer
  process.stderr.write(`vms: ${departures.join('; ')}\n`)
  return { status: 500, json: { status: 'internal_server_error', status_code: 500, detail: 'see the server log' } }
}

function answerFailure(error: unknown): Answer {
  if (error instanceof InvalidValue) return { status: 422, json: describeForVms([error.fault]) }
  if (!(error instanceof Refusal)) throw error
  return error.statusCode === 401 ? refuse(error, { 'www-authenticate': 'Bearer' }) : refuse(error)
}

async function answerMatch(
  api: OpenApi,
  world: World,
  match: Match,
  request: ApiRequest,
  nowMs: number,
): Promise<Answer> {
  const { operation, path } = match
  const { url, headers, body } = request
  const user = world.tokens.findUser(headers['authorization'], nowMs)
  checkUser(world, match, user)
  const checked = await api.checkRequest(operation, { path, query: url.searchParams, headers, body })
  if ('faults' in checked) return { status: 422, json: describeForVms(checked.faults) }
  const handler = world.handlers[operation.id]
  if (handler === undefined) throw new Error(`no handler for ${operation.id}`)
  const call = { operation, ...checked.request, user, nowMs, origin: url.origin }
  const answer = handler(call)
  const action = findAuditAction(operation.id)
  if (action !== undefined) recordAction(world.context, action, call, '127.0.0.1')
  return answer
}

/** `api` may be shared: it takes a while to read the document and to compile its schemas. */
export function createVmsSite(
  settings: ChildSettings,
  nowMs: () => number,
  api: OpenApi = createOpenApi(readOpenApiDocument('vms')),
): VmsSite {
  const permissions = readPermissions(api)
  const switches = createVmsSwitches()
  const findOutage = createOutage(switches.values)
  let world = createWorld(permissions, settings, switches.values, nowMs())
  return {
    switches,
    handledOperations: Object.keys(world.handlers),
    async respond(request) {
      const outage = findOutage(nowMs())
      if (outage !== null) {
        const status = outage.status === 503 ? 'temporarily_unavailable' : 'too_many_requests'
        return refuse(new Refusal(outage.status, status, 'try again later'), { 'retry-after': outage.retryAfter })
      }
      const indexFile = answerIndexFile(world.context, request, nowMs())
      if (indexFile !== null) return indexFile
      const match = api.route(request.method, request.url.pathname)
      if (match === null) return refuse(new Refusal(404, 'not_found', 'there is no such path'))
      const answer = await answerMatch(api, world, match, request, nowMs()).catch(answerFailure)
      // 401 is listed for signing in only, and every operation may answer it (note G01).
      return answer.status === 401 ? answer : checkOwnAnswer(api, match, answer)
    },
    reset() {
      switches.reset()
      world = createWorld(permissions, settings, switches.values, nowMs())
    },
  }
}
