// Opens sockets for everyone who talks to servers: time-outs, local addresses, and the check of the certificate before a
// byte of a request is written. The only place where a connection survives an authority's refusal: for a pinned leaf.
import { createHash } from 'node:crypto'
import { lookup } from 'node:dns'
import type { LookupOptions } from 'node:dns'
import { connect, isIP } from 'node:net'
import type { LookupFunction, OnReadOpts, Socket } from 'node:net'
import tls from 'node:tls'
import type { SecureContext, TLSSocket } from 'node:tls'
import { AppError } from '#contract/errors.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import { fromNodeError } from './from-node-error.ts'
import { bareHost, isLocalAddress } from './local-address.ts'
import { decideTrust, isTrusted } from './trust.ts'
import type { TrustDecision, TrustUse } from './trust.ts'

export interface SocketTarget {
  /** Host name or address; brackets of an IPv6 address may be there. */
  hostname: string
  port: number
  /** Whether loopback and link-local addresses may be connected to: only where the server itself lives there (F7). */
  isLocalAllowed: boolean
  /** For name, TCP and TLS together. */
  connectMs: number
  signal?: AbortSignal | undefined
  /** Where the socket puts what it reads, in place of `data` events with a buffer of their own (`onread` of node:net). */
  onRead?: OnReadOpts | undefined
}

export interface TlsTarget extends SocketTarget {
  trusted: readonly TrustedCertificate[]
  use: TrustUse
}

/**
 * A connected TCP socket, owned by the caller. Errors: unreachable, timed-out, forbidden (a local address), cancelled.
 */
export function connectTcp(target: SocketTarget): Promise<Socket> {
  const origin = originOf('http', target)
  return openSocket(target, origin, 'connect', () => connect(connectOptions(target, origin)))
}

/**
 * A TLS socket whose certificate was accepted, owned by the caller; nothing of the request has been written before.
 * Errors: those of connectTcp, and untrusted-certificate with details {origin, use, fingerprint, expected}, `expected`
 * being the pins of that origin when there were any.
 */
export async function connectTls(target: TlsTarget): Promise<TLSSocket> {
  const origin = originOf('https', target)
  const decision = decideTrust(target.trusted, target.use, origin)
  const socket = await openTls(target, origin, decision.isPublicAllowed)
  const fingerprint = fingerprintOf(socket)
  if (fingerprint !== null && isTrusted(decision, fingerprint, socket.authorized)) return socket
  socket.destroy()
  throw untrustedError(origin, target.use, fingerprint, decision)
}

export interface CertificateView {
  /** SHA-256 of the leaf in DER form, lower-case hex. */
  fingerprint: string
  subject: string
  validToMs: number
  /** Whether a public or system authority vouches for it under that host name. */
  isPublic: boolean
}

/** Looks at the certificate a host shows and hangs up; no request is sent. Errors as connectTcp. */
export async function inspectTls(target: SocketTarget): Promise<CertificateView> {
  const origin = originOf('https', target)
  const socket = await openTls(target, origin, true)
  const leaf = socket.getPeerX509Certificate()
  const isPublic = socket.authorized
  socket.destroy()
  if (leaf === undefined) throw new AppError('bad-reply', `${origin} shows no certificate.`, { details: { origin } })
  const validToMs = Date.parse(leaf.validTo)
  return { fingerprint: digest(leaf.raw), subject: leaf.subject ?? '', validToMs, isPublic }
}

/** Origin as URL writes it: without the scheme's own port. */
function originOf(scheme: 'http' | 'https', target: SocketTarget): string {
  const host = isIP(bareHost(target.hostname)) === 6 ? `[${bareHost(target.hostname)}]` : target.hostname
  return new URL(`${scheme}://${host}:${target.port}`).origin
}

function openTls(target: SocketTarget, origin: string, isPublicAllowed: boolean): Promise<TLSSocket> {
  const host = bareHost(target.hostname)
  return openSocket(target, origin, 'secureConnect', () =>
    tls.connect({
      ...connectOptions(target, origin),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      secureContext: secureContext(isPublicAllowed),
      ALPNProtocols: ['http/1.1'],
      // The verdict is read from `authorized` and weighed against the pins before the socket is handed out.
      rejectUnauthorized: false,
    }),
  )
}

