// Decides from the head of a reply what may be done with its body (RFC 9110, 14 and 15). Pure: sees neither socket nor disk.
import type { ByteRange } from './byte-ranges.ts'
import { parseContentRange, parseUnsatisfiedRange } from './content-range.ts'
import type { FetchOutcome } from './fetch-request.ts'
import type { ReplyHeaders } from './response-head.ts'
import { isSameValidator, readValidator } from './validator.ts'
import type { Validator } from './validator.ts'

/** What was asked: the whole file with `Range: bytes=0-`, the same without Range, or a part under If-Range. */
export type Asked =
  { kind: 'whole' } | { kind: 'plain' } | { kind: 'part'; range: ByteRange; totalBytes: number; validator: Validator }

export interface ReplyHead {
  status: number
  headers: ReplyHeaders
}

/** A body that may be written from byte `start` on, and up to `end` when that is known. */
export interface UsableBody {
  kind: 'body'
  start: number
  end: number | null
  totalBytes: number | null
  validator: Validator | null
  isResumable: boolean
  /** False: only the end of the connection ends the body. */
  isEndProven: boolean
}

export type Verdict =
  | UsableBody
  /** Ask again without Range: this server's partial replies cannot be used. */
  | { kind: 'ask-plainly' }
  /** A body that is no media; its first characters belong into the error. */
  | { kind: 'no-media'; reason: 'page' | 'encoding' | 'status' }
  | { kind: 'empty' }
  | { kind: 'end'; outcome: Exclude<FetchOutcome, { kind: 'complete' | 'cut' | 'expired' | 'refused' }> }
  | { kind: 'expired'; status: 401 | 403 | 404 | 410 }

/** `retryAtMs`: what the reply's Retry-After means, Unix milliseconds. */
export function classifyReply(asked: Asked, reply: ReplyHead, retryAtMs: number | null): Verdict {
  const { status } = reply
  if (status === 200 || status === 206) return classifyBody(asked, reply)
  if (status === 204 || status === 205) return { kind: 'empty' }
  if (status === 401 || status === 403 || status === 404 || status === 410) return { kind: 'expired', status }
  if (status === 413) return { kind: 'end', outcome: { kind: 'too-long' } }
  if (status === 416) return classifyUnsatisfied(asked, reply)
  if (status === 429 || status === 503) return { kind: 'end', outcome: { kind: 'busy', status, retryAtMs } }
  // 408 and 425 say "again later" (RFC 9110, 15.5.9; RFC 8470, 5.2), as a 5xx does.
  if (status >= 500 || status === 408 || status === 425) {
    return { kind: 'end', outcome: { kind: 'server-error', status } }
  }
  return { kind: 'no-media', reason: 'status' }
}

const pageTypes = new Set(['text/html', 'application/xhtml+xml', 'application/json', 'application/problem+json'])

function classifyBody(asked: Asked, reply: ReplyHead): Verdict {
  const { headers } = reply
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity' && encoding !== '') return { kind: 'no-media', reason: 'encoding' }
  if (pageTypes.has(mediaType(headers['content-type']) ?? '')) return { kind: 'no-media', reason: 'page' }
  if (asked.kind === 'part')
    return reply.status === 206 ? classifyPart(asked, headers) : classifyUnasked(asked, headers)
  if (reply.status === 206) return asked.kind === 'whole' ? classifyFirstPart(headers) : notAsked
  const lengthBytes = contentLength(headers)
  if (lengthBytes === 0) return { kind: 'empty' }
  const isEndProven = hasFraming(headers)
  const validator = readValidator(headers)
  return {
    kind: 'body',
    start: 0,
    end: lengthBytes,
    totalBytes: lengthBytes,
    validator,
    isResumable: false,
    isEndProven,
  }
}

/** A partial reply to a request without Range. */
const notAsked: Verdict = { kind: 'no-media', reason: 'status' }

/** The lower-case type of a Content-Type, without parameters. */
export function mediaType(contentType: string | undefined): string | null {
  return contentType?.split(';')[0]?.trim().toLowerCase() ?? null
}

function contentLength(headers: ReplyHeaders): number | null {
  const text = headers['content-length']
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null
}

function hasFraming(headers: ReplyHeaders): boolean {
  return contentLength(headers) !== null || headers['transfer-encoding'] !== undefined
}

function classifyFirstPart(headers: ReplyHeaders): Verdict {
  const range = parseContentRange(headers['content-range'])
  if (range === null || range.start !== 0 || range.totalBytes === null) return { kind: 'ask-plainly' }
  if (contradictsLength(headers, range)) return { kind: 'ask-plainly' }
  const validator = readValidator(headers)
  if (validator === null && range.end !== range.totalBytes) return { kind: 'ask-plainly' }
  const isResumable = validator !== null
  return { ...range, kind: 'body', validator, isResumable, isEndProven: true }
}

function classifyPart(asked: Extract<Asked, { kind: 'part' }>, headers: ReplyHeaders): Verdict {
  const range = parseContentRange(headers['content-range'])
  if (range === null || range.start !== asked.range.start || range.totalBytes !== asked.totalBytes) return changed
  if (range.end > asked.range.end || contradictsLength(headers, range)) return changed
  if (!carriesSameValidator(asked.validator, headers)) return changed
  return { ...range, kind: 'body', validator: asked.validator, isResumable: true, isEndProven: true }
}

const changed: Verdict = { kind: 'end', outcome: { kind: 'changed' } }

/** A 206 must repeat the ETag (RFC 9110, 15.3.7) but may leave Last-Modified out. */
function carriesSameValidator(expected: Validator, headers: ReplyHeaders): boolean {
  if (expected.kind === 'etag') return isSameValidator(expected, readValidator(headers))
  const lastModified = headers['last-modified']
  return lastModified === undefined || lastModified.trim() === expected.value
}

/** A whole file under If-Range: another one, unless it carries the very same witness or another size is not told. */
function classifyUnasked(asked: Extract<Asked, { kind: 'part' }>, headers: ReplyHeaders): Verdict {
  const lengthBytes = contentLength(headers)
  if (lengthBytes !== null && lengthBytes !== asked.totalBytes) return changed
  const { etag, 'last-modified': lastModified } = headers
  const witness = readValidator(asked.validator.kind === 'etag' ? { etag } : { 'last-modified': lastModified })
  if (witness !== null && !isSameValidator(witness, asked.validator)) return changed
  return { kind: 'end', outcome: { kind: 'not-resumable' } }
}

/** A part is asked for only inside the size that was told before: a server that has no such bytes has another file. */
function classifyUnsatisfied(asked: Asked, reply: ReplyHead): Verdict {
  if (asked.kind === 'part') return changed
  if (asked.kind === 'plain') return { kind: 'no-media', reason: 'status' }
  return parseUnsatisfiedRange(reply.headers['content-range']) === 0 ? { kind: 'empty' } : { kind: 'ask-plainly' }
}

function contradictsLength(headers: ReplyHeaders, range: { start: number; end: number }): boolean {
  const lengthBytes = contentLength(headers)
  return lengthBytes !== null && lengthBytes !== range.end - range.start
}
