// Plan files: JSON that says what to export. Strict, so that a misspelt key is an error and not an export of less.
import { z } from 'zod'
import { AppError } from '#contract/errors.ts'
import { caseSchema, optionsSchema } from '#contract/exports.ts'
import {
  dialectSchema,
  fingerprintSchema,
  rangeSchema,
  serverSettingsSchema,
  trustedCertificateSchema,
} from '#contract/servers.ts'
import type { Range, TrustedCertificate } from '#contract/servers.ts'
import { faultsOf, refuseOrder } from './fault.ts'
import type { Fault } from './fault.ts'
import { parseInstant } from './instant.ts'
import { findNearest } from './nearest.ts'

export const mostItems = 100_000
const mostReported = 20
const wholePlan = 'The plan'

/** One line of a plan or of a CSV file. */
export interface PlanItem {
  cameraId: string
  range: Range
  stream?: 'main' | 'sub'
  label?: string
}

/** Colons and case do not matter. Error (zod): not 64 hexadecimal digits. */
export const fingerprintTextSchema = z
  .string()
  .transform((text) => text.replace(/[:\s]/g, '').toLowerCase())
  .pipe(fingerprintSchema.describe('64 hexadecimal digits'))

const instantSchema = z.string().transform((text, context) => {
  try {
    return parseInstant(text)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    context.addIssue({ code: 'custom', message: error.message, params: { fault: faultsOf(error)[0] } })
    return z.NEVER
  }
})

const trustedSchema = z.union([
  fingerprintTextSchema.transform((fingerprint): TrustedCertificate[] => [
    { use: 'api', origin: null, fingerprint },
    { use: 'media', origin: null, fingerprint },
  ]),
  trustedCertificateSchema.transform((certificate) => [certificate]),
])

const planServerSchema = z.strictObject({
  url: z.string().min(1).max(2048),
  dialect: dialectSchema,
  name: z.string().min(1).max(120).optional(),
  trusted: z
    .array(trustedSchema)
    .max(32)
    .transform((lists) => lists.flat())
    .optional(),
  settings: z.strictObject({ zone: serverSettingsSchema.shape.zone.unwrap().optional() }).optional(),
})

const planItemSchema = z
  .strictObject({
    camera: z.union([z.string().trim().min(1).max(128), z.number().int().nonnegative()]),
    from: instantSchema,
    to: instantSchema,
    stream: z.enum(['main', 'sub']).optional(),
    label: z.string().max(200).optional(),
  })
  .transform((item, context): PlanItem => {
    const range = rangeSchema.safeParse({ fromMs: item.from, toMs: item.to })
    if (!range.success) {
      context.addIssue({
        code: 'custom',
        message: 'is not after “from”.',
        path: ['to'],
        params: { fault: { reason: 'plan-range' } },
      })
      return z.NEVER
    }
    return {
      cameraId: String(item.camera),
      range: range.data,
      ...(item.stream ? { stream: item.stream } : {}),
      ...(item.label ? { label: item.label } : {}),
    }
  })

const planSchema = z.strictObject({
  name: z.string().max(200).optional(),
  server: planServerSchema.optional(),
  items: z.array(planItemSchema).min(1).max(mostItems),
  case: z.strictObject(caseSchema.shape).optional(),
  options: z.strictObject(planOptions()).optional(),
})
export type Plan = z.output<typeof planSchema>

/**
 * Reads the JSON of a plan file. A camera may be a number, a time is text for `parseInstant`, a trusted certificate is its
 * SHA-256 or the full form. Errors: invalid-input; the message names the item and the field, `details.fields` names all.
 */
export function parsePlan(json: unknown): Plan {
  const parsed = planSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const found = parsed.error.issues.flatMap((issue) => describeIssue(issue))
  const faults = found.slice(0, mostReported)
  const lines = faults.map(({ at, text }) => `${at} ${text}`)
  const more = lines.length > 1 ? ` (and ${found.length - 1} more: ${lines.slice(1, 3).join(' ')})` : ''
  throw refuseOrder(
    `The plan cannot be used. ${lines[0] ?? ''}${more}`,
    faults.map(({ at, fault }) => (at === wholePlan ? fault : { ...fault, at })),
    { fields: Object.fromEntries(faults.map(({ at, text }) => [at, text])), faultCount: found.length },
  )
}

