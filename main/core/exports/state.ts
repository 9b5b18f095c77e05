// The states of an item and of a batch, and the only way from one to the next. Pure: knows neither disk nor network.
import type { ErrorValue } from '#contract/errors.ts'
import type { Batch, ItemResult, ItemState, Step } from '#contract/exports.ts'

export type StateEvent =
  | { kind: 'started'; step: Step }
  | { kind: 'progressed'; fraction: number | null }
  | { kind: 'waited'; retryAtMs: number | null; error: ErrorValue }
  | { kind: 'paused'; error: ErrorValue | null }
  | { kind: 'queued' }
  | { kind: 'finished'; result: ItemResult }
  | { kind: 'failed'; error: ErrorValue }
  | { kind: 'cancelled' }
  | { kind: 'retried' }

export function isTerminal(state: ItemState): boolean {
  return state.kind === 'done' || state.kind === 'failed' || state.kind === 'cancelled'
}

/**
 * The next state. Total: an event that does not fit (late progress after a cancel, a failure of what is done) leaves the
 * state as it is. Terminal is final, but for `retried`, a person's or a resume's new try of what failed or was cancelled.
 */
export function transition(state: ItemState, event: StateEvent): ItemState {
  if (isTerminal(state)) return event.kind === 'retried' && state.kind !== 'done' ? { kind: 'queued' } : state
  switch (event.kind) {
    case 'started':
      return state.kind === 'paused' ? state : { kind: 'running', step: event.step, fraction: null }
    case 'progressed':
      return state.kind === 'running' ? { ...state, fraction: event.fraction } : state
    case 'waited':
      if (state.kind !== 'running') return state
      return { kind: 'waiting', step: state.step, retryAtMs: event.retryAtMs, error: event.error }
    case 'paused':
      return { kind: 'paused', error: event.error }
    case 'queued':
      return { kind: 'queued' }
    case 'finished':
      return state.kind === 'running' ? { kind: 'done', result: event.result } : state
    case 'failed':
      return { kind: 'failed', error: event.error }
    case 'cancelled':
      return { kind: 'cancelled' }
    case 'retried':
      return state
  }
}

export interface StateCounts {
  total: number
  done: number
  failed: number
  cancelled: number
}

/** The state of a batch follows from how its items ended and from whether it was paused. */
export function batchStateOf({ total, done, failed, cancelled }: StateCounts, isPaused: boolean): Batch['state'] {
  if (done + failed + cancelled < total) return isPaused ? 'paused' : 'running'
  if (done === total) return 'done'
  if (cancelled === total) return 'cancelled'
  return done > 0 ? 'partial' : 'failed'
}
