// One way out to the network for API calls: trust, redirects, deadline, size limit, retry, breaker. Knows no dialect and
// no token; never logs more of an address than its origin. Big downloads go another way (exports/fetch).
import { setMaxListeners } from 'node:events'
import { AppError, isAppError } from '#contract/errors.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import { backoffMs, fromNodeError, inspectTls, isLocalHost, parseRetryAfter } from '#core/network/index.ts'
import type { CertificateView, TrustUse } from '#core/network/index.ts'
import type { ClockPort, Deadlines, LogEntry } from '#core/ports.ts'
import { createBreaker } from './breaker.ts'
import { createDispatchers } from './dispatchers.ts'
import { createReply } from './reply.ts'
import type { HttpReply } from './reply.ts'
import { followRedirect, isRedirect, redirectsAtMost } from './redirect.ts'
import type { Hop } from './redirect.ts'

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Absolute, http or https, without credentials. What a person typed: it may be a local address. */
  url: string
  headers?: Record<string, string>
  /** Sent as it is; a GET may have one. */
  body?: string | undefined
  trusted: readonly TrustedCertificate[]
  use: TrustUse
  signal: AbortSignal
  /** For everything: attempts, waits between them and the body. Default `deadlines.apiMs`. */
  deadlineMs?: number
  /** Largest reply body. Default 32 MiB. */
  maxBytes?: number
  /**
   * `safe` (the default of a GET) tries again after a failed connection, 429, 502 and 503 while the deadline allows, and
   * waits as told; `never` for what must not happen twice.
   */
  retry?: 'safe' | 'never'
}

export interface Http {
  /**
   * Any status is a reply, redirects excepted. Errors: unreachable (with `retryAtMs` while the breaker is open), timed-out,
   * untrusted-certificate, forbidden (redirects that are refused), bad-reply (too large, not HTTP), cancelled.
   */
  send(request: HttpRequest): Promise<HttpReply>
  /** Looks at the certificate of an https address without sending a request. Errors: invalid-input and those of connecting. */
  inspectCertificate(url: string, context: { signal: AbortSignal }): Promise<CertificateView>
  close(): Promise<void>
}

const defaultMaxBytes = 32 * 1024 * 1024
const attemptsAtMost = 4
const retriedStatuses = new Set([429, 502, 503])
const overloadStatuses = new Set([502, 503, 504])

