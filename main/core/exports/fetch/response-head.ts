// Reads the head of an HTTP/1.1 response (RFC 9112), more strictly than the standard asks: whatever two readers could
// understand in two ways is refused. Pure.

/** By lower-case name; of a repeated header, the first (repeated framing headers are refused). */
export type ReplyHeaders = Readonly<Record<string, string | undefined>>

export interface ResponseHead {
  status: number
  headers: ReplyHeaders
  framing: Framing
}

/** How the end of the body is known (RFC 9112, 6.3). */
export type Framing = { kind: 'length'; lengthBytes: number } | { kind: 'chunked' } | { kind: 'until-close' }

/** 16 KiB as in node:http. */
export const mostHeadBytes = 16_384
const mostHeaders = 200

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/
const headerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/
const framingNames = new Set(['content-length', 'transfer-encoding'])

/** `head` is latin-1, without the empty line that ends it. Null: this is no HTTP/1.x head that can be relied on. */
export function parseResponseHead(head: string): ResponseHead | null {
  const [first = '', ...lines] = head.split('\r\n')
  const match = statusLine.exec(first)
  if (match === null || lines.length > mostHeaders) return null
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  for (const line of lines) {
    const header = headerLine.exec(line)
    if (header === null) return null
    const name = (header[1] ?? '').toLowerCase()
    const value = header[2] ?? ''
    // A tab after `chunked` is white space to one reader and part of the name to another.
    if (framingNames.has(name) && (name in headers || value.includes('\t'))) return null
    headers[name] ??= value.trim()
  }
  const status = Number(match[2])
  const framing = decideFraming(status, headers, match[1] === '1')
  return framing === null ? null : { status, headers, framing }
}

function decideFraming(status: number, headers: ReplyHeaders, isHttp11: boolean): Framing | null {
  const { 'transfer-encoding': transferEncoding, 'content-length': contentLength } = headers
  // No interim responses in HTTP/1.0 (RFC 9110, 15.2).
  if (status < 200 && !isHttp11) return null
  if (status < 200 || status === 204 || status === 304) return { kind: 'length', lengthBytes: 0 }
  if (transferEncoding !== undefined) {
    const isPlain = transferEncoding.toLowerCase() === 'chunked' && isHttp11 && contentLength === undefined
    return isPlain ? { kind: 'chunked' } : null
  }
  if (contentLength === undefined) return { kind: 'until-close' }
  return /^\d{1,15}$/.test(contentLength) ? { kind: 'length', lengthBytes: Number(contentLength) } : null
}
