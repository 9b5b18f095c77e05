// Routes a method and path to an operation of an OpenAPI document, and validates requests and answers against it.
// Knows nothing of what an operation does or of how a dialect words its errors.
import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Fault } from './faults.ts'
import { documentId } from './openapi-document.ts'
import type { HttpMethod, OpenApiDocument, Operation, Parameter, Schema } from './openapi-document.ts'
import { readBody } from './request-body.ts'
import { readTextValue } from './text-value.ts'

export interface RawRequest {
  /** Values of the path parameters, percent-decoded. */
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface CheckedRequest {
  readonly path: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  /** Parsed body: JSON value, fields of a form, or fields of a multipart form with files as `UploadedFile`. */
  readonly body: unknown
}

export type RequestCheck = { readonly faults: readonly Fault[] } | { readonly request: CheckedRequest }

export interface Match {
  readonly operation: Operation
  readonly path: Readonly<Record<string, string>>
}

export interface OpenApi {
  readonly root: Schema
  readonly operations: readonly Operation[]
  /** Fixed paths win over templated ones (note G15); null when the document holds no such method and path. */
  route(method: string, pathname: string): Match | null
  /** All faults of the request, or its values with the types of the document. */
  checkRequest(operation: Operation, raw: RawRequest): Promise<RequestCheck>
  /** Texts of everything about an answer the document does not allow; `extra` names components.schemas by further status. */
  checkAnswer(operation: Operation, answer: AnswerToCheck, extra?: ReadonlyMap<number, string>): string[]
  /** Faults of a value against a schema; `place` goes into the faults. */
  checkValue(schema: Schema, value: unknown, place: Fault['place'], steps?: readonly string[]): Fault[]
}

export interface AnswerToCheck {
  readonly status: number
  /** Without parameters; null when there is no body. */
  readonly mediaType: string | null
  /** Parsed JSON; ignored for other media types. */
  readonly json: unknown
}

function describeWanted(error: ErrorObject): string {
  const parameters = error.params as Record<string, unknown>
  const limit = String(parameters['limit'])
  switch (error.keyword) {
    case 'required':
      return ''
    case 'enum':
      return (parameters['allowedValues'] as unknown[]).join(', ')
    case 'minimum':
    case 'maximum':
      return `${String(parameters['comparison'])} ${limit}`
    case 'minLength':
    case 'minItems':
      return `>= ${limit}`
    case 'maxLength':
    case 'maxItems':
      return `<= ${limit}`
    default:
      return String(parameters['type'] ?? parameters['format'] ?? parameters['pattern'] ?? error.message ?? '')
  }
}

const rules: Readonly<Record<string, Fault['rule']>> = {
  required: 'missing',
  type: 'type',
  format: 'format',
  pattern: 'format',
  enum: 'enum',
  const: 'enum',
  minimum: 'range',
  maximum: 'range',
  minLength: 'length',
  maxLength: 'length',
  minItems: 'length',
  maxItems: 'length',
}

function toFault(error: ErrorObject, place: Fault['place'], before: readonly string[]): Fault {
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const missing = (error.params as Record<string, unknown>)['missingProperty']
  if (typeof missing === 'string') steps.push(missing)
  return { place, steps: [...before, ...steps], rule: rules[error.keyword] ?? 'type', wanted: describeWanted(error) }
}

function compareTemplates(one: string, other: string): number {
  const first = one.split('/')
  const second = other.split('/')
  for (let index = 0; index < Math.min(first.length, second.length); index++) {
    const difference = Number(first[index]!.startsWith('{')) - Number(second[index]!.startsWith('{'))
    if (difference !== 0) return difference
  }
  return first.length - second.length
}

function matchTemplate(template: string, pathname: string): Record<string, string> | null {
  const wanted = template.split('/')
  const given = pathname.split('/')
  if (wanted.length !== given.length) return null
  const values: Record<string, string> = {}
  for (const [index, step] of wanted.entries()) {
    const text = given[index]!
    if (!step.startsWith('{')) {
      if (step !== text) return null
      continue
    }
    if (text === '') return null
    try {
      values[step.slice(1, -1)] = decodeURIComponent(text)
    } catch {
      return null
    }
  }
  return values
}

/** Of a choice of models, what is wrong with a value says more than what the models not meant find missing. */
function pickErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
  const plain = errors.filter((error) => !choices.includes(error))
  const chosen = new Set(choices.map(({ instancePath }) => instancePath))
  const telling = plain.filter((error) => error.keyword !== 'required' || !chosen.has(error.instancePath))
  return [telling, plain, errors].find((some) => some.length > 0) ?? []
}

