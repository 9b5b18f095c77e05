// Parses a request body by its content type: JSON, form fields, multipart form with files.
// Knows nothing of what the body means.
import type { Fault } from './faults.ts'
import type { RawRequest } from './openapi.ts'
import type { Schema } from './openapi-document.ts'

export interface UploadedFile {
  readonly name: string
  /** As sent by the client; not checked against the bytes. */
  readonly mediaType: string
  readonly bytes: Buffer
}

export type ReadBody =
  | { readonly fault: Fault }
  /** `checked` is what the schema describes: files are texts there. */
  | { readonly schema: Schema; readonly value: unknown; readonly checked: unknown }

/** Media type without its parameters, lower case; empty when the header is absent. */
export function readMediaType(header: string | undefined): string {
  return (header ?? '').split(';')[0]!.trim().toLowerCase()
}

function refuse(wanted: string): ReadBody {
  return { fault: { place: 'body', steps: [], rule: 'syntax', wanted } }
}

function readJson(schema: Schema, body: Uint8Array): ReadBody {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return { schema, value, checked: value }
  } catch {
    return refuse('JSON')
  }
}

function readForm(schema: Schema, body: Uint8Array): ReadBody {
  const fields = new URLSearchParams(Buffer.from(body).toString('utf8'))
  const value: Record<string, string> = {}
  for (const [name, text] of fields) {
    if (name in value) return { fault: { place: 'body', steps: [name], rule: 'type', wanted: 'a single value' } }
    value[name] = text
  }
  return { schema, value, checked: value }
}

async function readMultipart(schema: Schema, body: Uint8Array, contentType: string): Promise<ReadBody> {
  const headers = { 'content-type': contentType }
  const form = await new Response(Uint8Array.from(body), { headers }).formData().catch(() => null)
  if (form === null) return refuse('multipart/form-data')
  const value: Record<string, string | UploadedFile> = {}
  const checked: Record<string, string> = {}
  for (const [name, entry] of form.entries()) {
    if (name in value) return { fault: { place: 'body', steps: [name], rule: 'type', wanted: 'a single value' } }
    checked[name] = typeof entry === 'string' ? entry : entry.name
    value[name] =
      typeof entry === 'string'
        ? entry
        : { name: entry.name, mediaType: entry.type, bytes: Buffer.from(await entry.arrayBuffer()) }
  }
  return { schema, value, checked }
}

/** An absent body and a content type the operation does not take are faults, with the steps empty. */
export async function readBody(bodies: ReadonlyMap<string, Schema>, raw: RawRequest): Promise<ReadBody> {
  const contentType = raw.headers['content-type'] ?? ''
  const mediaType = readMediaType(contentType)
  const schema = bodies.get(mediaType)
  if (raw.body.length === 0) return { fault: { place: 'body', steps: [], rule: 'missing', wanted: '' } }
  if (schema === undefined) return refuse([...bodies.keys()].join(', '))
  if (mediaType === 'application/json') return readJson(schema, raw.body)
  if (mediaType === 'application/x-www-form-urlencoded') return readForm(schema, raw.body)
  return readMultipart(schema, raw.body, contentType)
}
