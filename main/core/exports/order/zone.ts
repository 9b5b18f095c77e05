// Zones and their offsets: IANA names and fixed offsets, by the platform's own time-zone data. Knows nothing of orders.
import { refuseOrder } from './fault.ts'

const offsetPattern = /^([+-])(\d{2}):?(\d{2})$/
const longestOffsetMinutes = 18 * 60
const formatters = new Map<string, Intl.DateTimeFormat>()
/** Offsets by stretches of time; null where the clocks change within one. No zone has changed twice in so short a time. */
const blocks = new Map<string, Map<number, number | null>>()
const blockMs = 3 * 3_600_000
const mostBlocks = 10_000

/** The zone in the form that the other functions take: an IANA name, `UTC`, or `±HH:MM`. Errors: invalid-input. */
export function parseZone(text: string): string {
  const trimmed = text.trim()
  if (/^(z|utc)$/i.test(trimmed)) return 'UTC'
  const offset = offsetPattern.exec(trimmed)
  if (offset) {
    const [, sign, hours, minutes] = offset
    if (Number(minutes) < 60 && Number(hours) * 60 + Number(minutes) <= longestOffsetMinutes) {
      return `${sign}${hours}:${minutes}`
    }
  } else if (/^[A-Za-z]/.test(trimmed) && trimmed.length <= 64) {
    try {
      return new Intl.DateTimeFormat('en-US', { timeZone: trimmed }).resolvedOptions().timeZone
    } catch {
      // Falls through to the one refusal below.
    }
  }
  const shown = text.slice(0, 64)
  throw refuseOrder(`“${shown}” is not a time zone. Write an IANA name like Europe/Berlin, or an offset like +03:00.`, [
    { reason: 'zone', text: shown },
  ])
}

/** Offset of the zone at that moment, in milliseconds east of UTC. Errors: invalid-input for an unknown zone. */
export function offsetOf(unixMs: number, zone: string): number {
  if (/^[+-]/.test(zone)) return fixedOffsetMs(parseZone(zone))
  if (zone === 'UTC') return 0
  const block = Math.floor(unixMs / blockMs)
  const known = blocksOf(zone)
  const cached = known.get(block)
  if (cached !== undefined) return cached ?? askOffset(unixMs, zone)
  if (known.size >= mostBlocks) known.clear()
  const [first, last] = [askOffset(block * blockMs, zone), askOffset((block + 1) * blockMs - 1, zone)]
  known.set(block, first === last ? first : null)
  return first === last ? first : askOffset(unixMs, zone)
}

function blocksOf(zone: string): Map<number, number | null> {
  const known = blocks.get(zone)
  if (known) return known
  const created = new Map<number, number | null>()
  blocks.set(zone, created)
  return created
}

/** By the platform: some microseconds each time. */
function askOffset(unixMs: number, zone: string): number {
  const wholeSecondMs = Math.floor(unixMs / 1000) * 1000
  const fields = new Map(
    formatterOf(zone)
      .formatToParts(wholeSecondMs)
      .map((part) => [part.type, Number(part.value)]),
  )
  const field = (type: Intl.DateTimeFormatPartTypes): number => fields.get(type) ?? 0
  const localMs = Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  )
  return localMs - wholeSecondMs
}

/** `+03:00`; with another separator `+0300`. Seconds (only in offsets before 1973) are cut off. */
export function formatOffset(offsetMs: number, separator = ':'): string {
  const minutes = Math.floor(Math.abs(offsetMs) / 60_000)
  const pad = (value: number): string => String(value).padStart(2, '0')
  return `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}${separator}${pad(minutes % 60)}`
}

function fixedOffsetMs(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known) return known
  const created = new Intl.DateTimeFormat('en-US', {
    timeZone: parseZone(zone),
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formatters.set(zone, created)
  return created
}
