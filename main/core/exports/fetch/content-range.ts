// Reads the Content-Range of a reply (RFC 9110, 14.4). A header that does not follow the grammar is no header.

/** `206`: the bytes sent, and the size of the file where it is told. */
export interface SentRange {
  start: number
  /** Not included (the header names the last byte itself). */
  end: number
  totalBytes: number | null
}

const sent = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i
const unsatisfied = /^bytes \*\/(\d{1,16})$/i

/** `bytes 0-99/500` of a 206; null when absent, malformed or contradicting itself. */
export function parseContentRange(text: string | undefined): SentRange | null {
  const match = sent.exec(text?.trim() ?? '')
  if (match === null) return null
  const start = Number(match[1])
  const end = Number(match[2]) + 1
  const totalBytes = match[3] === '*' ? null : Number(match[3])
  if (end <= start || !Number.isSafeInteger(end)) return null
  if (totalBytes !== null && (end > totalBytes || !Number.isSafeInteger(totalBytes))) return null
  return { start, end, totalBytes }
}

/** The size of the file in the Content-Range of a 416 (RFC 9110, 14.4: unsatisfied-range); null when not told. */
export function parseUnsatisfiedRange(text: string | undefined): number | null {
  const match = unsatisfied.exec(text?.trim() ?? '')
  const totalBytes = match === null ? Number.NaN : Number(match[1])
  return Number.isSafeInteger(totalBytes) ? totalBytes : null
}
