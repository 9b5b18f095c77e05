// What the media server says instead of the file: refusals and redirects, in the order a request meets them.
// Decides only; knows nothing of sockets or files.
import type { LinkPayload } from '../link-token.ts'
import { archiveDepthMs, findGaps, recordedIntervals, type Interval } from '../world.ts'
import type { MediaBehaviour } from './behaviour.ts'
import type { LinkState } from './link-state.ts'

export interface Refusal {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly text: string
}

export interface Addresses {
  /** `https://127.0.0.2:port`, without a slash at the end. */
  readonly otherHost: string
  readonly http: string
}

/** Past its time, or all its bytes served. */
export function refuseExpired(
  behaviour: MediaBehaviour,
  payload: LinkPayload,
  link: LinkState,
  nowMs: number,
): Refusal | null {
  const { linkTtlMs, linkMaxBytes, expiredStatus } = behaviour
  const isLate = linkTtlMs !== null && nowMs >= payload.orderedAtMs + linkTtlMs
  const isSpent = linkMaxBytes !== null && link.bytesSent >= linkMaxBytes
  return isLate || isSpent ? { status: expiredStatus, text: 'the link is no longer valid' } : null
}

/** `refused`: how many requests of the camera were refused as busy before this one. */
export function refuseBusy(busy: MediaBehaviour['busy'], refused: number, nowMs: number): Refusal | null {
  if (busy === null || refused >= busy.count) return null
  const seconds = Math.ceil(busy.afterMs / 1000)
  const headers = {
    seconds: { 'retry-after': String(seconds) },
    // Dates in headers have whole seconds: rounded up, so that the client never comes too early.
    date: { 'retry-after': new Date(Math.ceil((nowMs + busy.afterMs) / 1000) * 1000).toUTCString() },
    none: {},
  }[busy.retryAfter]
  return { status: busy.status, headers, text: 'busy, come again later' }
}

/** `isFirst`: the link was not redirected before. `path` is `/archive/<token>`; files are at `/file/<token>`. */
export function redirectArchive(
  redirect: MediaBehaviour['redirect'],
  path: string,
  isFirst: boolean,
  addresses: Addresses,
): Refusal | null {
  const filePath = path.replace('/archive/', '/file/')
  const location = {
    none: null,
    'same-host': filePath,
    'other-host': `${addresses.otherHost}${filePath}`,
    'to-http': `${addresses.http}${filePath}`,
    loop: path,
    'first-then-file': isFirst ? filePath : null,
  }[redirect]
  return location === null ? null : { status: 302, headers: { location }, text: 'moved' }
}

/** Ranges the server cannot or will not serve. */
export function refuseRange(behaviour: MediaBehaviour, payload: LinkPayload): Refusal | null {
  const { camera, fromMs, toMs, orderedAtMs } = payload
  const { maxRangeMs, failAcrossGap, shiftMs } = behaviour
  if (maxRangeMs !== null && toMs - fromMs > maxRangeMs) return { status: 413, text: 'the range is too long' }
  const startMs = Math.max(fromMs + shiftMs, orderedAtMs - archiveDepthMs)
  const endMs = Math.min(toMs + shiftMs, orderedAtMs)
  const hasGap = failAcrossGap && startMs < endMs && findGaps(camera, startMs, endMs).length > 0
  return hasGap ? { status: 500, text: 'internal server error' } : null
}

/** What to serve of the link's range; empty when nothing is. A link's content depends on its order, not on the clock. */
export function chooseIntervals(behaviour: MediaBehaviour, payload: LinkPayload): Interval[] {
  const fromMs = payload.fromMs + behaviour.shiftMs
  const toMs = payload.toMs + behaviour.shiftMs
  const recorded = recordedIntervals(payload.camera, fromMs, toMs, payload.orderedAtMs)
  return recorded.length === 0 && !behaviour.emptyOutsideArchive ? [{ fromMs, toMs }] : recorded
}
