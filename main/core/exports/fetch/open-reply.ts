// Asks for an address with GET and follows redirects by hand, up to the head of the reply. Never HEAD. Decides nothing about
// the reply's meaning, and reads no body.
import http from 'node:http'
import type { IncomingMessage } from 'node:http'
import { performance } from 'node:perf_hooks'
import { AppError } from '#contract/errors.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import { bareHost, connectTcp, connectTls, fromNodeError } from '../../http/index.ts'
import type { Asked } from './classify-reply.ts'
import { followRedirect, isRedirect } from './redirect.ts'

export interface ReplyTarget {
  url: string
  /** Sent only as long as every address so far had the origin of `url`. */
  headers: Readonly<Record<string, string>>
  trusted: readonly TrustedCertificate[]
  isLocalAllowed: boolean
  connectMs: number
  firstByteMs: number
}

/** The caller owns `response` and ends it by destroying it, which closes the connection. */
export interface OpenReply {
  response: IncomingMessage
  /** Origin that answers, after redirects. */
  origin: string
  /** When the last request was written, on the monotonic clock (`performance.now`). */
  askedAtMs: number
}

/**
 * Errors: those of connectTcp and connectTls (untrusted-certificate, forbidden, unreachable, timed-out), timed-out when no
 * head comes within `firstByteMs`, bad-reply for what is not HTTP or redirects badly, cancelled, invalid-input for no URL.
 */
export async function openReply(target: ReplyTarget, asked: Asked, signal: AbortSignal): Promise<OpenReply> {
  const visited = [parseAddress(target.url).href]
  let headers = target.headers
  for (;;) {
    const url = new URL(visited.at(-1) ?? target.url)
    const reply = await askOnce(url, { ...target, headers }, asked, signal)
    const { statusCode = 0, headers: replyHeaders } = reply.response
    if (!isRedirect(statusCode)) return reply
    reply.response.destroy()
    visited.push(followRedirect(visited, statusCode, replyHeaders.location))
    if (new URL(visited.at(-1) ?? '').origin !== url.origin) headers = {}
  }
}

function parseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new AppError('invalid-input', 'The address of the archive is not a web address.')
  }
  url.username = ''
  url.password = ''
  url.hash = ''
  return url
}

async function askOnce(url: URL, target: ReplyTarget, asked: Asked, signal: AbortSignal): Promise<OpenReply> {
  const isTls = url.protocol === 'https:'
  const place = {
    hostname: bareHost(url.hostname),
    port: Number(url.port) || (isTls ? 443 : 80),
    isLocalAllowed: target.isLocalAllowed,
    connectMs: target.connectMs,
    signal,
  }
  const socket = await (isTls ? connectTls({ ...place, trusted: target.trusted, use: 'media' }) : connectTcp(place))
  const askedAtMs = performance.now()
  const request = http.request({
    method: 'GET',
    path: url.pathname + url.search,
    setHost: false,
    headers: { ...requestHeaders(asked), ...target.headers, Host: url.host },
    createConnection: () => socket,
  })
  const response = await awaitHead(request, { origin: url.origin, firstByteMs: target.firstByteMs, signal })
  return { response, origin: url.origin, askedAtMs }
}

function requestHeaders(asked: Asked): Record<string, string> {
  const plain = { Accept: '*/*', 'Accept-Encoding': 'identity', Connection: 'close' }
  if (asked.kind === 'plain') return plain
  if (asked.kind === 'whole') return { ...plain, Range: 'bytes=0-' }
  const { range, validator } = asked
  return { ...plain, Range: `bytes=${range.start}-${range.end - 1}`, 'If-Range': validator.value }
}

interface HeadWait {
  origin: string
  firstByteMs: number
  signal: AbortSignal
}

function awaitHead(request: http.ClientRequest, wait: HeadWait): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const stop = (error: AppError): void => {
      settle()
      request.on('error', () => undefined).destroy()
      reject(error)
    }
    const onAbort = (): void => stop(new AppError('cancelled', 'Cancelled.'))
    const timer = setTimeout(() => stop(firstByteError(wait.origin)), wait.firstByteMs)
    const settle = (): void => {
      clearTimeout(timer)
      wait.signal.removeEventListener('abort', onAbort)
    }
    wait.signal.addEventListener('abort', onAbort, { once: true })
    request.on('error', (error) => stop(fromNodeError(error, { origin: wait.origin })))
    request.on('response', (response) => {
      settle()
      // What goes wrong from here on is heard on the response.
      request.removeAllListeners('error').on('error', () => undefined)
      resolve(response)
    })
    if (wait.signal.aborted) onAbort()
    else request.end()
  })
}

/** The server was asked and has sent nothing for as long as preparing a file may take. */
export function firstByteError(origin: string): AppError {
  const message = `${origin} has sent nothing yet; it may still be preparing the file. What was fetched is kept.`
  return new AppError('timed-out', message, { details: { origin } })
}
