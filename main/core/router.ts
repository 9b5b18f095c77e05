// From an unknown message to a parsed input, a handler and an envelope: once, for every host. Knows no call by name.
import type { z } from 'zod'
import { AppError, toErrorValue } from '#contract/errors.ts'
import { calls } from '#contract/index.ts'
import type { CallName, Handlers } from '#contract/index.ts'
import type { Reply } from '#contract/wire.ts'
import type { Ports } from './ports.ts'

export type Dispatch = (name: string, input: unknown, context: { signal: AbortSignal }) => Promise<Reply<unknown>>

const mostShownIssues = 5

/** Never rejects: an AppError becomes its envelope, anything else is a bug, logged with an id that the caller is told. */
export function createRouter(handlers: Handlers<AbortSignal>, ports: Pick<Ports, 'log' | 'uuid'>): Dispatch {
  return async (name, input, context) => {
    try {
      if (!isCallName(name))
        throw new AppError('not-found', `There is no call named ${JSON.stringify(name).slice(0, 80)}.`)
      const parsed = calls[name].input.safeParse(input)
      if (!parsed.success) throw fromZodError(name, parsed.error)
      const handler = handlers[name] as (input: unknown, context: { signal: AbortSignal }) => Promise<unknown>
      return { ok: true, value: await handler(parsed.data, context) }
    } catch (error) {
      return { ok: false, error: toErrorValue(toAppError(error, context.signal, ports)) }
    }
  }
}

function isCallName(name: string): name is CallName {
  return Object.hasOwn(calls, name)
}

function fromZodError(name: string, error: z.ZodError): AppError {
  const shown = error.issues.slice(0, mostShownIssues)
  const fields = Object.fromEntries(shown.map((issue) => [issue.path.join('.') || 'input', issue.message]))
  const text = Object.entries(fields).map(([field, message]) => `${field}: ${message}`)
  return new AppError('invalid-input', `${name} was not understood. ${text.join('; ')}`, { details: { fields } })
}

function toAppError(error: unknown, signal: AbortSignal, ports: Pick<Ports, 'log' | 'uuid'>): AppError {
  if (error instanceof AppError) return error
  if (signal.aborted) return new AppError('cancelled', 'Cancelled.')
  const id = ports.uuid()
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  ports.log({ level: 'error', event: 'bug', fields: { id, text } })
  return new AppError('internal', `Something went wrong in Watchroom itself. The log has the details under ${id}.`, {
    details: { id },
  })
}
