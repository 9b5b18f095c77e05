// Makes a valid value from a schema of an OpenAPI document, and a valid request from an operation.
// Knows nothing of dialects: ids and times that have to exist are handed in by name.
import { documentId } from '../openapi-document.ts'
import type { Operation, Schema } from '../openapi-document.ts'
import type { OperationRequest } from './send-request.ts'

/** Values by the name of a parameter or property; they win over what the schema suggests. */
export type Known = Readonly<Record<string, unknown>>

type Maker = (schema: Schema) => unknown

/** The schema a reference leads to. */
export function followSchema(root: Schema, schema: Schema): Schema {
  const reference = schema['$ref']
  if (typeof reference !== 'string') return schema
  const steps = reference.slice(`${documentId}#/`.length).split('/')
  return followSchema(root, steps.reduce<unknown>((place, step) => (place as Schema)[step], root) as Schema)
}

const textByFormat: Readonly<Record<string, string>> = {
  uuid: '3f2b8f8e-5d0c-4c55-9d3e-0b1b9e1c2a10',
  'date-time': '2026-01-02T03:04:05Z',
  date: '1990-05-06',
}

function makeText(schema: Schema): string {
  const format = schema['format']
  if (typeof format === 'string') return textByFormat[format] ?? 'text'
  const least = Number(schema['minLength'] ?? 0)
  const most = Number(schema['maxLength'] ?? Infinity)
  return 'Example text'.padEnd(least, '.').slice(0, most)
}

function makeNumber(schema: Schema): number {
  const least = Number(schema['minimum'] ?? 1)
  return Math.min(Math.max(1, least), Number(schema['maximum'] ?? Infinity))
}

const makers: Readonly<Record<string, Maker>> = {
  string: makeText,
  integer: makeNumber,
  number: makeNumber,
  boolean: () => true,
  null: () => null,
}

/** A value with all properties the schema names. Of several models the first is taken. */
export function makeExample(root: Schema, given: Schema, known: Known): unknown {
  const schema = followSchema(root, given)
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  const models = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined
  if (models?.[0] !== undefined) return makeExample(root, models[0], known)
  if (schema['type'] === 'array') {
    const items = schema['items'] as Schema | undefined
    return items === undefined ? [] : [makeExample(root, items, known)]
  }
  if (schema['type'] === 'object' || schema['properties'] !== undefined) {
    const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)
    return Object.fromEntries(
      properties.map(([name, property]) => [name, name in known ? known[name] : makeExample(root, property, known)]),
    )
  }
  const maker = makers[String(schema['type'])]
  if (maker === undefined) throw new Error(`no example for ${JSON.stringify(schema)}`)
  return maker(schema)
}

export interface RequestChoice {
  readonly known: Known
  readonly headers: Readonly<Record<string, string>>
  /** Parameters to send besides the required ones. */
  sends(name: string): boolean
}

/** The body has all properties of its schema. */
export function makeRequest(root: Schema, operation: Operation, choice: RequestChoice): OperationRequest {
  const { known, headers } = choice
  const values = { path: {}, query: {}, header: { ...headers } } as Record<string, Record<string, unknown>>
  for (const { name, place, required, schema } of operation.parameters) {
    if (!required && !choice.sends(name)) continue
    values[place]![name] = name in known ? known[name] : makeExample(root, schema, known)
  }
  const request = {
    path: values['path']!,
    query: values['query']!,
    headers: values['header'] as Record<string, string>,
  }
  const [first] = operation.bodies
  if (first === undefined) return request
  const [mediaType, schema] = first
  return { ...request, body: { mediaType, value: makeExample(root, schema, known) } }
}
