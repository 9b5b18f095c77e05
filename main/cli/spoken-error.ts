// An expected error of the command line itself, in the person's own language already. Knows no exit.
import type { ErrorCode } from '#contract/errors.ts'

/** `code` decides the exit code, as that of an AppError does. */
export class SpokenError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SpokenError'
    this.code = code
  }
}
