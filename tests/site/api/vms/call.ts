// What a handler of the vms dialect is given and may answer, and the refusals it throws.
// Knows nothing of resources or sockets.
import type { Answer } from '../api-server.ts'
import type { Fault } from '../faults.ts'
import type { Operation } from '../openapi-document.ts'
import type { Fields, Row } from './tables.ts'

/** A checked request: the values have the types of the document. */
export interface Call {
  readonly operation: Operation
  readonly path: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  /** Null only for operations that need no token. */
  readonly user: Row<number> | null
  readonly nowMs: number
  /** Scheme, host and port the client used: links in answers begin with it. */
  readonly origin: string
}

export type Handler = (call: Call) => Answer
export type Handlers = Readonly<Record<string, Handler>>

/** Thrown by handlers; the answer of the call is then this one. */
export class Refusal extends Error {
  readonly statusCode: number
  /** `status` of the body: the general values or one of the operation's own. */
  readonly status: string

  constructor(statusCode: number, status: string, detail: string) {
    super(detail)
    this.statusCode = statusCode
    this.status = status
  }
}

/** Thrown for a value that fits the schema and still cannot be read: a 422 that names the value. */
export class InvalidValue extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.steps.join('.'))
    this.fault = fault
  }
}

export function badRequest(detail: string): Refusal {
  return new Refusal(400, 'invalid_request', detail)
}

export function notFound(what: string): Refusal {
  return new Refusal(404, 'not_found', `${what} does not exist`)
}

export function answerJson(json: unknown): Answer {
  return { status: 200, json }
}

export const statusOk: Answer = { status: 200, json: { status: 'ok' } }

export function bodyFields(call: Call): Fields {
  return call.body as Fields
}

/** An optional integer of the query. */
export function queryNumber(call: Call, name: string): number | undefined {
  return call.query[name] as number | undefined
}

/** UTC milliseconds of a date-time; a text without a zone is UTC. Throws InvalidValue. */
export function readTime(text: unknown, place: Fault['place'], name: string): number {
  const whole = String(text)
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(whole)
  const unixMs = /^\d{4}-\d\d-\d\d/.test(whole) ? Date.parse(hasZone || whole.length <= 10 ? whole : `${whole}Z`) : NaN
  if (Number.isNaN(unixMs)) throw new InvalidValue({ place, steps: [name], rule: 'format', wanted: 'date-time' })
  return unixMs
}

/** ISO 8601 with Z, as every time in an answer of this dialect. */
export function writeTime(unixMs: number): string {
  return new Date(unixMs).toISOString()
}
