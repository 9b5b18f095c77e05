// What a dialect gets to work with, and how it sends a call. Knows neither dialect.
import { AppError } from '#contract/errors.ts'
import type { Http, HttpReply } from '#core/http/index.ts'
import type { Ports } from '#core/ports.ts'
import type { Database, ServerRow } from '#core/storage/index.ts'
import type { TokenStore } from './tokens.ts'

export interface Connection {
  serverId: string
  /** The server as it is saved now: trust and settings may change while it is open. */
  describe(): ServerRow
  http: Http
  tokens: TokenStore
  locks: Database['locks']
  ports: Pick<Ports, 'clock' | 'random' | 'uuid' | 'log' | 'deadlines' | 'language' | 'product'>
  /** `X-UUID`: one for this installation. */
  installation: string
}

export interface ApiCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/api/v1`; ids in it must be encoded. */
  path: string
  /** An `undefined` is left out, a list is repeated. */
  query?: Record<string, string | number | boolean | readonly string[] | undefined>
  json?: unknown
  form?: Record<string, string>
  headers?: Record<string, string>
  retry?: 'safe' | 'never'
}

/** Sends one call of the API; any status is a reply. Errors as Http.send. */
export function sendCall(connection: Connection, call: ApiCall, signal: AbortSignal): Promise<HttpReply> {
  const server = connection.describe()
  const url = new URL(`${server.url}/api/v1${call.path}`)
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (Array.isArray(value)) for (const one of value) url.searchParams.append(name, String(one))
    else if (value !== undefined) url.searchParams.set(name, String(value))
  }
  const { product } = connection.ports
  return connection.http.send({
    method: call.method,
    url: url.href,
    headers: {
      accept: 'application/json',
      'user-agent': `${product.name}/${product.version}`,
      ...(call.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(call.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...call.headers,
    },
    body: bodyOf(call),
    trusted: server.trusted,
    use: 'api',
    signal,
    ...(call.retry === undefined ? {} : { retry: call.retry }),
  })
}

function bodyOf(call: ApiCall): string | undefined {
  if (call.form !== undefined) return new URLSearchParams(call.form).toString()
  return call.json === undefined ? undefined : JSON.stringify(call.json)
}

export function originOf(connection: Connection): string {
  return new URL(connection.describe().url).origin
}

export function isSuccess(reply: HttpReply): boolean {
  return reply.status >= 200 && reply.status < 300
}

/** The JSON of an error's body, or null where it has none (a proxy's page). */
export function errorBody(reply: HttpReply): unknown {
  try {
    return reply.json()
  } catch {
    return null
  }
}

/**
 * The error of a 404 that is a web page: not the API answers there, so nothing follows for what was asked for. Null for any
 * other reply.
 */
export function strangerError(reply: HttpReply): AppError | null {
  if (reply.status !== 404 || !/^\s*text\/html/i.test(reply.headers['content-type'] ?? '')) return null
  const message = `${reply.origin} answers with a web page (404) where its API should be. Check the server's address.`
  return new AppError('bad-reply', message, {
    details: { origin: reply.origin, status: reply.status, reason: 'web-page' },
  })
}

/** A server's own words, fit to be shown: one line, without control and direction characters, at most 300 characters. */
export function cleanText(text: string): string {
  const oneLine = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return oneLine.length > 300 ? `${oneLine.slice(0, 299)}…` : oneLine
}

/** An address that a server gave for its media, relative to the server where it is not absolute. */
export function resolveLink(connection: Connection, link: string): string {
  const base = `${connection.describe().url}/`
  const url = URL.canParse(link, base) ? new URL(link, base) : null
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url.href
  const origin = originOf(connection)
  throw new AppError('bad-reply', `${origin} gives a link that is no web address.`, {
    details: { origin, path: 'link' },
  })
}

/** The error for a server that nobody is signed in to. */
export function signedOutError(connection: Connection): AppError {
  const { name } = connection.describe()
  return new AppError('unauthorized', `Nobody is signed in to ${name}. Sign in first.`, {
    details: { reason: 'signed-out', name },
  })
}

/** Runs over the list with so many at a time, in order of the results; the first failure ends it. */
export async function mapLimited<T, R>(list: readonly T[], limit: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  let hasFailed = false
  const work = async (): Promise<void> => {
    while (next < list.length && !hasFailed) {
      const index = next++
      try {
        results[index] = await run(list[index] as T)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, list.length) }, work))
  return results
}
