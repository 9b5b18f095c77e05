// From how things ended to the number that scripts read. Pure; the numbers are those of the design ("CLI").
import type { ErrorCode, ErrorValue } from '#contract/errors.ts'
import type { Item } from '#contract/exports.ts'

export const exitCodes = {
  done: 0,
  internal: 1,
  usage: 2,
  failed: 3,
  signIn: 4,
  diskFull: 5,
  verification: 6,
  interrupted: 130,
  terminated: 143,
} as const

const usageCodes: readonly ErrorCode[] = ['invalid-input', 'not-found', 'already-exists']

/** Of an error that ended a command before or instead of a batch. */
export function exitCodeOfError(error: Pick<ErrorValue, 'code'>): number {
  if (usageCodes.includes(error.code)) return exitCodes.usage
  switch (error.code) {
    case 'internal':
      return exitCodes.internal
    case 'unauthorized':
      return exitCodes.signIn
    case 'disk-full':
      return exitCodes.diskFull
    case 'cancelled':
      return exitCodes.interrupted
    default:
      return exitCodes.failed
  }
}

/** `batchError` is why the batch stopped before its end, if it did. 4, 5 and 6 only when they explain every failure. */
export function exitCodeOfItems(items: readonly Pick<Item, 'state'>[], batchError: ErrorValue | null): number {
  const causes = new Set<number>()
  for (const { state } of items) {
    if (state.kind === 'done') continue
    if (state.kind === 'failed') causes.add(causeOf(state.error))
    else if (state.kind === 'cancelled' || batchError === null) causes.add(exitCodes.failed)
    else causes.add(causeOf(batchError))
  }
  if (causes.size === 0) return exitCodes.done
  const [only] = causes
  return causes.size === 1 && only !== undefined ? only : exitCodes.failed
}

function causeOf(error: ErrorValue): number {
  if (error.code === 'unauthorized') return exitCodes.signIn
  if (error.code === 'disk-full') return exitCodes.diskFull
  // A file that was set aside is one that did not pass the verification.
  return typeof error.details?.['suspect'] === 'string' ? exitCodes.verification : exitCodes.failed
}
