// Times as servers write them, with and without a zone. Pure.
import { AppError } from '#contract/errors.ts'

const form = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?\s*(Z|[+-]\d{2}:?\d{2})?$/i
const offsetForm = /^([+-])(\d{2}):?(\d{2})$/
const longestOffsetMinutes = 18 * 60

/**
 * Unix milliseconds of an ISO 8601 time; without a zone it is read in `zone` (IANA name or ±hh:mm), and of two equal local
 * times of a clock-change night the earlier is meant. Null when it is no such time.
 */
export function parseServerTime(text: string, zone: string): number | null {
  const found = form.exec(text.trim())
  if (found === null) return null
  const [, date, time, fraction = '', suffix] = found
  const localMs = Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`)
  if (Number.isNaN(localMs)) return null
  if (suffix !== undefined) {
    const offsetMs = fixedOffsetMs(suffix)
    return offsetMs === null ? null : localMs - offsetMs
  }
  const earlierMs = localMs - offsetAtMs(zone, localMs - 86_400_000)
  if (offsetAtMs(zone, earlierMs) === localMs - earlierMs) return earlierMs
  return localMs - offsetAtMs(zone, localMs - offsetAtMs(zone, localMs))
}

/**
 * ISO 8601, without a fraction where there is none: documents show periods down to the second. In UTC with `Z`; in another
 * zone with its offset, so that a server which ignores the offset and reads the digits in that zone means the same instant.
 */
export function formatInstant(unixMs: number, zone = 'UTC'): string {
  const offsetMs = offsetAtMs(zone, unixMs)
  const [local = ''] = new Date(unixMs + offsetMs).toISOString().replace('.000Z', 'Z').split('Z')
  if (offsetMs === 0) return `${local}Z`
  const [hours = 0, minutes = 0] = [3_600_000, 60_000].map((unitMs) => Math.floor(Math.abs(offsetMs) / unitMs))
  const digits = [hours, minutes % 60].map((value) => String(value).padStart(2, '0')).join(':')
  return `${local}${offsetMs < 0 ? '-' : '+'}${digits}`
}

/** Throws invalid-input unless the zone is ±hh:mm or an IANA name that this machine knows. */
export function checkZone(zone: string): void {
  if (fixedOffsetMs(zone) !== null) return
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch {
    const message = `"${zone}" is no time zone. Write an IANA name such as Europe/Berlin, or an offset such as +03:00.`
    throw new AppError('invalid-input', message, { details: { fields: { zone: message } } })
  }
}

function fixedOffsetMs(text: string): number | null {
  if (/^(z|utc)$/i.test(text)) return 0
  const found = offsetForm.exec(text)
  if (found === null) return null
  const minutes = Number(found[2]) * 60 + Number(found[3])
  if (Number(found[3]) > 59 || minutes > longestOffsetMinutes) return null
  return (found[1] === '-' ? -minutes : minutes) * 60_000
}

/** Local minus UTC at that instant. */
function offsetAtMs(zone: string, unixMs: number): number {
  const fixed = fixedOffsetMs(zone)
  if (fixed !== null) return fixed
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(unixMs)
  const part = (type: string): number => Number(parts.find((entry) => entry.type === type)?.value)
  const wholeMs = Math.floor(unixMs / 1000) * 1000
  const localMs = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return localMs - wholeMs
}
