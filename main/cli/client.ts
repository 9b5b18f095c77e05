// The contract as typed calls and events over a core in this process. Knows no call by name.
import { AppError, fromErrorValue } from '#contract/errors.ts'
import { calls, events } from '#contract/index.ts'
import type { CallInput, CallName, EventName, EventValue, Output } from '#contract/index.ts'
import type { Reply } from '#contract/wire.ts'

/** What a host gets from the core. */
export interface Core {
  dispatch(name: string, input: unknown, context: { signal: AbortSignal }): Promise<Reply<unknown>>
  onEvent(listener: (name: string, value: unknown) => void): () => void
  close(): Promise<void>
}

export interface Client {
  /** Errors: AppError of the reply; `bad-reply` for an output that does not hold the contract. */
  call<N extends CallName>(name: N, input: CallInput<N>, signal: AbortSignal): Promise<Output<N>>
  /** Returns what ends it. An event that does not hold the contract is left out: events are safe to lose. */
  on<N extends EventName>(name: N, listener: (value: EventValue<N>) => void): () => void
}

export function createClient(core: Core): Client {
  return {
    async call(name, input, signal) {
      const reply = await core.dispatch(name, input, { signal })
      if (!reply.ok) throw fromErrorValue(reply.error)
      const parsed = calls[name].output.safeParse(reply.value)
      if (!parsed.success) throw new AppError('internal', `The answer to ${name} does not hold the contract.`)
      return parsed.data as Output<typeof name>
    },
    on(name, listener) {
      return core.onEvent((published, value) => {
        if (published !== name) return
        const parsed = events[name].safeParse(value)
        if (parsed.success) listener(parsed.data as EventValue<typeof name>)
      })
    },
  }
}
