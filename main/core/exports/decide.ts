// What to do after an attempt to fetch: the rules of resuming, new links, waiting and giving up, as one pure function.
import { AppError, toErrorValue } from '#contract/errors.ts'
import type { ErrorValue } from '#contract/errors.ts'
import type { Deadlines } from '#core/ports.ts'
import type { FetchOutcome } from './fetch/index.ts'

/** How the fetch of one item has gone since its last new bytes. Begins as `noTries`. */
export interface Tries {
  /** Cuts and server errors in a row without new bytes. */
  failures: number
  /** New links in a row without new bytes. */
  links: number
  /** 404 answers in a row to the same fresh link. */
  notFound: number
  /** Busy answers in a row. */
  busy: number
  /** How often the part was begun again from nothing. */
  restarts: number
}

export const noTries: Tries = { failures: 0, links: 0, notFound: 0, busy: 0, restarts: 0 }

/** In a row without new bytes; an archive of many hours may need a hundred links, each with new bytes. */
export const limits = { failures: 8, links: 3, notFound: 3, busy: 50, restarts: 4 } as const

export type Decision =
  | Extract<FetchOutcome, { kind: 'complete' }>
  /** Go on with the same link after `delayMs`; with `startOver` from the first byte, with `asStream` without ranges. */
  | { kind: 'again'; tries: Tries; delayMs: number; startOver: string | null; newLink: boolean; error: ErrorValue }
  | { kind: 'fail'; error: ErrorValue }

export interface DecisionInput {
  outcome: FetchOutcome
  tries: Tries
  /** Whether the bytes on the disk can be continued: a validator is known. */
  isResumable: boolean
  nowMs: number
  /** In [0, 1). */
  random: number
  deadlines: Pick<Deadlines, 'backoffMinMs' | 'backoffMaxMs' | 'retryAfterMaxMs'>
}

export function decideAfterFetch(input: DecisionInput): Decision {
  const { outcome, isResumable } = input
  const tries =
    'newBytes' in outcome && outcome.newBytes > 0 ? { ...noTries, restarts: input.tries.restarts } : input.tries
  switch (outcome.kind) {
    case 'complete':
      return outcome
    case 'cut':
      // Where nothing came, nothing is lost: the host may only be restarting.
      if (!isResumable && outcome.newBytes > 0)
        return startOver(input, tries, 'the server cannot continue where it was cut', outcome.error)
      return afterFailure(input, tries, outcome.error)
    case 'server-error':
      return afterFailure(
        input,
        tries,
        problem('unreachable', `The media server failed (HTTP ${outcome.status}).`, outcome.status),
      )
    case 'expired':
      return afterExpiry(input, tries, outcome.status)
    case 'busy':
      return afterBusy(input, tries, outcome)
    case 'changed':
      return startOver(
        input,
        tries,
        'the archive changed on the server',
        problem('bad-reply', 'The archive changed on the media server while it was fetched.'),
      )
    case 'not-resumable':
      return startOver(
        input,
        tries,
        'the server sends only whole files',
        problem('bad-reply', 'The media server sent the whole file where a part was asked for.'),
      )
    case 'too-long':
      return fail(
        'unsupported-media',
        'The media server refuses a range of this length (HTTP 413). Order it as several shorter items.',
        413,
      )
    case 'refused':
      return { kind: 'fail', error: outcome.error }
  }
}

function afterFailure(input: DecisionInput, tries: Tries, error: ErrorValue): Decision {
  const next = { ...tries, failures: tries.failures + 1 }
  if (next.failures > limits.failures)
    return {
      kind: 'fail',
      error: {
        ...error,
        message: `${error.message} Given up after ${next.failures} attempts without a new byte. What was fetched is kept; a retry goes on from there.`,
      },
    }
  return {
    kind: 'again',
    tries: next,
    delayMs: backoffMs(input, next.failures),
    startOver: null,
    newLink: false,
    error,
  }
}

function afterExpiry(input: DecisionInput, tries: Tries, status: number): Decision {
  const error = problem('link-expired', `The link is not valid any more (HTTP ${status}).`, status)
  // Right after an order the file may not be there yet: the same link again, before the server's history gets another record.
  if (status === 404 && tries.notFound < limits.notFound) {
    const next = { ...tries, notFound: tries.notFound + 1 }
    return {
      kind: 'again',
      tries: next,
      delayMs: backoffMs(input, next.notFound),
      startOver: null,
      newLink: false,
      error,
    }
  }
  if (tries.links >= limits.links) {
    const code = status === 404 ? 'not-found' : 'link-expired'
    return fail(
      code,
      `${limits.links} new links in a row brought no new byte (HTTP ${status}). Check on the server whether this range is recorded and may be exported.`,
      status,
    )
  }
  const next = { ...tries, links: tries.links + 1, notFound: 0 }
  const delayMs = tries.links === 0 ? 0 : backoffMs(input, next.links)
  return { kind: 'again', tries: next, delayMs, startOver: null, newLink: true, error }
}

function afterBusy(input: DecisionInput, tries: Tries, outcome: Extract<FetchOutcome, { kind: 'busy' }>): Decision {
  const next = { ...tries, busy: tries.busy + 1 }
  if (next.busy > limits.busy)
    return fail('rate-limited', 'The media server stayed busy. Try again later.', outcome.status)
  const asked = outcome.retryAtMs === null ? null : Math.max(0, outcome.retryAtMs - input.nowMs)
  const delayMs = asked === null ? backoffMs(input, next.busy) : Math.min(asked, input.deadlines.retryAfterMaxMs)
  const error = problem('rate-limited', `The media server is busy (HTTP ${outcome.status}).`, outcome.status)
  return { kind: 'again', tries: next, delayMs, startOver: null, newLink: false, error }
}

function startOver(input: DecisionInput, tries: Tries, reason: string, error: ErrorValue): Decision {
  const next = { ...tries, restarts: tries.restarts + 1, failures: 0 }
  if (next.restarts > limits.restarts)
    return {
      kind: 'fail',
      error: { ...error, message: `${error.message} Begun again ${limits.restarts} times without success: ${reason}.` },
    }
  return {
    kind: 'again',
    tries: next,
    delayMs: backoffMs(input, next.restarts),
    startOver: reason,
    newLink: false,
    error,
  }
}

/** Full jitter: between nothing and a bound that doubles with every failure. */
export function backoffMs(input: Pick<DecisionInput, 'random' | 'deadlines'>, failures: number): number {
  const { backoffMinMs, backoffMaxMs } = input.deadlines
  return Math.round(Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(failures - 1, 20)) * input.random)
}

function fail(code: ErrorValue['code'], message: string, status: number): Decision {
  return { kind: 'fail', error: problem(code, message, status) }
}

function problem(code: ErrorValue['code'], message: string, status?: number): ErrorValue {
  return toErrorValue(new AppError(code, message, status === undefined ? {} : { details: { status } }))
}
