// What is wrong with an order, for programs: a stable reason and the values that a sentence about it needs. Knows no language.
import { AppError } from '#contract/errors.ts'
import type { ErrorValue } from '#contract/errors.ts'

/** `at`: the line of a table or the place in a plan, where there are several. Values are text or numbers. */
export type Fault = { reason: string; at?: string | number } & Record<string, string | number | null>

/** A person's mistake with its English sentence; `details.faults` holds the faults, the first one is told in the sentence. */
export function refuseOrder(message: string, faults: readonly Fault[], more: AppError['details'] = {}): AppError {
  return new AppError('invalid-input', message, { details: { ...more, faults: [...faults] } })
}

/** The faults of an error of `refuseOrder`; empty for every other error. */
export function faultsOf({ details }: Pick<ErrorValue, 'details'>): Fault[] {
  const faults = details?.['faults']
  return Array.isArray(faults) ? faults.filter(isFault) : []
}

function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && 'reason' in value && typeof value.reason === 'string'
}
