// Which bytes of a file a request is to get: Range and If-Range by RFC 9110, and the ways servers get it wrong.
// Pure; knows nothing of sockets or files.
import type { MediaBehaviour } from './behaviour.ts'

export interface Representation {
  readonly sizeBytes: number
  /** With quotes, `W/` in front when weak; null when none is sent. */
  readonly etag: string | null
  /** Whole seconds; null when none is sent. */
  readonly lastModifiedMs: number | null
}

export type RangeChoice =
  | { readonly status: 200; readonly start: 0; readonly end: number }
  /** `end` is exclusive; `contentRange` is the header's value, which a lying server makes differ from what was asked. */
  | { readonly status: 206; readonly start: number; readonly end: number; readonly contentRange: string }
  | { readonly status: 416; readonly contentRange: string }

/** How much earlier than asked `wrong-content-range` begins. */
const wrongStartBytes = 4096

/** One range only (a list of ranges is answered with the whole file, which RFC 9110 14.2 allows); null = to be ignored. */
function parseRange(header: string, sizeBytes: number): { start: number; end: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim())
  if (match === null) return null
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return null
  if (first === '') {
    const count = Math.min(Number(last), sizeBytes)
    return count === 0 ? 'unsatisfiable' : { start: sizeBytes - count, end: sizeBytes }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return null
  if (start >= sizeBytes) return 'unsatisfiable'
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) }
}

/** RFC 9110 13.1.5: an entity tag by strong comparison, a date by exact match. */
function ifRangeHolds(header: string, representation: Representation): boolean {
  const value = header.trim()
  if (value.startsWith('"')) return value === representation.etag
  if (value.startsWith('W/') || representation.lastModifiedMs === null) return false
  return Date.parse(value) === Math.floor(representation.lastModifiedMs / 1000) * 1000
}

export function chooseRange(
  headers: { readonly range?: string | undefined; readonly 'if-range'?: string | undefined },
  representation: Representation,
  behaviour: MediaBehaviour['range'],
): RangeChoice {
  const { sizeBytes } = representation
  const whole: RangeChoice = { status: 200, start: 0, end: sizeBytes }
  const { range, 'if-range': ifRange } = headers
  if (behaviour === 'none' || behaviour === 'ignored' || range === undefined) return whole
  if (ifRange !== undefined && !ifRangeHolds(ifRange, representation)) return whole
  const asked = parseRange(range, sizeBytes)
  if (asked === null) return whole
  if (asked === 'unsatisfiable') return { status: 416, contentRange: `bytes */${sizeBytes}` }
  const isLie = asked.start > 0
  const start = isLie && behaviour === 'wrong-content-range' ? Math.max(0, asked.start - wrongStartBytes) : asked.start
  const total = isLie && behaviour === 'wrong-total' ? sizeBytes + 1000 : sizeBytes
  return { status: 206, start, end: asked.end, contentRange: `bytes ${start}-${asked.end - 1}/${total}` }
}
