// Stops asking a host that keeps failing, and lets one request through to see whether it is back. One entry per origin.
import { AppError } from '#contract/errors.ts'
import type { ClockPort, Deadlines } from '#core/ports.ts'
import { backoffMs } from '#core/network/index.ts'

export interface Breaker {
  /** Throws `unreachable` with `retryAtMs` while the host is given a rest; otherwise the request may go. */
  enter(origin: string): void
  /** A reply of any kind but an overload. */
  succeed(origin: string): void
  /** No reply, or 502, 503, 504. `retryAtMs` is what the host itself asked for, if it did. */
  fail(origin: string, retryAtMs: number | null): void
  /** The request ended without a verdict (cancelled, refused here): another one may look. */
  leave(origin: string): void
}

/** So many failures in a row open the breaker. */
const failuresBeforeRest = 5
const hostsKept = 256

export function createBreaker(options: {
  clock: Pick<ClockPort, 'now'>
  random: () => number
  deadlines: Pick<Deadlines, 'backoffMinMs' | 'backoffMaxMs' | 'retryAfterMaxMs'>
}): Breaker {
  const hosts = new Map<string, { failures: number; restUntilMs: number; isProbing: boolean }>()
  const { clock, deadlines } = options

  return {
    enter(origin) {
      const host = hosts.get(origin)
      if (host === undefined || host.failures < failuresBeforeRest) return
      if (clock.now() < host.restUntilMs || host.isProbing) {
        const message = `${origin} failed ${host.failures} times in a row and is given a rest.`
        const retryAtMs = Math.max(host.restUntilMs, clock.now() + deadlines.backoffMinMs)
        throw new AppError('unreachable', message, { details: { origin, retryAtMs } })
      }
      host.isProbing = true
    },
    succeed(origin) {
      hosts.delete(origin)
    },
    fail(origin, retryAtMs) {
      const host = hosts.get(origin) ?? { failures: 0, restUntilMs: 0, isProbing: false }
      const failures = host.failures + 1
      const restMs = backoffMs(failures - failuresBeforeRest + 1, deadlines, options.random)
      const askedMs = Math.min((retryAtMs ?? 0) - clock.now(), deadlines.retryAfterMaxMs)
      hosts.delete(origin)
      hosts.set(origin, { failures, restUntilMs: clock.now() + Math.max(restMs, askedMs), isProbing: false })
      for (const oldest of hosts.keys()) if (hosts.size > hostsKept) hosts.delete(oldest)
    },
    leave(origin) {
      const host = hosts.get(origin)
      if (host !== undefined) host.isProbing = false
    },
  }
}