/** Every option may be left out; what is left out gets its default later, in the contract. */
function planOptions() {
  const shape = optionsSchema.shape
  return {
    container: shape.container.unwrap().optional(),
    audio: shape.audio.unwrap().optional(),
    keepOriginal: shape.keepOriginal.unwrap().optional(),
    nameTemplate: shape.nameTemplate.unwrap().optional(),
    zone: shape.zone.unwrap().optional(),
    concurrency: shape.concurrency.unwrap().optional(),
    decode: shape.decode.unwrap().optional(),
    subtitles: shape.subtitles.unwrap().optional(),
  }
}

interface Wrong {
  /** Like `items[3].from`. */
  at: string
  text: string
  fault: Fault
}

function describeIssue(issue: z.core.$ZodIssue): Wrong[] {
  const at = formatPath(issue.path)
  const wrong = (text: string, reason: string, values: Omit<Fault, 'reason'> = {}): Wrong[] => [
    { at, text, fault: { ...values, reason: `plan-${reason}` } },
  ]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => describeUnknownKey(issue.path, key))
    case 'invalid_type':
      return isMissing(issue)
        ? wrong('is missing.', 'missing')
        : wrong(`must be ${kindNames[issue.expected] ?? issue.expected}.`, 'kind', { kind: issue.expected })
    case 'invalid_value': {
      const values = issue.values.map(String).join(', ')
      return wrong(`must be one of: ${values}.`, 'one-of', { values })
    }
    case 'too_small': {
      const least = Number(issue.minimum)
      return issue.origin === 'array'
        ? wrong('is empty.', 'empty')
        : wrong(`must be at least ${least}${unitOf(issue.origin)}.`, 'least', { least, origin: issue.origin })
    }
    case 'too_big': {
      const most = Number(issue.maximum)
      return wrong(`must be at most ${most}${unitOf(issue.origin)}.`, 'most', { most, origin: issue.origin })
    }
    case 'invalid_union':
      return at.endsWith('camera')
        ? wrong('must be text or a whole number.', 'camera')
        : wrong('is not 64 hexadecimal digits.', 'fingerprint')
    case 'custom': {
      const [fault = { reason: 'plan-value' }] = faultsOf({ details: { faults: [issue.params?.['fault']] } })
      return [{ at, text: issue.message, fault }]
    }
    default:
      return wrong(issue.message, 'value')
  }
}

const kindNames: Record<string, string> = {
  string: 'text in quotes',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list in [ ]',
  object: 'an object in { }',
}

function isMissing(issue: z.core.$ZodIssueInvalidType): boolean {
  return issue.input === undefined && / received undefined/.test(issue.message)
}

function unitOf(origin: string): string {
  return origin === 'string' ? ' characters long' : origin === 'array' ? ' entries long' : ''
}

function describeUnknownKey(path: readonly PropertyKey[], key: string): Wrong {
  const known = keysAt(path).join(', ')
  const nearest = findNearest(key, keysAt(path))
  const hint = nearest === null ? `Known: ${known}.` : `Did you mean “${nearest}”?`
  const at = formatPath([...path, key.slice(0, 60)])
  return { at, text: `is not known. ${hint}`, fault: { reason: 'plan-key', nearest, known } }
}

function keysAt(path: readonly PropertyKey[]): string[] {
  switch (path[0]) {
    case 'items':
      return ['camera', 'from', 'to', 'stream', 'label']
    case 'server':
      return path[1] === 'settings'
        ? Object.keys(serverSettingsSchema.shape)
        : path[1] === 'trusted'
          ? Object.keys(trustedCertificateSchema.shape)
          : Object.keys(planServerSchema.shape)
    case 'case':
      return Object.keys(caseSchema.shape)
    case 'options':
      return Object.keys(optionsSchema.shape)
    default:
      return Object.keys(planSchema.shape)
  }
}

/** `items[3].from`; the whole plan is `The plan`. */
function formatPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return wholePlan
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`)).join('')
}
