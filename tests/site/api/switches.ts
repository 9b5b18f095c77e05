// The behaviour of a server that tests can change while it runs: known names, known types, back to the defaults at once.
// Knows nothing of what the switches do.
import { Ajv2020 } from 'ajv/dist/2020.js'

export interface Switches<Values extends object> {
  readonly values: Readonly<Values>
  /** Throws when a name is unknown or a value does not fit; nothing is changed then. */
  set(patch: Record<string, unknown>): void
  reset(): void
}

/** `properties` holds a JSON schema per switch. */
export function createSwitches<Values extends object>(
  defaults: Values,
  properties: Readonly<Record<keyof Values, object>>,
): Switches<Values> {
  const ajv = new Ajv2020({ allowUnionTypes: true, allErrors: true })
  const validate = ajv.compile({ type: 'object', properties })
  const values = structuredClone(defaults)
  return {
    values,
    set(patch) {
      const unknown = Object.keys(patch).filter((name) => !(name in properties))
      if (unknown.length > 0) throw new Error(`no such switch: ${unknown.join(', ')}`)
      if (!validate(patch)) throw new Error(`no such behaviour: ${ajv.errorsText(validate.errors)}`)
      Object.assign(values, structuredClone(patch))
    },
    reset() {
      Object.assign(values, structuredClone(defaults))
    },
  }
}

export interface RateLimit {
  /** Requests answered within any window of `windowMs`. */
  readonly count: number
  readonly windowMs: number
  readonly retryAfter: 'seconds' | 'date'
}

export interface Maintenance {
  readonly retryAfterSeconds: number
}

export interface OutageValues {
  rateLimit: RateLimit | null
  maintenance: Maintenance | null
}

export const outageDefaults: OutageValues = { rateLimit: null, maintenance: null }

export const outageSchemas = {
  rateLimit: {
    type: ['object', 'null'],
    required: ['count', 'windowMs', 'retryAfter'],
    additionalProperties: false,
    properties: {
      count: { type: 'integer', minimum: 0 },
      windowMs: { type: 'integer', minimum: 1 },
      retryAfter: { enum: ['seconds', 'date'] },
    },
  },
  maintenance: {
    type: ['object', 'null'],
    required: ['retryAfterSeconds'],
    additionalProperties: false,
    properties: { retryAfterSeconds: { type: 'integer', minimum: 0 } },
  },
} as const

/**
 * Counts requests and says when one has to wait: null, or the refusal with its Retry-After text (RFC 9110, 10.2.3).
 * A refused request does not count.
 */
export function createOutage(
  values: Readonly<OutageValues>,
): (nowMs: number) => { readonly status: 429 | 503; readonly retryAfter: string } | null {
  let answeredAtMs: number[] = []
  return (nowMs) => {
    if (values.maintenance !== null) return { status: 503, retryAfter: String(values.maintenance.retryAfterSeconds) }
    const limit = values.rateLimit
    if (limit === null) {
      answeredAtMs = []
      return null
    }
    answeredAtMs = answeredAtMs.filter((atMs) => atMs > nowMs - limit.windowMs)
    if (answeredAtMs.length < limit.count) {
      answeredAtMs.push(nowMs)
      return null
    }
    const waitMs = (answeredAtMs[0] ?? nowMs) + limit.windowMs - nowMs
    const seconds = Math.max(1, Math.ceil(waitMs / 1000))
    const date = new Date(Math.ceil(nowMs / 1000) * 1000 + seconds * 1000).toUTCString()
    return { status: 429, retryAfter: limit.retryAfter === 'seconds' ? String(seconds) : date }
  }
}
