// Makes one invalid request from a valid one, in a way the operation allows: by body, path, query, or without a token.
// Knows nothing of dialects.
import type { Operation, Schema } from '../openapi-document.ts'
import { followSchema } from './example-values.ts'
import type { OperationRequest } from './send-request.ts'

export interface SpoiltRequest {
  readonly request: OperationRequest
  readonly status: 401 | 422
  /** What is wrong with it, for the name of the test. */
  readonly fault: string
}

function spoilBody(root: Schema, operation: Operation, request: OperationRequest): SpoiltRequest | null {
  const { body } = request
  if (body?.mediaType !== 'application/json') return null
  const schema = followSchema(root, operation.bodies.get(body.mediaType) ?? {})
  const value = { ...(body.value as Record<string, unknown>) }
  const [missing] = (schema['required'] ?? []) as readonly string[]
  if (missing !== undefined) {
    Reflect.deleteProperty(value, missing)
    return { request: { ...request, body: { ...body, value } }, status: 422, fault: `without ${missing}` }
  }
  const [name] = Object.keys(schema['properties'] ?? {})
  if (name === undefined) return { request: { ...request, body: { ...body, value: [] } }, status: 422, fault: 'a list' }
  const changed = { ...value, [name]: { wrong: true } }
  return { request: { ...request, body: { ...body, value: changed } }, status: 422, fault: `wrong type of ${name}` }
}

/** A number or id that is none; texts cannot be wrong. */
function spoilParameter(root: Schema, operation: Operation, request: OperationRequest): SpoiltRequest | null {
  for (const { name, place, schema: given } of operation.parameters) {
    const schema = followSchema(root, given)
    const isPlainText = schema['type'] === 'string' && schema['format'] === undefined && schema['enum'] === undefined
    if (isPlainText || place === 'header') continue
    const values = { ...request[place], [name]: 'not-a-value' }
    return { request: { ...request, [place]: values }, status: 422, fault: `${name}=not-a-value` }
  }
  return null
}

/** Where nothing else can be wrong, the token is missing, or a parameter is sent that the document does not know. */
export function spoilRequest(root: Schema, operation: Operation, request: OperationRequest): SpoiltRequest {
  const spoilt = spoilBody(root, operation, request) ?? spoilParameter(root, operation, request)
  if (spoilt !== null) return spoilt
  if (operation.token === 'required' && operation.bodies.size === 0) {
    const { authorization: _token, ...headers } = request.headers
    return { request: { ...request, headers }, status: 401, fault: 'without a token' }
  }
  const query = { ...request.query, unknown_parameter: '1' }
  return { request: { ...request, query }, status: 422, fault: 'an unknown parameter' }
}
