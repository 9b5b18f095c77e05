// Times of the vsaas dialect: texts into UTC milliseconds and back, in the zone of the server.
// Knows nothing of requests.

export interface ServerZone {
  /** Offset of the server's wall clock from UTC: times without a zone are read and written in it. */
  readonly zoneMinutes: number
  /** When not null, the server ignores the offset of a text and reads its digits as a wall clock of this zone. */
  readonly misreadZoneMinutes: number | null
}

const momentPattern = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:?\d\d)?)?$/
const minuteMs = 60_000

function readOffsetMinutes(text: string): number {
  if (text === 'Z') return 0
  const digits = text.slice(1).replace(':', '')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  return text.startsWith('-') ? -minutes : minutes
}

/** UTC milliseconds of an ISO 8601 date or date-time; null when it is none or there is no such day or hour. */
export function readMoment(text: string, zone: ServerZone): number | null {
  const parts = momentPattern.exec(text)
  if (parts === null) return null
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] = parts
  const digits = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
  const wallMs = Date.parse(digits)
  if (Number.isNaN(wallMs) || new Date(wallMs).toISOString() !== digits) return null
  const offsetMinutes = offset === undefined ? zone.zoneMinutes : readOffsetMinutes(offset)
  return wallMs - (zone.misreadZoneMinutes ?? offsetMinutes) * minuteMs
}

/** `YYYY-MM-DD HH:MM:SS` of the server's wall clock, without a zone (note V19). */
export function writeWallClock(unixMs: number, zone: ServerZone): string {
  const zoneMinutes = zone.misreadZoneMinutes ?? zone.zoneMinutes
  return new Date(unixMs + zoneMinutes * minuteMs).toISOString().slice(0, 19).replace('T', ' ')
}

/** `YYYY-MM-DDTHH:MM:SS.ffffffZ`, always UTC (note V19). */
export function writeMicroseconds(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('Z', '000Z')
}
