// The states of items and batches, by table: every event in every state.
import { describe, expect, it } from 'vitest'
import type { ItemState } from '#contract/exports.ts'
import { batchStateOf, isTerminal, transition } from '../../../main/core/exports/state.ts'
import type { StateEvent } from '../../../main/core/exports/state.ts'

const error = { code: 'unreachable' as const, message: 'no answer' }
const result = {
  files: [],
  fetchedBytes: 1,
  fetchedSha256: 'aa',
  durationMs: 1,
  coverage: 'known' as const,
  gaps: [],
  timeBasis: 'asked' as const,
  warnings: [],
}

const states: Record<string, ItemState> = {
  queued: { kind: 'queued' },
  running: { kind: 'running', step: 'fetching', fraction: null },
  waiting: { kind: 'waiting', step: 'fetching', retryAtMs: 5, error },
  paused: { kind: 'paused', error: null },
  done: { kind: 'done', result },
  failed: { kind: 'failed', error },
  cancelled: { kind: 'cancelled' },
}

const events: Record<string, StateEvent> = {
  started: { kind: 'started', step: 'ordering' },
  progressed: { kind: 'progressed', fraction: 0.5 },
  waited: { kind: 'waited', retryAtMs: 9, error },
  paused: { kind: 'paused', error: null },
  queued: { kind: 'queued' },
  finished: { kind: 'finished', result },
  failed: { kind: 'failed', error },
  cancelled: { kind: 'cancelled' },
  retried: { kind: 'retried' },
}

/** Rows: state; columns: the state after started, progressed, waited, paused, queued, finished, failed, cancelled, retried. */
const table: Record<string, string[]> = {
  queued: ['running', 'queued', 'queued', 'paused', 'queued', 'queued', 'failed', 'cancelled', 'queued'],
  running: ['running', 'running', 'waiting', 'paused', 'queued', 'done', 'failed', 'cancelled', 'running'],
  waiting: ['running', 'waiting', 'waiting', 'paused', 'queued', 'waiting', 'failed', 'cancelled', 'waiting'],
  paused: ['paused', 'paused', 'paused', 'paused', 'queued', 'paused', 'failed', 'cancelled', 'paused'],
  done: ['done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done'],
  failed: ['failed', 'failed', 'failed', 'failed', 'failed', 'failed', 'failed', 'failed', 'queued'],
  cancelled: [
    'cancelled',
    'cancelled',
    'cancelled',
    'cancelled',
    'cancelled',
    'cancelled',
    'cancelled',
    'cancelled',
    'queued',
  ],
}

describe('transition', () => {
  for (const [from, row] of Object.entries(table))
    Object.keys(events).forEach((name, column) => {
      it(`${from} + ${name} → ${row[column]}`, () => {
        expect(transition(states[from]!, events[name]!).kind).toBe(row[column])
      })
    })

  it('keeps the step of what waits, and forgets the fraction of the step before', () => {
    const waiting = transition(
      { kind: 'running', step: 'verifying', fraction: 0.9 },
      { kind: 'waited', retryAtMs: 3, error },
    )
    expect(waiting).toEqual({ kind: 'waiting', step: 'verifying', retryAtMs: 3, error })
    expect(transition(waiting, { kind: 'started', step: 'fetching' })).toEqual({
      kind: 'running',
      step: 'fetching',
      fraction: null,
    })
  })

  it('returns the very same state for an event that does not fit', () => {
    expect(transition(states['done']!, events['failed']!)).toBe(states['done'])
    expect(transition(states['queued']!, events['progressed']!)).toBe(states['queued'])
  })

  it('knows the terminal states', () => {
    expect(Object.keys(states).filter((name) => isTerminal(states[name]!))).toEqual(['done', 'failed', 'cancelled'])
  })
})

describe('batchStateOf', () => {
  it.each([
    [{ total: 3, done: 1, failed: 1, cancelled: 0 }, false, 'running'],
    [{ total: 3, done: 1, failed: 1, cancelled: 0 }, true, 'paused'],
    [{ total: 3, done: 3, failed: 0, cancelled: 0 }, true, 'done'],
    [{ total: 3, done: 1, failed: 1, cancelled: 1 }, false, 'partial'],
    [{ total: 3, done: 0, failed: 2, cancelled: 1 }, false, 'failed'],
    [{ total: 3, done: 0, failed: 0, cancelled: 3 }, false, 'cancelled'],
  ])('%j paused=%s → %s', (counts, isPaused, expected) => {
    expect(batchStateOf(counts, isPaused)).toBe(expected)
  })
})
