// manifest.json: its schema, how it is made from the facts of a batch, and its text. Pure; the same facts give the same bytes.
import { z } from 'zod'
import { errorSchema } from '#contract/errors.ts'
import { caseSchema, finishedFileSchema, gapSchema, optionsSchema, timeBasisSchema } from '#contract/exports.ts'
import { dialectSchema } from '#contract/servers.ts'
import { isSafePath } from '../paths.ts'

export const manifestName = 'manifest.json'

/** ISO 8601 with the offset of the batch's zone, so that a reader sees the hour that the order spoke of. */
const moment = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?[+-]\d{2}:\d{2}$/)
const span = z.strictObject({ fromMs: z.number(), toMs: z.number(), from: moment, to: moment })
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, 'is not an origin')

const serverSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  dialect: dialectSchema,
  /** Without credentials, query and fragment. */
  url: z.string(),
  account: z.string().nullable(),
  /** How far the server's clock is ahead of the workstation's; null: not known. */
  clockOffsetMs: z.number().nullable(),
  clockCheck: z.enum(['not-checked', 'right', 'misread', 'undecided']),
  /** In which the server was taken to write times that carry no zone. */
  zone: z.string(),
})

const itemSchema = z.strictObject({
  index: z.number().int().nonnegative(),
  state: z.enum(['done', 'failed', 'cancelled', 'unfinished']),
  error: errorSchema.pick({ code: true, message: true }).nullable(),
  server: z.string(),
  camera: z.strictObject({ id: z.string(), name: z.string(), place: z.string().nullable() }),
  stream: z.enum(['main', 'sub']),
  label: z.string().nullable(),
  asked: span,
  startedAt: moment.nullable(),
  endedAt: moment.nullable(),
  coverage: z.strictObject({ kind: z.enum(['known', 'unknown']), intervals: z.array(span) }),
  gaps: z.array(span.extend({ source: gapSchema.shape.source })),
  timeBasis: timeBasisSchema.nullable(),
  durationMs: z.number().nullable(),
  warnings: z.array(z.string()),
  link: z
    .strictObject({
      origin,
      orderedAt: moment,
      orders: z.number().int(),
      clipId: z.string().nullable(),
      statedRange: span.nullable(),
    })
    .nullable(),
  validator: z.strictObject({ kind: z.enum(['etag', 'last-modified']), value: z.string() }).nullable(),
  fetched: z.strictObject({ sizeBytes: z.number().int(), sha256 }).nullable(),
  codecs: z.array(z.string()),
  /** Arguments of the program that changed the container, with names of files only; null when nothing was changed. */
  command: z.array(z.string()).nullable(),
  files: z.array(
    z.strictObject({
      path: finishedFileSchema.shape.path.refine(isSafePath, 'leads out of the folder'),
      role: finishedFileSchema.shape.role,
      sizeBytes: finishedFileSchema.shape.sizeBytes,
      sha256,
    }),
  ),
})

export const manifestSchema = z.strictObject({
  format: z.literal('watchroom-manifest'),
  version: z.literal(1),
  product: z.strictObject({ name: z.string(), version: z.string() }),
  writtenAt: moment,
  batch: z.strictObject({ id: z.string(), name: z.string(), createdAt: moment, zone: z.string() }),
  case: z.strictObject(caseSchema.shape).nullable(),
  operator: z.strictObject({ osUser: z.string(), workstation: z.string() }),
  options: z.strictObject(optionsSchema.shape),
  servers: z.array(serverSchema),
  tools: z.array(z.strictObject({ name: z.string(), version: z.string() })),
  items: z.array(itemSchema),
})
export type Manifest = z.output<typeof manifestSchema>
export type ManifestItem = Manifest['items'][number]

/** The text of the file: two spaces, one line feed at the end. */
export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** Null for what this product did not write like that: no JSON, another shape, or paths that lead out of the folder. */
export function readManifest(text: string): Manifest | null {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
