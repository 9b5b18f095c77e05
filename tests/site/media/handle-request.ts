// One request to the media server, from its head to its end: routes, refusals, then the file.
// Knows nothing of ports, certificates or processes.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { readLinkToken, type LinkPayload } from '../link-token.ts'
import type { RequestLog, RequestRecord } from '../request-log.ts'
import { findCamera } from '../world.ts'
import { answerFile } from './answer-file.ts'
import type { MediaBehaviour } from './behaviour.ts'
import type { LinkState, MediaState } from './link-state.ts'
import type { MediaCache } from './media-cache.ts'
import { toFrameSpans, type MediaSpec } from './media-spec.ts'
import { createPacer, type Pacer } from './pace.ts'
import * as refuse from './refuse.ts'

export interface RequestHandling {
  readonly linkSecret: string
  readonly cache: MediaCache
  readonly state: MediaState
  readonly log: RequestLog
  readonly behaviourOf: (camera: number) => MediaBehaviour
  readonly addresses: refuse.Addresses
  readonly nowMs: () => number
}

interface Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly record: RequestRecord
  readonly path: string
  readonly payload: LinkPayload
  readonly behaviour: MediaBehaviour
  readonly link: LinkState
}

const linkPath = /^\/(archive|file)\/([A-Za-z0-9_.-]{1,2000})$/
const pacers = new WeakMap<Socket, Pacer>()

function pacerOf(socket: Socket, nowMs: () => number): Pacer {
  const pacer = pacers.get(socket) ?? createPacer(nowMs)
  pacers.set(socket, pacer)
  return pacer
}

function sendRefusal(response: ServerResponse, { status, headers, text }: refuse.Refusal): void {
  const body = Buffer.from(`${text}\n`)
  const all = { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length, ...headers }
  response.writeHead(status, all).end(body)
}

function refuseBeforeFile(handling: RequestHandling, visit: Visit): refuse.Refusal | null {
  const { payload, behaviour, link, path } = visit
  const nowMs = handling.nowMs()
  const expired = refuse.refuseExpired(behaviour, payload, link, nowMs)
  if (expired !== null) return expired
  const refused = handling.state.busyCounts.get(payload.camera) ?? 0
  const busy = refuse.refuseBusy(behaviour.busy, refused, nowMs)
  if (busy !== null) {
    handling.state.busyCounts.set(payload.camera, refused + 1)
    return busy
  }
  if (path.startsWith('/archive/')) {
    const redirect = refuse.redirectArchive(behaviour.redirect, path, !link.wasRedirected, handling.addresses)
    link.wasRedirected ||= redirect !== null
    if (redirect !== null) return redirect
  }
  link.requests += 1
  if (link.requests <= behaviour.notFoundFirst) return { status: 404, text: 'not there yet' }
  return refuse.refuseRange(behaviour, payload)
}

function specOf({ payload, behaviour, link }: Visit): MediaSpec | null {
  const camera = findCamera(payload.camera)
  const spans = toFrameSpans(refuse.chooseIntervals(behaviour, payload))
  if (camera === undefined || spans.length === 0) return null
  const isChanged = behaviour.changeAfterRequests !== null && link.requests > behaviour.changeAfterRequests
  return { camera, spans, layout: behaviour.layout, variant: isChanged ? 1 : 0 }
}

/** Fires when the client has gone; destroys the response when the link's time is over. */
function watchEnd(
  { response, behaviour, payload }: Visit,
  nowMs: number,
): { signal: AbortSignal; release: () => void } {
  const stop = new AbortController()
  const onClose = () => stop.abort()
  response.once('close', onClose)
  const leftMs = behaviour.linkTtlMs === null ? null : payload.orderedAtMs + behaviour.linkTtlMs - nowMs
  const timer = leftMs === null ? undefined : setTimeout(() => response.destroy(), Math.min(leftMs, 2 ** 31 - 1))
  const release = () => {
    clearTimeout(timer)
    response.off('close', onClose)
  }
  return { signal: stop.signal, release }
}

async function answerVisit(handling: RequestHandling, visit: Visit): Promise<void> {
  const { request, response, record, payload, link, behaviour } = visit
  const refusal = refuseBeforeFile(handling, visit)
  if (refusal !== null) return sendRefusal(response, refusal)
  const spec = specOf(visit)
  if (spec === null) return sendRefusal(response, { status: 404, text: 'nothing is recorded there' })
  const { cache, state, nowMs } = handling
  const pacer = pacerOf(request.socket, nowMs)
  const end = watchEnd(visit, nowMs())
  try {
    await answerFile({
      request,
      response,
      record,
      payload,
      link,
      behaviour,
      spec,
      cache,
      state,
      pacer,
      signal: end.signal,
    })
  } catch (error) {
    if (!end.signal.aborted && !response.destroyed) throw error
  } finally {
    end.release()
  }
}

/** Answers any request; never throws and never rejects. What goes wrong inside is a 500 and a line on standard error. */
export async function handleRequest(
  handling: RequestHandling,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => response.destroy())
  const record = handling.log.record(request, response)
  try {
    if (request.method !== 'GET') {
      return sendRefusal(response, { status: 405, headers: { allow: 'GET' }, text: 'only GET' })
    }
    if (request.url === '/healthz') return sendRefusal(response, { status: 200, text: 'ok' })
    const [path, , token] = linkPath.exec(request.url ?? '') ?? []
    if (path === undefined || token === undefined) return sendRefusal(response, { status: 404, text: 'no such path' })
    const payload = readLinkToken(handling.linkSecret, token)
    if (payload === null || findCamera(payload.camera) === undefined) {
      return sendRefusal(response, { status: 403, text: 'not a link of this server' })
    }
    record.camera = payload.camera
    const behaviour = handling.behaviourOf(payload.camera)
    await answerVisit(handling, {
      request,
      response,
      record,
      path,
      payload,
      behaviour,
      link: handling.state.ofLink(payload),
    })
  } catch (error) {
    process.stderr.write(`media server: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    if (response.headersSent) response.destroy()
    else sendRefusal(response, { status: 500, text: 'internal server error' })
  }
}