function connectOptions(target: SocketTarget, origin: string) {
  const host = bareHost(target.hostname)
  if (!target.isLocalAllowed && isLocalAddress(host)) throw localError(origin)
  return {
    host,
    port: target.port,
    noDelay: true,
    ...(target.onRead ? { onread: target.onRead } : {}),
    ...(target.isLocalAllowed ? {} : { lookup: lookupElsewhere(origin) }),
  }
}

/** Resolves as usual, but fails when any of the addresses is local: no packet goes there. */
function lookupElsewhere(origin: string): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      if (addresses.some(({ address }) => isLocalAddress(address))) return callback(localError(origin), [])
      const first = addresses[0]
      if (options.all === true || first === undefined) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

function openSocket<S extends Socket>(
  target: SocketTarget,
  origin: string,
  readyEvent: 'connect' | 'secureConnect',
  start: () => S,
): Promise<S> {
  return new Promise((resolve, reject) => {
    if (target.signal?.aborted) return reject(new AppError('cancelled', 'Cancelled.'))
    const socket = start()
    const fail = (error: AppError): void => {
      settle()
      socket.on('error', () => undefined).destroy()
      reject(error)
    }
    const onError = (error: Error): void => fail(fromNodeError(error, { origin }))
    const onClose = (): void =>
      fail(new AppError('unreachable', `${origin} closed the connection.`, { details: { origin } }))
    const onAbort = (): void => fail(new AppError('cancelled', 'Cancelled.'))
    const onReady = (): void => {
      const address = socket.remoteAddress
      if (!target.isLocalAllowed && (address === undefined || isLocalAddress(address))) return fail(localError(origin))
      settle()
      resolve(socket)
    }
    const timer = setTimeout(() => {
      fail(new AppError('timed-out', `${origin} does not answer in time.`, { details: { origin } }))
    }, target.connectMs)
    function settle(): void {
      clearTimeout(timer)
      socket.off('error', onError).off('close', onClose).off(readyEvent, onReady)
      target.signal?.removeEventListener('abort', onAbort)
    }
    socket.on('error', onError).on('close', onClose).on(readyEvent, onReady)
    target.signal?.addEventListener('abort', onAbort, { once: true })
  })
}

const contexts = new Map<boolean, SecureContext>()

/** Made once each: reading the authorities takes tens of milliseconds. Without authorities where only pins count. */
function secureContext(isPublicAllowed: boolean): SecureContext {
  const known = contexts.get(isPublicAllowed)
  if (known !== undefined) return known
  const context = tls.createSecureContext({ ca: isPublicAllowed ? publicAuthorities() : [] })
  contexts.set(isPublicAllowed, context)
  return context
}

/** The bundled authorities and the system's own, where this Node can tell them (from 22.15). */
function publicAuthorities(): string[] {
  if (typeof tls.getCACertificates !== 'function') return [...tls.rootCertificates]
  return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])]
}

function fingerprintOf(socket: TLSSocket): string | null {
  const leaf = socket.getPeerX509Certificate()
  return leaf === undefined ? null : digest(leaf.raw)
}

function digest(der: Buffer): string {
  return createHash('sha256').update(der).digest('hex')
}

function localError(origin: string): AppError {
  const message = `${origin} is an address of this very machine or cable, and the server does not live there. Refused.`
  return new AppError('forbidden', message, { details: { origin, reason: 'local-address' } })
}

function untrustedError(origin: string, use: TrustUse, fingerprint: string | null, decision: TrustDecision): AppError {
  const isChanged = !decision.isPublicAllowed
  const what = isChanged ? 'has another certificate than the accepted one' : 'has a certificate that nobody vouches for'
  const message = `${origin} ${what} (SHA-256 ${fingerprint ?? 'unknown'}). Nothing was sent. Compare it with what the administrator says before accepting it.`
  const details = { origin, use, fingerprint, ...(isChanged ? { expected: decision.fingerprints } : {}) }
  return new AppError('untrusted-certificate', message, { details })
}
