// The unit of integer times, which document 001 does not state (note EV5): told by their magnitude. Pure.

export type TsUnit = 's' | 'ms' | 'us'

/** In the order in which they are tried when asking. */
export const tsUnits: readonly TsUnit[] = ['ms', 's', 'us']

const perMs: Record<TsUnit, number> = { s: 1 / 1000, ms: 1, us: 1000 }

/** Above 10¹⁴ microseconds, above 10¹¹ milliseconds, else seconds: right for every date from 1973 to 5138. */
export function unitOf(ts: number): TsUnit {
  if (Math.abs(ts) > 1e14) return 'us'
  return Math.abs(ts) > 1e11 ? 'ms' : 's'
}

/** Unix milliseconds of a time in whatever unit it is. */
export function fromTs(ts: number): number {
  return ts / perMs[unitOf(ts)]
}

/** A whole number in that unit; `up` where the end of a period must not be cut off. */
export function toTs(unixMs: number, unit: TsUnit, rounding: 'down' | 'up'): number {
  const ts = unixMs * perMs[unit]
  return rounding === 'down' ? Math.floor(ts) : Math.ceil(ts)
}
