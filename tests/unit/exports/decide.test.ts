// What happens after an attempt to fetch: every outcome, its limits, and that new bytes reset them.
import { describe, expect, it } from 'vitest'
import { decideAfterFetch, limits, noTries } from '../../../main/core/exports/decide.ts'
import type { DecisionInput, Tries } from '../../../main/core/exports/decide.ts'
import type { FetchOutcome } from '../../../main/core/exports/fetch/index.ts'

const deadlines = { backoffMinMs: 500, backoffMaxMs: 60_000, retryAfterMaxMs: 1_800_000 }
const error = { code: 'unreachable' as const, message: 'The connection was cut.' }

function decide(outcome: FetchOutcome, change: Partial<DecisionInput> = {}) {
  return decideAfterFetch({ outcome, tries: noTries, isResumable: true, nowMs: 1_000, random: 1, deadlines, ...change })
}

/** Runs the same outcome again and again; how many attempts there were before it was given up. */
function countAttempts(outcome: FetchOutcome, isResumable = true): number {
  let tries: Tries = noTries
  for (let attempts = 1; attempts < 1_000; attempts += 1) {
    const decision = decide(outcome, { tries, isResumable })
    if (decision.kind !== 'again') return attempts
    tries = decision.tries
  }
  return Infinity
}

describe('decideAfterFetch', () => {
  it('is done with a complete file', () => {
    const complete: FetchOutcome = { kind: 'complete', sizeBytes: 9, sha256: 'ab', isEndProven: true }
    expect(decide(complete)).toEqual(complete)
  })

  it('goes on after a cut with a backoff that doubles, and gives up without new bytes', () => {
    const cut: FetchOutcome = { kind: 'cut', error, newBytes: 0 }
    expect(decide(cut)).toMatchObject({ kind: 'again', delayMs: 500, startOver: null, newLink: false })
    expect(decide(cut, { tries: { ...noTries, failures: 3 } })).toMatchObject({ delayMs: 4_000 })
    expect(decide(cut, { tries: { ...noTries, failures: 7 }, random: 0 })).toMatchObject({ delayMs: 0 })
    expect(countAttempts(cut)).toBe(limits.failures + 1)
    expect(countAttempts({ kind: 'server-error', status: 500 })).toBe(limits.failures + 1)
  })

  it('never gives up while every attempt brings bytes', () => {
    expect(countAttempts({ kind: 'cut', error, newBytes: 1 })).toBe(Infinity)
    expect(countAttempts({ kind: 'expired', status: 403, newBytes: 1 })).toBe(Infinity)
  })

  it('starts a stream over, but not for ever, though each attempt brings bytes', () => {
    expect(decide({ kind: 'cut', error, newBytes: 5 }, { isResumable: false })).toMatchObject({
      kind: 'again',
      startOver: expect.any(String),
    })
    expect(countAttempts({ kind: 'cut', error, newBytes: 5 }, false)).toBe(limits.restarts + 1)
    expect(countAttempts({ kind: 'changed' })).toBe(limits.restarts + 1)
    expect(countAttempts({ kind: 'not-resumable' })).toBe(limits.restarts + 1)
  })

  it('gives a host that is restarting as long for a stream as for anything else: where nothing came, nothing is lost', () => {
    const cut: FetchOutcome = { kind: 'cut', error, newBytes: 0 }
    expect(decide(cut, { isResumable: false })).toMatchObject({ kind: 'again', startOver: null, delayMs: 500 })
    expect(countAttempts(cut, false)).toBe(limits.failures + 1)
  })

  it.each([401, 403, 410] as const)('asks for a new link at once after %d, three times without new bytes', (status) => {
    const expired: FetchOutcome = { kind: 'expired', status, newBytes: 0 }
    expect(decide(expired)).toMatchObject({ kind: 'again', newLink: true, delayMs: 0 })
    expect(countAttempts(expired)).toBe(limits.links + 1)
    expect(decide(expired, { tries: { ...noTries, links: limits.links } })).toMatchObject({
      kind: 'fail',
      error: { code: 'link-expired' },
    })
  })

  it('asks the same link again after 404 before it orders anew, and then says that nothing is there', () => {
    const missing: FetchOutcome = { kind: 'expired', status: 404, newBytes: 0 }
    expect(decide(missing)).toMatchObject({ newLink: false, delayMs: 500 })
    expect(decide(missing, { tries: { ...noTries, notFound: limits.notFound } })).toMatchObject({ newLink: true })
    const last = { ...noTries, notFound: limits.notFound, links: limits.links }
    expect(decide(missing, { tries: last })).toMatchObject({ kind: 'fail', error: { code: 'not-found' } })
    expect(countAttempts(missing)).toBe((limits.notFound + 1) * (limits.links + 1))
  })

  it('waits as told, but not for days', () => {
    expect(decide({ kind: 'busy', status: 503, retryAtMs: 31_000 })).toMatchObject({ delayMs: 30_000, newLink: false })
    expect(decide({ kind: 'busy', status: 429, retryAtMs: 1e12 })).toMatchObject({ delayMs: deadlines.retryAfterMaxMs })
    expect(decide({ kind: 'busy', status: 429, retryAtMs: 0 })).toMatchObject({ delayMs: 0 })
    expect(decide({ kind: 'busy', status: 429, retryAtMs: null })).toMatchObject({ delayMs: 500 })
    expect(countAttempts({ kind: 'busy', status: 429, retryAtMs: 1_001 })).toBe(limits.busy + 1)
  })

  it('fails at once what another attempt cannot change', () => {
    expect(decide({ kind: 'too-long' })).toMatchObject({ kind: 'fail', error: { details: { status: 413 } } })
    const refused = { code: 'untrusted-certificate' as const, message: 'unknown certificate' }
    expect(decide({ kind: 'refused', error: refused })).toEqual({ kind: 'fail', error: refused })
  })
})
