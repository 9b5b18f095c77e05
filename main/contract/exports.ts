// Orders, batches and items of an export. A batch is one order; an item is one camera and one range.
import { z } from 'zod'
import { errorSchema } from './errors.ts'
import { rangeSchema, serverInputSchema } from './servers.ts'

export const caseSchema = z.object({
  number: z.string().max(200).optional(),
  exhibit: z.string().max(200).optional(),
  requester: z.string().max(200).optional(),
  legalBasis: z.string().max(1000).optional(),
  note: z.string().max(4000).optional(),
})
export type CaseRecord = z.infer<typeof caseSchema>

export const optionsSchema = z.object({
  container: z.enum(['mp4', 'mkv']).default('mp4'),
  /** `keep` copies what the container can hold; other sound becomes AAC in a viewing copy beside the original. */
  audio: z.enum(['keep', 'drop']).default('keep'),
  /** Keep the bytes as fetched whenever the finished file differs from them. */
  keepOriginal: z.boolean().default(true),
  /** Tokens {server} {place} {camera} {from} {to} {index}. */
  nameTemplate: z.string().min(1).max(200).default('{camera} {from} {to}'),
  /** IANA zone or offset of the times in names and subtitles. */
  zone: z.string().min(1).max(64).default('UTC'),
  concurrency: z.number().int().min(1).max(32).default(4),
  /** Decode every frame when verifying; slow, finds damage inside packets. */
  decode: z.boolean().default(false),
  subtitles: z.boolean().default(true),
})
export type ExportOptions = z.infer<typeof optionsSchema>

export const itemOrderSchema = z.object({
  serverId: z.string().min(1).max(64),
  cameraId: z.string().min(1).max(128),
  range: rangeSchema,
  stream: z.enum(['main', 'sub']).default('main'),
  /** Written into the name in place of the camera's own name. */
  label: z.string().max(200).optional(),
})
export type ItemOrder = z.infer<typeof itemOrderSchema>

export const batchOrderSchema = z.object({
  name: z.string().max(200).optional(),
  /** Absolute path; the batch owns this folder, which must be absent or empty. */
  destination: z.string().min(1).max(4096),
  items: z.array(itemOrderSchema).min(1).max(100_000),
  case: caseSchema.optional(),
  options: optionsSchema.prefault({}),
})
export type BatchOrder = z.infer<typeof batchOrderSchema>

export const stepSchema = z.enum(['ordering', 'fetching', 'assembling', 'verifying'])
export type Step = z.infer<typeof stepSchema>

/** What proves the time of the pictures: times inside the stream, the media server's own statement, or only our question. */
export const timeBasisSchema = z.enum(['frames', 'media-server', 'asked'])
export type TimeBasis = z.infer<typeof timeBasisSchema>

export const gapSchema = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  /** `server`: the server's coverage says so; `media`: a hole in the timestamps. */
  source: z.enum(['server', 'media']),
})
export type Gap = z.infer<typeof gapSchema>

export const finishedFileSchema = z.object({
  /** Path relative to the destination, with `/`. */
  path: z.string(),
  role: z.enum(['video', 'original', 'viewing-copy', 'subtitles', 'suspect']),
  sizeBytes: z.number().int(),
  sha256: z.string(),
})
export type FinishedFile = z.infer<typeof finishedFileSchema>

export const itemResultSchema = z.object({
  files: z.array(finishedFileSchema),
  fetchedBytes: z.number().int(),
  /** SHA-256 of the bytes as they came from the media server. */
  fetchedSha256: z.string(),
  durationMs: z.number(),
  coverage: z.enum(['known', 'unknown']),
  gaps: z.array(gapSchema),
  timeBasis: timeBasisSchema,
  warnings: z.array(z.string()),
})
export type ItemResult = z.infer<typeof itemResultSchema>

/** The state of every job. Only `running` has a step; `fraction` is null while the size is unknown. */
const itemStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('queued') }),
  z.object({ kind: z.literal('running'), step: stepSchema, fraction: z.number().nullable() }),
  z.object({ kind: z.literal('waiting'), step: stepSchema, retryAtMs: z.number().nullable(), error: errorSchema }),
  z.object({ kind: z.literal('paused'), error: errorSchema.nullable() }),
  z.object({ kind: z.literal('done'), result: itemResultSchema }),
  z.object({ kind: z.literal('failed'), error: errorSchema }),
  z.object({ kind: z.literal('cancelled') }),
])
export type ItemState = z.infer<typeof itemStateSchema>

export const itemSchema = z.object({
  batchId: z.string(),
  /** From 0, in the order of the plan. */
  index: z.number().int(),
  order: itemOrderSchema,
  cameraName: z.string(),
  /** Name of the finished file without extension. */
  stem: z.string(),
  state: itemStateSchema,
  bytes: z.number().int(),
  totalBytes: z.number().int().nullable(),
  bytesPerSecond: z.number(),
  attempts: z.number().int(),
  /** What the fetch is waiting for while no byte has come: "server is preparing". */
  isPreparing: z.boolean(),
})
export type Item = z.infer<typeof itemSchema>

export const batchSchema = z.object({
  id: z.string(),
  name: z.string(),
  destination: z.string(),
  createdAtMs: z.number(),
  state: z.enum(['running', 'paused', 'done', 'partial', 'failed', 'cancelled']),
  /** Why a paused batch waits (disk full, destination gone). */
  error: errorSchema.nullable(),
  options: optionsSchema,
  case: caseSchema.nullable(),
  items: z.array(itemSchema),
})
export type Batch = z.infer<typeof batchSchema>

/** One finding before the start. An `error` keeps the batch from starting, a `warning` does not. */
export const problemSchema = z.object({
  level: z.enum(['error', 'warning']),
  itemIndex: z.number().int().nullable(),
  code: z.string(),
  message: z.string(),
})
export type Problem = z.infer<typeof problemSchema>

export const verificationSchema = z.object({
  destination: z.string(),
  checked: z.number().int(),
  changed: z.array(z.string()),
  missing: z.array(z.string()),
  added: z.array(z.string()),
  /** True when nothing is changed, missing or added. */
  isIntact: z.boolean(),
})
export type Verification = z.infer<typeof verificationSchema>

/** What a batch folder says of itself, before it is opened. */
export const batchSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  destination: z.string(),
  /** By the ids that its items use; address and dialect, never credentials. */
  servers: z.record(z.string(), serverInputSchema),
  items: z.number().int(),
  finished: z.number().int(),
})
export type BatchSummary = z.infer<typeof batchSummarySchema>
