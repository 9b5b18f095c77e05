// Sends one request of an operation over HTTP or HTTPS, with a body on any method, and collects the answer.
// Knows nothing of dialects; trusts a certificate only when it is given.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Operation } from '../openapi-document.ts'

export interface FileValue {
  readonly name: string
  readonly mediaType: string
  readonly bytes: Buffer
}

export interface OperationRequest {
  readonly path: Readonly<Record<string, unknown>>
  /** A list is sent as a repeated parameter; undefined is left out. */
  readonly query: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  /** Files of a multipart form are FileValue. */
  readonly body?: { readonly mediaType: string; readonly value: unknown }
}

export interface Origin {
  readonly url: string
  /** PEM of the certificate to trust; not needed for http. */
  readonly certificatePem?: string
}

export interface SentAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
}

const deadlineMs = 20_000

export function writeTarget(template: string, { path, query }: OperationRequest): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])))
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one !== undefined) parameters.append(name, String(one))
    }
  }
  return parameters.size === 0 ? filled : `${filled}?${parameters.toString()}`
}

async function encodeBody(body: NonNullable<OperationRequest['body']>): Promise<{ type: string; bytes: Buffer }> {
  const { mediaType, value } = body
  if (mediaType === 'application/json') return { type: mediaType, bytes: Buffer.from(JSON.stringify(value)) }
  const fields = Object.entries(value as Record<string, unknown>)
  if (mediaType === 'application/x-www-form-urlencoded') {
    const form = new URLSearchParams(fields.map(([name, text]): [string, string] => [name, String(text)]))
    return { type: mediaType, bytes: Buffer.from(form.toString()) }
  }
  const form = new FormData()
  for (const [name, entry] of fields) {
    const file = entry as FileValue
    if (typeof entry === 'string') form.append(name, entry)
    else form.append(name, new Blob([Uint8Array.from(file.bytes)], { type: file.mediaType }), file.name)
  }
  const response = new Response(form)
  return { type: response.headers.get('content-type') ?? mediaType, bytes: Buffer.from(await response.arrayBuffer()) }
}

/** Rejects when the connection fails or twenty seconds pass. */
export async function sendRequest(
  origin: Origin,
  operation: Operation,
  request: OperationRequest,
): Promise<SentAnswer> {
  const encoded = request.body === undefined ? undefined : await encodeBody(request.body)
  const headers: Record<string, string> = { accept: 'application/json', ...request.headers }
  if (encoded !== undefined) {
    headers['content-type'] = encoded.type
    headers['content-length'] = String(encoded.bytes.length)
  }
  const url = new URL(writeTarget(operation.template, request), origin.url)
  const trust = origin.certificatePem === undefined ? {} : { ca: origin.certificatePem }
  const options = { method: operation.method, headers, signal: AbortSignal.timeout(deadlineMs), ...trust }
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', reject)
    sent.end(encoded?.bytes)
  })
}
