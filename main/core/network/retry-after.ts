// Reads the Retry-After header, and says how long to wait before the next attempt. Pure: time and chance are parameters.
import type { Deadlines } from '#core/ports.ts'

const weekday = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const weekdayLong = '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)'
const time = '[0-9]{2}:[0-9]{2}:[0-9]{2}'
const httpDates = [
  new RegExp(`^${weekday}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} ${time} GMT$`),
  new RegExp(`^${weekdayLong}, [0-9]{2}-[A-Z][a-z]{2}-[0-9]{2} ${time} GMT$`),
]
const asctime = new RegExp(`^${weekday} [A-Z][a-z]{2} [ 0-9][0-9] ${time} [0-9]{4}$`)

/**
 * When to come back, in Unix milliseconds and never before `nowMs`; null when the text is neither delay-seconds nor one of
 * the three forms of HTTP-date (RFC 9110, 10.2.3 and 5.6.7).
 */
export function parseRetryAfter(text: string | null | undefined, nowMs: number): number | null {
  const trimmed = text?.trim() ?? ''
  if (/^[0-9]{1,9}$/.test(trimmed)) return nowMs + Number(trimmed) * 1000
  const isDate = httpDates.some((form) => form.test(trimmed))
  if (!isDate && !asctime.test(trimmed)) return null
  const atMs = Date.parse(isDate ? trimmed : `${trimmed} GMT`)
  return Number.isNaN(atMs) ? null : Math.max(atMs, nowMs)
}

/** Full jitter: anywhere between the smallest wait and `2^attempt` times it, at most the largest. `attempt` counts from 1. */
export function backoffMs(
  attempt: number,
  deadlines: Pick<Deadlines, 'backoffMinMs' | 'backoffMaxMs'>,
  random: () => number,
): number {
  const ceilingMs = Math.min(deadlines.backoffMaxMs, deadlines.backoffMinMs * 2 ** Math.min(attempt, 30))
  const floorMs = Math.min(deadlines.backoffMinMs, ceilingMs)
  return Math.round(floorMs + random() * (ceilingMs - floorMs))
}
