// One exchange: sends a request and reads the whole reply within a size limit. Follows nothing and repeats nothing.
import type { Dispatcher } from 'undici'
import { AppError } from '#contract/errors.ts'
import type { Hop } from './redirect.ts'

export interface HttpReply {
  status: number
  /** By lower-case name; repeated headers are joined by a comma. */
  headers: Record<string, string>
  /** Who answered, after redirects. */
  origin: string
  text(): string
  /** The body as JSON. Throws bad-reply for HTML (a proxy's or an error page) and for anything else. */
  json(): unknown
}

/** Errors: whatever undici throws, and bad-reply when the body is larger than `maxBytes` or compressed. */
export async function createReply(
  dispatcher: Dispatcher,
  hop: Hop,
  limits: { signal: AbortSignal; maxBytes: number },
): Promise<HttpReply> {
  const { origin } = hop.url
  const response = await dispatcher.request({
    origin,
    path: hop.url.pathname + hop.url.search,
    method: hop.method,
    headers: { ...hop.headers, 'accept-encoding': 'identity' },
    body: hop.body,
    signal: limits.signal,
  })
  const headers = flattenHeaders(response.headers)
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    response.body.on('error', () => undefined).destroy()
    throw new AppError('bad-reply', `${origin} compresses although it was not asked to.`, { details: { origin } })
  }
  const body = await readBody(response.body, limits.maxBytes, origin)
  const text = new TextDecoder().decode(body)
  return {
    status: response.statusCode,
    headers,
    origin,
    text: () => text,
    json: () => parseJson(text, headers, origin, response.statusCode),
  }
}

async function readBody(stream: AsyncIterable<Buffer>, maxBytes: number, origin: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of stream) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) {
      const message = `${origin} sends more than ${maxBytes} bytes where a short answer was expected.`
      throw new AppError('bad-reply', message, { details: { origin, maxBytes } })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function flattenHeaders(raw: Record<string, string | string[] | undefined>): Record<string, string> {
  const pairs = Object.entries(raw).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value] as const],
  )
  return Object.fromEntries(pairs)
}

function parseJson(text: string, headers: Record<string, string>, origin: string, status: number): unknown {
  const contentType = headers['content-type'] ?? ''
  const isHtml = /^\s*text\/html/i.test(contentType) || /^\s*<(!doctype|html|\?xml)/i.test(text)
  if (!isHtml) {
    try {
      return JSON.parse(text)
    } catch {
      // Said below, together with HTML: the parser's message would quote the body.
    }
  }
  const what = isHtml ? 'a web page' : 'something that is not JSON'
  const message = `${origin} answers with ${what} instead of data (${status}). Is the address that of the server's API?`
  throw new AppError('bad-reply', message, {
    details: { origin, status, expected: 'application/json', got: contentType.slice(0, 100) },
  })
}
