// The whole surface between screens and core, on one screen: every call with its input and output, and every event.
import { z } from 'zod'
import {
  batchOrderSchema,
  batchSchema,
  batchSummarySchema,
  itemSchema,
  problemSchema,
  verificationSchema,
} from './exports.ts'
import {
  accountSchema,
  cameraQuerySchema,
  cameraSchema,
  credentialsSchema,
  downloadSchema,
  fingerprintSchema,
  rangeSchema,
  serverInputSchema,
  serverSchema,
  trustedCertificateSchema,
} from './servers.ts'

const serverRef = z.object({ serverId: z.string().max(64) })
const batchRef = z.object({ batchId: z.string().max(64) })
const folder = z.object({ destination: z.string().min(1).max(4096) })
const nothing = z.object({})

export const calls = {
  'servers.list': call(nothing, z.array(serverSchema)),
  'servers.save': call(serverInputSchema, serverSchema),
  'servers.remove': call(serverRef, nothing),
  'servers.inspectCertificate': call(
    z.object({ url: z.string().max(2048) }),
    z.object({ fingerprint: fingerprintSchema, subject: z.string(), validToMs: z.number(), isPublic: z.boolean() }),
  ),
  'servers.trustCertificate': call(
    z.object({ serverId: z.string().max(64), certificate: trustedCertificateSchema }),
    serverSchema,
  ),
  'servers.signIn': call(
    z.object({ serverId: z.string().max(64), credentials: credentialsSchema, remember: z.boolean() }),
    accountSchema,
  ),
  'servers.signOut': call(serverRef, nothing),
  'servers.checkClock': call(z.object({ serverId: z.string().max(64), cameraId: z.string().max(128) }), serverSchema),
  'servers.history': call(
    z.object({
      serverId: z.string().max(64),
      created: rangeSchema,
      limit: z.number().int().min(1).max(10_000).default(1000),
    }),
    z.array(downloadSchema),
  ),
  'cameras.list': call(cameraQuerySchema, z.array(cameraSchema)),
  'exports.check': call(batchOrderSchema, z.array(problemSchema)),
  'exports.start': call(batchOrderSchema, batchSchema),
  'exports.open': call(folder, batchSchema),
  'exports.inspect': call(folder, batchSummarySchema),
  'exports.list': call(nothing, z.array(batchSchema.omit({ items: true }))),
  'exports.get': call(batchRef, batchSchema),
  'exports.pause': call(batchRef, batchSchema),
  'exports.resume': call(batchRef, batchSchema),
  'exports.cancel': call(
    z.object({ batchId: z.string().max(64), indexes: z.array(z.number().int()).max(100_000).optional() }),
    batchSchema,
  ),
  'exports.retry': call(
    z.object({ batchId: z.string().max(64), indexes: z.array(z.number().int()).max(100_000).optional() }),
    batchSchema,
  ),
  'exports.verify': call(folder, verificationSchema),
}

export const events = {
  'servers.changed': serverSchema,
  'exports.itemChanged': itemSchema,
  'exports.batchChanged': batchSchema.omit({ items: true }),
  'exports.verifyProgress': z.object({ destination: z.string(), doneBytes: z.number(), totalBytes: z.number() }),
}

export type CallName = keyof typeof calls
export type EventName = keyof typeof events
/** What a caller may pass: defaults may be left out. */
export type CallInput<N extends CallName> = z.input<(typeof calls)[N]['input']>
/** What a handler gets: parsed, defaults filled in. */
export type ParsedInput<N extends CallName> = z.output<(typeof calls)[N]['input']>
export type Output<N extends CallName> = z.output<(typeof calls)[N]['output']>
export type EventValue<N extends EventName> = z.output<(typeof events)[N]>
/**
 * Total: a missing handler does not compile. A handler throws AppError for what it expects. `Signal` is the platform's
 * AbortSignal (this folder has neither DOM nor Node types): it is aborted when the caller leaves or cancels.
 */
export type Handlers<Signal> = {
  [N in CallName]: (input: ParsedInput<N>, context: { signal: Signal }) => Promise<Output<N>>
}
export type Publish = <N extends EventName>(name: N, value: EventValue<N>) => void

function call<I extends z.ZodType, O extends z.ZodType>(input: I, output: O) {
  return { input, output }
}
