// Moments as people write them, and back: ISO 8601 with an offset or a zone. A local time alone is never guessed at.
import type { AppError } from '#contract/errors.ts'
import { refuseOrder } from './fault.ts'
import type { Fault } from './fault.ts'
import { formatOffset, offsetOf, parseZone } from './zone.ts'

const example = 'Write it with an offset, like 2026-11-01T10:00:00+03:00, or with Z for UTC.'
const pattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?(?:\[([^\]]{1,64})\])?$/
const dayMs = 24 * 3_600_000

/**
 * Unix milliseconds of a time with `Z`, an offset, or a zone in brackets (RFC 9557). Digits below the millisecond are cut
 * off. Errors: invalid-input when there is neither, when the local time exists twice in the zone (both offsets are named),
 * does not exist (its two neighbours are named), or is no date at all.
 */
export function parseInstant(text: string): number {
  const match = pattern.exec(text.trim())
  if (!match) throw refuse(text, 'no-time', `is not a date with a time. ${example}`)
  const localMs = readLocal(text, match)
  const offset = match[8]
  const zone = match[9] === undefined ? null : parseZone(match[9])
  if (offset === undefined && zone === null) throw refuse(text, 'no-offset', `has no offset and no zone. ${example}`)
  const unixMs = offset === undefined ? resolveLocal(text, localMs, zone ?? 'UTC') : localMs - readOffset(text, offset)
  if (offset !== undefined && zone !== null && unixMs + offsetOf(unixMs, zone) !== localMs) {
    const there = formatLocal(unixMs, zone)
    throw refuse(text, 'other-offset', `has an offset that ${zone} does not have at that time (${there} there).`, {
      zone,
      there,
    })
  }
  if (unixMs < 0) throw refuse(text, 'before-1970', 'lies before 1970.')
  return unixMs
}

/** `2026-10-25_02-10-00+0300`: sorts within a day, has no character that a file system refuses, and carries its offset. */
export function formatForName(unixMs: number, zone: string): string {
  const { date, time, offsetMs } = localFields(unixMs, zone)
  return `${date}_${time.replaceAll(':', '-')}${formatOffset(offsetMs, '')}`
}

/** `2026-10-25 02:10:00+03:00`, with milliseconds where there are any. `parseInstant` reads it back. */
export function formatLocal(unixMs: number, zone: string): string {
  const { date, time, millisecond, offsetMs } = localFields(unixMs, zone)
  return `${date} ${time}${millisecond === '000' ? '' : `.${millisecond}`}${formatOffset(offsetMs)}`
}

function localFields(
  unixMs: number,
  zone: string,
): { date: string; time: string; millisecond: string; offsetMs: number } {
  const offsetMs = offsetOf(unixMs, zone)
  const iso = new Date(unixMs + offsetMs).toISOString()
  const split = iso.indexOf('T')
  return {
    date: iso.slice(0, split),
    time: iso.slice(split + 1, split + 9),
    millisecond: iso.slice(split + 10, split + 13),
    offsetMs,
  }
}

/** The fields as if they were UTC. */
function readLocal(text: string, match: RegExpExecArray): number {
  const [year, month, day, hour, minute] = match.slice(1, 6).map(Number) as [number, number, number, number, number]
  const second = Number(match[6] ?? 0)
  const millisecond = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second, millisecond)
  const date = new Date(localMs)
  const isReal =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24
  if (!isReal || minute > 59 || second > 59)
    throw refuse(text, 'no-calendar', 'is not a time that exists in the calendar.')
  return localMs
}

function readOffset(text: string, offset: string): number {
  if (offset.toUpperCase() === 'Z') return 0
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0')
  try {
    return offsetOf(0, parseZone(`${offset.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`))
  } catch {
    throw refuse(text, 'no-such-offset', `has the offset ${offset}, which no place on earth has.`, { offset })
  }
}

/** Finds the one moment at which the zone's clocks show that local time. */
function resolveLocal(text: string, localMs: number, zone: string): number {
  const offsets = [...new Set([offsetOf(localMs - dayMs, zone), offsetOf(localMs + dayMs, zone)])]
  const moments = offsets.map((offset) => localMs - offset).filter((ms) => ms + offsetOf(ms, zone) === localMs)
  const [first, second] = moments.sort((a, b) => a - b)
  if (first !== undefined && second !== undefined) {
    const both = { first: formatIso(first, zone), second: formatIso(second, zone) }
    throw refuse(
      text,
      'twice',
      `exists twice in ${zone}, because the clocks are set back. Choose by offset: ` +
        `${both.first} is the first, ${both.second} the second.`,
      { zone, ...both },
    )
  }
  if (first !== undefined) return first
  const [before = '', after = ''] = neighboursOfGap(localMs, offsets, zone).map((unixMs) => formatIso(unixMs, zone))
  throw refuse(
    text,
    'skipped',
    `does not exist in ${zone}, because the clocks are set forward. Its neighbours are ${before} and ${after}.`,
    { zone, before, after },
  )
}

/** The last whole second before the clocks jump over that local time, and the first moment after. */
function neighboursOfGap(localMs: number, offsets: readonly number[], zone: string): [number, number] {
  let before = Math.floor((localMs - Math.max(...offsets)) / 1000) * 1000
  let after = Math.ceil((localMs - Math.min(...offsets)) / 1000) * 1000
  const oldOffset = offsetOf(before, zone)
  while (after - before > 1000) {
    const middle = before + Math.floor((after - before) / 2000) * 1000
    if (offsetOf(middle, zone) === oldOffset) before = middle
    else after = middle
  }
  return [before, after]
}

function formatIso(unixMs: number, zone: string): string {
  return formatLocal(unixMs, zone).replace(' ', 'T')
}

function refuse(text: string, reason: string, why: string, values: Record<string, string> = {}): AppError {
  const shown = text.slice(0, 80)
  const fault: Fault = { reason: `time-${reason}`, text: shown, ...values }
  return refuseOrder(`“${shown}” ${why}`, [fault])
}
