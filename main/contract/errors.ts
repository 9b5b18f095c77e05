// Expected errors: the closed list of codes, and the one class that carries them. Exceptions that are bugs never use it.
import { z } from 'zod'

export const errorCodes = [
  'invalid-input',
  'not-found',
  'unauthorized',
  'forbidden',
  'unreachable',
  'untrusted-certificate',
  'timed-out',
  'rate-limited',
  'link-expired',
  'disk-full',
  'already-exists',
  'unsupported-media',
  'bad-reply',
  'tool-missing',
  'tool-failed',
  'cancelled',
  'internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** What crosses the contract. `details` holds JSON only: host, path, retryAtMs, fingerprint… never a secret. */
export const errorSchema = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  details: z.record(z.string(), z.json()).optional(),
})
export type ErrorValue = z.infer<typeof errorSchema>

/**
 * An expected error. `message` is for people: what happened, what was kept, what to do. Code branches on `code` only.
 * Known details: `retryAtMs` (when the other side asked to come back), `fingerprint` and `origin` (untrusted-certificate),
 * `fields` (invalid-input, text by field), `neededBytes` (disk-full), `status` (HTTP status of the reply).
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, z.core.util.JSONType>

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: Record<string, z.core.util.JSONType>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details ?? {}
  }
}

/** The JSON form of an AppError; its cause stays behind. */
export function toErrorValue(error: AppError): ErrorValue {
  const hasDetails = Object.keys(error.details).length > 0
  return { code: error.code, message: error.message, ...(hasDetails ? { details: error.details } : {}) }
}

/** Revives what `toErrorValue` made, on the other side of a wire or a worker. */
export function fromErrorValue(value: ErrorValue): AppError {
  return new AppError(value.code, value.message, value.details ? { details: value.details } : {})
}

/** True for an AppError of that code (or of any, without one). */
export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code)
}
