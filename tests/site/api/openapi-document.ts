// Reads an OpenAPI 3.1 document into a flat list of operations, with every reference made absolute.
// Knows nothing of requests, answers or what an operation does.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export type Schema = Readonly<Record<string, unknown>>

export interface Parameter {
  readonly name: string
  readonly place: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Schema
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Operation {
  /** `operationId` of the document. */
  readonly id: string
  readonly method: HttpMethod
  /** Path with its parameters in braces. */
  readonly template: string
  readonly parameters: readonly Parameter[]
  /** Schema per media type; empty when the operation takes no body. A body that is taken is always required (note G07). */
  readonly bodies: ReadonlyMap<string, Schema>
  /** Per status: schema per media type, null where the document announces a media type without a model (note G05). */
  readonly answers: ReadonlyMap<number, ReadonlyMap<string, Schema | null>>
  readonly token: 'none' | 'optional' | 'required'
}

export interface OpenApiDocument {
  /** The whole document, references absolute, to be given to the schema validator under `documentId`. */
  readonly root: Schema
  readonly operations: readonly Operation[]
}

/** The id every absolute reference starts with. */
export const documentId = 'document.json'

const methods: readonly HttpMethod[] = ['GET', 'POST', 'PUT', 'DELETE']

type Json = Record<string, unknown>

function makeReferencesAbsolute(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(makeReferencesAbsolute)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      key === '$ref' && typeof entry === 'string' && entry.startsWith('#')
        ? documentId + entry
        : makeReferencesAbsolute(entry),
    ]),
  )
}

/** Follows a reference to a component that is not a schema (parameter, response). */
function follow(root: Json, value: Json): Json {
  const reference = value['$ref']
  if (typeof reference !== 'string') return value
  const steps = reference.slice(`${documentId}#/`.length).split('/')
  const target = steps.reduce<unknown>((place, step) => (place as Json | undefined)?.[step], root)
  if (target === undefined) throw new Error(`the document refers to ${reference}, which it does not hold`)
  return target as Json
}

function readParameter(value: Json): Parameter {
  return {
    name: String(value['name']),
    place: value['in'] as Parameter['place'],
    required: value['required'] === true,
    schema: value['schema'] as Schema,
  }
}

function readContent(value: Json): Map<string, Schema | null> {
  const content = (value['content'] ?? {}) as Record<string, Json>
  return new Map(Object.entries(content).map(([type, entry]) => [type, (entry['schema'] as Schema) ?? null]))
}

function readBodies(root: Json, value: Json | undefined): Map<string, Schema> {
  const bodies = new Map<string, Schema>()
  if (value === undefined) return bodies
  for (const [type, schema] of readContent(follow(root, value))) bodies.set(type, schema ?? {})
  return bodies
}

function readToken(security: unknown): Operation['token'] {
  const choices = security as readonly Json[]
  if (choices.length === 0) return 'none'
  return choices.some((choice) => Object.keys(choice).length === 0) ? 'optional' : 'required'
}

function readOperation(root: Json, template: string, method: HttpMethod, value: Json): Operation {
  const parameters = (value['parameters'] ?? []) as Json[]
  const answers = Object.entries((value['responses'] ?? {}) as Record<string, Json>)
  return {
    id: String(value['operationId']),
    method,
    template,
    parameters: parameters.map((parameter) => readParameter(follow(root, parameter))),
    bodies: readBodies(root, value['requestBody'] as Json | undefined),
    answers: new Map(answers.map(([status, answer]) => [Number(status), readContent(follow(root, answer))])),
    token: readToken(value['security'] ?? root['security'] ?? []),
  }
}

/** Throws when the text is not YAML or a reference leads nowhere. */
export function parseOpenApiDocument(text: string): OpenApiDocument {
  const root = makeReferencesAbsolute(parse(text)) as Json
  const operations: Operation[] = []
  for (const [template, item] of Object.entries(root['paths'] as Record<string, Json>)) {
    for (const method of methods) {
      const value = item[method.toLowerCase()]
      if (value !== undefined) operations.push(readOperation(root, template, method, value as Json))
    }
  }
  return { root, operations }
}

/** The document of one dialect, read from the client's folder as data: there is one copy of it in the repository. */
export function readOpenApiDocument(dialect: 'vms' | 'vsaas'): OpenApiDocument {
  const place = new URL(`../../../main/core/servers/${dialect}/openapi.yaml`, import.meta.url)
  return parseOpenApiDocument(readFileSync(place, 'utf8'))
}
