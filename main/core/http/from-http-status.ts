// The mapper of HTTP statuses to AppError, for replies whose body says nothing more. Knows no dialect.
import { AppError } from '#contract/errors.ts'
import type { ErrorCode } from '#contract/errors.ts'

export interface StatusContext {
  /** Scheme, host and port of the one who answered. */
  origin: string
  /** From `parseRetryAfter`; null when not told. */
  retryAtMs?: number | null
  /** What the other side said in words; shown behind our own. */
  text?: string | null
}

const known: Record<number, { code: ErrorCode; says: string }> = {
  400: { code: 'invalid-input', says: 'refuses the request as wrong' },
  401: { code: 'unauthorized', says: 'does not accept the sign-in; sign in again' },
  402: { code: 'forbidden', says: 'has a problem with its licence, ask its administrator' },
  403: { code: 'forbidden', says: 'says that this account may not do this' },
  404: { code: 'not-found', says: 'does not have what was asked for' },
  408: { code: 'timed-out', says: 'gave up waiting for the request' },
  409: { code: 'already-exists', says: 'already has something of this kind' },
  410: { code: 'not-found', says: 'no longer has what was asked for' },
  413: { code: 'invalid-input', says: 'finds the request too large' },
  422: { code: 'invalid-input', says: 'refuses the values sent' },
  429: { code: 'rate-limited', says: 'asks for a pause: too many requests' },
  503: { code: 'unreachable', says: 'is under maintenance or overloaded' },
  504: { code: 'timed-out', says: 'could not get an answer from its own back end in time' },
}

/**
 * An AppError for a status that is not success. 5xx become `unreachable` (worth another attempt) but for 504; a redirect
 * that was not followed and anything unknown is `bad-reply`. Details: status, origin, and retryAtMs where it was told.
 */
export function fromHttpStatus(status: number, context: StatusContext): AppError {
  const { code, says } = known[status] ?? fallback(status)
  const text = context.text ? ` It says: ${context.text}` : ''
  const details = {
    status,
    origin: context.origin,
    ...(context.retryAtMs === null || context.retryAtMs === undefined ? {} : { retryAtMs: context.retryAtMs }),
  }
  return new AppError(code, `${context.origin} ${says} (${status}).${text}`, { details })
}

function fallback(status: number): { code: ErrorCode; says: string } {
  if (status >= 500) return { code: 'unreachable', says: 'failed inside' }
  if (status >= 400) return { code: 'invalid-input', says: 'refuses the request' }
  return { code: 'bad-reply', says: 'gives an answer that does not fit' }
}
