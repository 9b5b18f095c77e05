// Where a redirect may lead: at most five, never from https to http, never round in a circle. Pure.
import { AppError } from '#contract/errors.ts'

const redirectStatuses = new Set([301, 302, 303, 307, 308])
const mostRedirects = 5

/** True for the statuses that are followed. */
export function isRedirect(status: number): boolean {
  return redirectStatuses.has(status)
}

/**
 * The address to ask next. `visited` are all addresses asked so far, the last one having sent `location`. Throws bad-reply
 * (no or bad Location, too many, a loop) and forbidden (https → http, another scheme); details {origin, status}.
 */
export function followRedirect(visited: readonly string[], status: number, location: string | undefined): string {
  const current = new URL(visited.at(-1) ?? '')
  const refuse = (code: 'bad-reply' | 'forbidden', text: string): AppError =>
    new AppError(code, `${current.origin} ${text}`, { details: { origin: current.origin, status } })
  if (location === undefined || !URL.canParse(location, current.href))
    throw refuse('bad-reply', 'redirects to nowhere.')
  const next = new URL(location, current)
  if (next.protocol !== 'https:' && next.protocol !== 'http:') {
    throw refuse('forbidden', 'redirects to something that is neither http nor https. Refused.')
  }
  if (current.protocol === 'https:' && next.protocol === 'http:') {
    throw refuse('forbidden', 'redirects from an encrypted to an open connection. Refused.')
  }
  next.username = ''
  next.password = ''
  next.hash = ''
  if (visited.includes(next.href)) throw refuse('bad-reply', 'redirects in a circle.')
  if (visited.length > mostRedirects) throw refuse('bad-reply', `redirects more than ${mostRedirects} times.`)
  return next.href
}