function createSchemaCheck(root: Schema): OpenApi['checkValue'] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
  addFormats.default(ajv)
  ajv.addSchema(root, documentId, undefined, false)
  const compiled = new Map<Schema, ValidateFunction>()
  return (schema, value, place, steps = []) => {
    let validate = compiled.get(schema)
    if (validate === undefined) {
      validate = ajv.compile(schema)
      compiled.set(schema, validate)
    }
    if (validate(value)) return []
    const faults = pickErrors(validate.errors ?? []).map((error) => toFault(error, place, steps))
    // Models of a choice share properties, and each of them finds the same fault.
    return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()]
  }
}

type CheckValue = OpenApi['checkValue']

/** The texts a request holds for a parameter. */
function findTexts({ name, place }: Parameter, raw: RawRequest): readonly string[] {
  if (place === 'query') return raw.query.getAll(name)
  const text = place === 'path' ? raw.path[name] : raw.headers[name.toLowerCase()]
  return text === undefined ? [] : [text]
}

/** The value of a parameter, undefined when it is not there or not right; what is wrong is added to `faults`. */
function readParameter(checkValue: CheckValue, parameter: Parameter, raw: RawRequest, faults: Fault[]): unknown {
  const { name, place, required, schema } = parameter
  const texts = findTexts(parameter, raw)
  if (texts.length === 0) {
    if (required) faults.push({ place, steps: [name], rule: 'missing', wanted: '' })
    return undefined
  }
  const read = readTextValue(schema, texts)
  if ('wanted' in read) {
    faults.push({ place, steps: [name], rule: 'type', wanted: read.wanted })
    return undefined
  }
  faults.push(...checkValue(schema, read.value, place, [name]))
  return read.value
}

function findUnknownQuery(operation: Operation, query: URLSearchParams): Fault[] {
  const known = new Set(operation.parameters.filter(({ place }) => place === 'query').map(({ name }) => name))
  const unknown = [...new Set(query.keys())].filter((name) => !known.has(name))
  return unknown.map((name) => ({ place: 'query', steps: [name], rule: 'extra', wanted: '' }))
}

async function checkRequest(checkValue: CheckValue, operation: Operation, raw: RawRequest): Promise<RequestCheck> {
  const faults: Fault[] = []
  const values: Record<Parameter['place'], Record<string, unknown>> = { path: {}, query: {}, header: {} }
  for (const parameter of operation.parameters) {
    const value = readParameter(checkValue, parameter, raw, faults)
    if (value !== undefined) values[parameter.place][parameter.name] = value
  }
  faults.push(...findUnknownQuery(operation, raw.query))
  let body: unknown
  if (operation.bodies.size > 0) {
    const read = await readBody(operation.bodies, raw)
    faults.push(...('fault' in read ? [read.fault] : checkValue(read.schema, read.checked, 'body')))
    if ('value' in read) body = read.value
  }
  return faults.length > 0 ? { faults } : { request: { path: values.path, query: values.query, body } }
}

function checkAnswer(
  checkValue: CheckValue,
  operation: Operation,
  answer: AnswerToCheck,
  extra: ReadonlyMap<number, string>,
): string[] {
  const where = `${operation.id} ${answer.status}`
  const listed = operation.answers.get(answer.status)
  const extraName = extra.get(answer.status)
  if (listed === undefined && extraName === undefined) return [`${where}: the document does not list this status`]
  const content = listed ?? new Map([['application/json', { $ref: `${documentId}#/components/schemas/${extraName}` }]])
  if (content.size === 0) {
    const mayHaveBody = answer.status >= 500
    return answer.mediaType === null || mayHaveBody ? [] : [`${where}: a body where the document has none`]
  }
  const schema = answer.mediaType === null ? undefined : content.get(answer.mediaType)
  if (schema === undefined) return [`${where}: media type ${answer.mediaType} is not in the document`]
  if (schema === null || answer.mediaType !== 'application/json') return []
  return checkValue(schema, answer.json, 'body').map(
    (fault) => `${where}: ${fault.steps.join('.') || 'body'} ${fault.rule} ${fault.wanted}`,
  )
}

/** Schemas are compiled on first use: a document has hundreds of them, a test asks for a few. */
export function createOpenApi(document: OpenApiDocument): OpenApi {
  const operations = document.operations.toSorted((one, other) => compareTemplates(one.template, other.template))
  const checkValue = createSchemaCheck(document.root)
  return {
    root: document.root,
    operations,
    checkValue,
    route(method, pathname) {
      for (const operation of operations) {
        if (operation.method !== (method as HttpMethod)) continue
        const path = matchTemplate(operation.template, pathname)
        if (path !== null) return { operation, path }
      }
      return null
    },
    checkRequest: (operation, raw) => checkRequest(checkValue, operation, raw),
    checkAnswer: (operation, answer, extra = new Map()) => checkAnswer(checkValue, operation, answer, extra),
  }
}
