// The envelope of a reply. Knows no call by name.
import { z } from 'zod'
import { errorSchema } from './errors.ts'
import type { ErrorValue } from './errors.ts'

export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorValue }

export const replySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: errorSchema }),
])
