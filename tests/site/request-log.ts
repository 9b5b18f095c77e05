// What a server of the site was asked and what it answered, kept in memory for tests to read.
// Knows nothing of what the server serves.
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface RequestRecord {
  id: number
  /** Unix time at which the head of the request had arrived. */
  atMs: number
  method: string
  url: string
  /** All request headers, lower-case names, as received: credentials that should not have been sent can be seen here. */
  headers: Record<string, string>
  /** 0 until the head of the answer is written. */
  status: number
  /** Body bytes handed to the socket that were flushed. */
  bytesSent: number
  camera?: number
  /** First byte of the range that was served. */
  rangeStart?: number
  /** True when the response ended normally; false while it runs and for ever when it was cut. */
  finished: boolean
}

export interface RequestLog {
  /** Starts a record and follows the response to its end. The caller counts `bytesSent` itself if it streams. */
  record(request: IncomingMessage, response: ServerResponse): RequestRecord
  list(): RequestRecord[]
  clear(): void
}

function copyHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
  }
  return headers
}

function countWholeBody(request: IncomingMessage, response: ServerResponse): number {
  const hasBody = request.method !== 'HEAD' && response.statusCode !== 204 && response.statusCode !== 304
  const length = Number(response.getHeader('content-length') ?? 0)
  return hasBody && Number.isFinite(length) ? length : 0
}

/** Keeps the newest `limit` records. Ids go on counting when the log is cleared. */
export function createRequestLog(nowMs: () => number, limit = 100_000): RequestLog {
  let records: RequestRecord[] = []
  let nextId = 1
  function record(request: IncomingMessage, response: ServerResponse): RequestRecord {
    const { method = '', url = '' } = request
    const headers = copyHeaders(request)
    const entry: RequestRecord = {
      id: nextId++,
      atMs: nowMs(),
      method,
      url,
      headers,
      status: 0,
      bytesSent: 0,
      finished: false,
    }
    records.push(entry)
    if (records.length > limit) records = records.slice(-Math.floor(limit / 2))
    response.once('finish', () => {
      entry.finished = true
      entry.status = response.statusCode
      if (entry.bytesSent === 0) entry.bytesSent = countWholeBody(request, response)
    })
    response.once('close', () => {
      if (response.headersSent) entry.status = response.statusCode
    })
    return entry
  }
  return {
    record,
    list: () => records,
    clear() {
      records = []
    },
  }
}
