// The mapper of this edge: what Node and undici throw becomes an AppError. Knows nothing of HTTP statuses.
import { AppError, isAppError } from '#contract/errors.ts'
import type { ErrorCode } from '#contract/errors.ts'

const codesByNodeCode: Record<string, ErrorCode> = {
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  ECONNABORTED: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EPIPE: 'unreachable',
  EPROTO: 'unreachable',
  UND_ERR_SOCKET: 'unreachable',
  ETIMEDOUT: 'timed-out',
  UND_ERR_CONNECT_TIMEOUT: 'timed-out',
  UND_ERR_HEADERS_TIMEOUT: 'timed-out',
  UND_ERR_BODY_TIMEOUT: 'timed-out',
  UND_ERR_HEADERS_OVERFLOW: 'bad-reply',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'bad-reply',
  ABORT_ERR: 'cancelled',
  UND_ERR_ABORTED: 'cancelled',
}

const reasonsByNodeCode: Record<string, string> = {
  ENOTFOUND: 'there is no such host name',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it broke the connection off',
  EPIPE: 'it broke the connection off',
  UND_ERR_SOCKET: 'it broke the connection off',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no network',
  ENETDOWN: 'there is no network',
  EPROTO: 'it does not speak TLS as expected; is the port right?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; is the port right, or is it an http:// address?',
}

/**
 * What a network call threw, as an AppError: unreachable, timed-out, bad-reply, cancelled, or internal for what is not an
 * expected error. An AppError anywhere in the chain of causes is kept as it is.
 */
export function fromNodeError(error: unknown, context: { origin: string }): AppError {
  for (const link of causesOf(error)) if (isAppError(link)) return link
  for (const link of causesOf(error)) {
    const mapped = mapLink(link, error, context.origin)
    if (mapped !== null) return mapped
  }
  return new AppError('internal', `An unexpected error while talking to ${context.origin}.`, { cause: error })
}

function mapLink(link: Error, cause: unknown, origin: string): AppError | null {
  const nodeCode = 'code' in link && typeof link.code === 'string' ? link.code : ''
  if (link.name === 'AbortError') return new AppError('cancelled', 'Cancelled.', { cause })
  if (link.name === 'TimeoutError')
    return new AppError('timed-out', timedOutMessage(origin), { cause, details: { origin } })
  const code = codesByNodeCode[nodeCode] ?? (nodeCode.startsWith('HPE_') ? 'bad-reply' : prefixCode(nodeCode))
  if (code === null) return null
  const details = { origin, reason: nodeCode }
  if (code === 'cancelled') return new AppError(code, 'Cancelled.', { cause })
  if (code === 'timed-out') return new AppError(code, timedOutMessage(origin), { cause, details })
  if (code === 'bad-reply') {
    return new AppError(code, `${origin} answers with something that is not HTTP as expected.`, { cause, details })
  }
  const reason = reasonsByNodeCode[nodeCode] ?? nodeCode
  return new AppError(code, `${origin} cannot be reached: ${reason}.`, { cause, details })
}

function prefixCode(nodeCode: string): ErrorCode | null {
  return nodeCode.startsWith('ERR_SSL_') || nodeCode.startsWith('ERR_TLS_') ? 'unreachable' : null
}

function timedOutMessage(origin: string): string {
  return `${origin} does not answer in time.`
}

/** The error, then its causes and the first of aggregated attempts; at most eight, so that a loop ends. */
function causesOf(error: unknown): Error[] {
  const chain: Error[] = []
  let next = error
  while (next instanceof Error && chain.length < 8) {
    chain.push(next)
    next = next instanceof AggregateError && next.errors.length > 0 ? next.errors[0] : next.cause
  }
  return chain
}
