// Saved servers, accounts and cameras as every screen and host sees them. Secrets are never part of an output.
import { z } from 'zod'

export const dialectSchema = z.enum(['vms', 'vsaas'])
export type Dialect = z.infer<typeof dialectSchema>

export const languageSchema = z.enum(['en', 'ru'])
export type Language = z.infer<typeof languageSchema>

/** `[fromMs, toMs)` in UTC milliseconds. */
export const rangeSchema = z
  .object({ fromMs: z.number().int().nonnegative(), toMs: z.number().int().nonnegative() })
  .refine((range) => range.fromMs < range.toMs, 'The range must end after it begins.')
export type Range = z.infer<typeof rangeSchema>

/** SHA-256 of the leaf certificate in DER form, 64 lower-case hexadecimal digits without colons. */
export const fingerprintSchema = z.string().regex(/^[0-9a-f]{64}$/)

export const credentialsSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('token'),
    token: z.string().min(1).max(4096),
    listToken: z.string().min(1).max(4096).optional(),
  }),
  z.object({
    kind: z.literal('password'),
    username: z.string().min(1).max(255),
    password: z.string().min(1).max(1024),
  }),
])
export type Credentials = z.infer<typeof credentialsSchema>

/**
 * A certificate that a person accepted. With an origin: that origin must show exactly one of its pins. Without one
 * (`--trust-sha256`): accepted on every host of that use, beside certificates that the system's authorities vouch for.
 */
export const trustedCertificateSchema = z.object({
  use: z.enum(['api', 'media']),
  origin: z.string().max(2048).nullable(),
  fingerprint: fingerprintSchema,
})
export type TrustedCertificate = z.infer<typeof trustedCertificateSchema>

const zone = z.string().max(64)

export const serverSettingsSchema = z.object({
  /** Offset or IANA zone in which the server writes times that carry no zone, and in which it is written to. */
  zone: zone.default('UTC'),
})

export const serverSchema = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(120),
  dialect: dialectSchema,
  /** Origin (and path prefix, if any) of the API, without a trailing slash. */
  url: z.string().max(2048),
  trusted: z.array(trustedCertificateSchema).max(64),
  settings: serverSettingsSchema,
  /** The outcome of "Check the clock": exports wait while it is `misread`. */
  clockCheck: z.enum(['not-checked', 'right', 'misread', 'undecided']),
  isSignedIn: z.boolean(),
})
export type Server = z.infer<typeof serverSchema>

export const serverInputSchema = z.object({
  id: z.string().min(1).max(64).optional(),
  name: z.string().min(1).max(120).optional(),
  dialect: dialectSchema,
  url: z.string().min(1).max(2048),
  trusted: z.array(trustedCertificateSchema).max(64).optional(),
  /** What is left out stays as it is. */
  settings: z.object({ zone: zone.optional() }).optional(),
})
export type ServerInput = z.infer<typeof serverInputSchema>

export const accountSchema = z.object({
  name: z.string(),
  /** Names of the dialect's own permissions; `null` where the server does not tell. */
  permissions: z.array(z.string()).nullable(),
})
export type Account = z.infer<typeof accountSchema>

export const cameraSchema = z.object({
  /** `vsaas`: the decimal id; `vms`: the UUID. */
  id: z.string().min(1).max(128),
  name: z.string().max(1024),
  placeId: z.string().nullable(),
  placeName: z.string().nullable(),
  status: z.string().nullable(),
  streams: z.array(z.object({ name: z.enum(['main', 'sub']), id: z.string().nullable() })),
})
export type Camera = z.infer<typeof cameraSchema>

/** How cameras are named when a server gives no list of its own (`vsaas` without an integrator token). */
export const cameraQuerySchema = z.object({
  serverId: z.string(),
  ids: z.array(z.string().max(128)).max(100_000).optional(),
  login: z.string().max(255).optional(),
  placeId: z.string().max(64).optional(),
  text: z.string().max(255).optional(),
  limit: z.number().int().min(1).max(100_000).default(10_000),
})

/** A row of the server's own history of archive orders (document 004). */
export const downloadSchema = z.object({
  id: z.string(),
  name: z.string(),
  cameraId: z.string(),
  range: z.object({ fromMs: z.number(), toMs: z.number() }).nullable(),
  createdAtMs: z.number(),
  isFilePresent: z.boolean(),
  userLogin: z.string(),
})
export type Download = z.infer<typeof downloadSchema>
