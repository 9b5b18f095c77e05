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
import { parseInstant } from './instant.ts'
import { findNearest } from './nearest.ts'

export const mostItems = 100_000
const mostReported = 20

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
    context.addIssue({ code: 'custom', message: error.message })
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
  settings: z
    .strictObject({
      zone: serverSettingsSchema.shape.zone.unwrap().optional(),
      signatureIn: serverSettingsSchema.shape.signatureIn.unwrap().optional(),
    })
    .optional(),
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
      context.addIssue({ code: 'custom', message: 'is not after “from”.', path: ['to'] })
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
  const lines = parsed.error.issues.flatMap((issue) => describeIssue(issue)).slice(0, mostReported)
  const more = lines.length > 1 ? ` (and ${lines.length - 1} more: ${lines.slice(1, 3).map(join).join(' ')})` : ''
  throw new AppError('invalid-input', `The plan cannot be used. ${lines.slice(0, 1).map(join).join('')}${more}`, {
    details: { fields: Object.fromEntries(lines) },
  })
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

function join([field, text]: [string, string]): string {
  return `${field} ${text}`
}

/** Pairs of field and what is wrong with it. */
function describeIssue(issue: z.core.$ZodIssue): [string, string][] {
  const at = formatPath(issue.path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => [
        formatPath([...issue.path, key.slice(0, 60)]),
        describeUnknownKey(issue.path, key),
      ])
    case 'invalid_type':
      return [[at, isMissing(issue) ? 'is missing.' : `must be ${kindNames[issue.expected] ?? issue.expected}.`]]
    case 'invalid_value':
      return [[at, `must be one of: ${issue.values.map(String).join(', ')}.`]]
    case 'too_small':
      return [
        [at, issue.origin === 'array' ? 'is empty.' : `must be at least ${issue.minimum}${unitOf(issue.origin)}.`],
      ]
    case 'too_big':
      return [[at, `must be at most ${issue.maximum}${unitOf(issue.origin)}.`]]
    case 'invalid_union':
      return [[at, at.endsWith('camera') ? 'must be text or a whole number.' : 'is not 64 hexadecimal digits.']]
    default:
      return [[at, issue.message]]
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

function describeUnknownKey(path: readonly PropertyKey[], key: string): string {
  const nearest = findNearest(key, keysAt(path))
  return nearest === null
    ? `is not known. Known: ${keysAt(path).join(', ')}.`
    : `is not known. Did you mean “${nearest}”?`
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
  if (path.length === 0) return 'The plan'
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`)).join('')
}
