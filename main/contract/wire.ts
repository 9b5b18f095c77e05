// The envelope of a reply, and what a transport is. Knows no call by name.
import { z } from 'zod'
import { errorSchema } from './errors.ts'
import type { ErrorValue } from './errors.ts'

export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorValue }

export const replySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: errorSchema }),
])

/** What a client needs of a host: send a call (an abort of the platform's AbortSignal sends a cancel), and hear events. */
export interface Transport<Signal> {
  call(name: string, input: unknown, signal?: Signal): Promise<Reply<unknown>>
  onEvent(listener: (name: string, value: unknown) => void): () => void
}