export function createHttp(options: {
  clock: ClockPort
  random: () => number
  deadlines: Deadlines
  log: (entry: LogEntry) => void
}): Http {
  const { clock, random, deadlines, log } = options
  const dispatchers = createDispatchers({ connectMs: deadlines.connectMs })
  const breaker = createBreaker({ clock, random, deadlines })

  async function send(request: HttpRequest): Promise<HttpReply> {
    const url = parseUrl(request.url)
    const deadlineMs = request.deadlineMs ?? deadlines.apiMs
    const endMs = clock.now() + deadlineMs
    const isRetried = (request.retry ?? (request.method === 'GET' ? 'safe' : 'never')) === 'safe'
    for (let attempt = 1; ; attempt++) {
      const outcome = await attemptOnce(request, url, Math.max(1, Math.min(deadlineMs, endMs - clock.now())))
      const waitMs =
        outcome.retryAtMs === null ? backoffMs(attempt, deadlines, random) : outcome.retryAtMs - clock.now()
      const isLast = !isRetried || !outcome.isWorthRetry || attempt >= attemptsAtMost || clock.now() + waitMs >= endMs
      if (isLast) {
        if (outcome.error !== null) throw outcome.error
        return outcome.reply
      }
      log({ level: 'info', event: 'http.retry', fields: { origin: url.origin, attempt, waitMs: Math.round(waitMs) } })
      await sleep(waitMs, request.signal)
    }
  }

  /** One attempt with its redirects, and whether another one makes sense. */
  async function attemptOnce(request: HttpRequest, url: URL, remainingMs: number): Promise<Outcome> {
    const startedMs = clock.now()
    try {
      const reply = await followAll(request, url, remainingMs)
      log({
        level: 'debug',
        event: 'http.reply',
        fields: {
          origin: url.origin,
          method: request.method,
          status: reply.status,
          durationMs: clock.now() - startedMs,
        },
      })
      const retryAtMs = parseRetryAfter(reply.headers['retry-after'], clock.now())
      return { reply, error: null, isWorthRetry: retriedStatuses.has(reply.status), retryAtMs }
    } catch (cause) {
      const error = fromNodeError(cause, { origin: url.origin })
      log({
        level: 'info',
        event: 'http.failed',
        fields: { origin: url.origin, method: request.method, code: error.code, durationMs: clock.now() - startedMs },
      })
      const isWorthRetry = isAppError(error, 'unreachable') && error.details['retryAtMs'] === undefined
      return { reply: null, error, isWorthRetry, retryAtMs: null }
    }
  }

  async function followAll(request: HttpRequest, url: URL, remainingMs: number): Promise<HttpReply> {
    const deadline = AbortSignal.timeout(Math.ceil(remainingMs))
    const signal = AbortSignal.any([request.signal, deadline])
    setMaxListeners(0, signal)
    let hop: Hop = { method: request.method, url, headers: request.headers ?? {}, body: request.body ?? null }
    let isLocalAllowed = true
    for (let redirects = 0; ; redirects++) {
      const reply = await exchange(hop, request, isLocalAllowed, signal)
      if (!isRedirect(reply.status)) return reply
      if (redirects >= redirectsAtMost) {
        throw new AppError('bad-reply', `${url.origin} redirects in a circle.`, { details: { origin: url.origin } })
      }
      hop = followRedirect(hop, reply.status, reply.headers['location'])
      isLocalAllowed = await isLocalHost(url.hostname)
    }
  }

  async function exchange(
    hop: Hop,
    request: HttpRequest,
    isLocalAllowed: boolean,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const { origin } = hop.url
    breaker.enter(origin)
    try {
      signal.throwIfAborted()
      const dispatcher = dispatchers.get({ trusted: request.trusted, use: request.use, isLocalAllowed })
      const reply = await createReply(dispatcher, hop, { signal, maxBytes: request.maxBytes ?? defaultMaxBytes })
      if (overloadStatuses.has(reply.status)) {
        breaker.fail(origin, parseRetryAfter(reply.headers['retry-after'], clock.now()))
      } else breaker.succeed(origin)
      return reply
    } catch (cause) {
      const error = request.signal.aborted
        ? new AppError('cancelled', 'Cancelled.', { cause })
        : fromNodeError(cause, { origin })
      if (error.code === 'unreachable' || error.code === 'timed-out') breaker.fail(origin, null)
      else breaker.leave(origin)
      throw error
    }
  }

  async function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    await clock.sleep(durationMs, signal).catch((cause: unknown) => {
      throw new AppError('cancelled', 'Cancelled.', { cause })
    })
  }

  async function inspectCertificate(text: string, context: { signal: AbortSignal }): Promise<CertificateView> {
    const url = parseUrl(text)
    if (url.protocol !== 'https:') throw new AppError('invalid-input', 'Only https addresses have a certificate.')
    const { connectMs } = deadlines
    const port = url.port === '' ? 443 : Number(url.port)
    return inspectTls({ hostname: url.hostname, port, isLocalAllowed: true, connectMs, signal: context.signal })
  }

  return { send, inspectCertificate, close: () => dispatchers.close() }
}

type Outcome = { isWorthRetry: boolean; retryAtMs: number | null } & (
  { reply: HttpReply; error: null } | { reply: null; error: AppError }
)

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url
  throw new AppError(
    'invalid-input',
    'The address must begin with http:// or https:// and hold no user name or password.',
  )
}
