// One GET on one connection of its own: connects, asks, and hands the response over piece by piece. Follows nothing and judges
// nothing.
import { performance } from 'node:perf_hooks'
import { AppError } from '#contract/errors.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import { bareHost, connectTcp, connectTls } from '#core/network/index.ts'
import type { ResponseHead } from './response-head.ts'
import { createResponseInbox } from './response-inbox.ts'
import type { ResponseBody } from './response-inbox.ts'

export interface ExchangeTarget {
  trusted: readonly TrustedCertificate[]
  isLocalAllowed: boolean
  connectMs: number
  /** From the written request to the head of the response. */
  firstByteMs: number
}

/** The caller owns it until it has called `close`, which it must. */
export interface Exchange extends ResponseHead, ResponseBody {
  /** Where the request went. */
  origin: string
  /** When the request was written, on the monotonic clock (`performance.now`). */
  askedAtMs: number
}

/** One TLS record is 16 KiB at most; a plain connection reads up to this much at once. */
const readBufferBytes = 65_536

/**
 * Errors: those of connectTcp and connectTls (untrusted-certificate, forbidden, unreachable, timed-out), timed-out when no head
 * comes in time, bad-reply for what is not HTTP, cancelled.
 */
export async function openExchange(
  url: URL,
  headers: Readonly<Record<string, string>>,
  target: ExchangeTarget,
  signal: AbortSignal,
): Promise<Exchange> {
  const inbox = createResponseInbox(url.origin)
  const isTls = url.protocol === 'https:'
  const place = {
    hostname: bareHost(url.hostname),
    port: Number(url.port) || (isTls ? 443 : 80),
    isLocalAllowed: target.isLocalAllowed,
    connectMs: target.connectMs,
    signal,
    onRead: { buffer: Buffer.allocUnsafeSlow(readBufferBytes), callback: inbox.take },
  }
  const socket = await (isTls ? connectTls({ ...place, trusted: target.trusted, use: 'media' }) : connectTcp(place))
  inbox.attach(socket)
  const askedAtMs = performance.now()
  try {
    socket.write(formatRequest(url, headers), 'latin1')
    const head = await inbox.awaitHead(target.firstByteMs, signal)
    return { ...head, ...inbox.body, origin: url.origin, askedAtMs }
  } catch (error) {
    inbox.body.close()
    throw error
  }
}

/** RFC 9112, 3. Header values with a line break would split the request: they are a mistake of ours. */
function formatRequest(url: URL, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ Host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}`)
  if (lines.some((line) => /[^\t\x20-\x7e\x80-\xff]/.test(line))) {
    throw new AppError('invalid-input', 'A header of the request has characters that are not allowed there.')
  }
  return [`GET ${url.pathname}${url.search} HTTP/1.1`, ...lines, '', ''].join('\r\n')
}
