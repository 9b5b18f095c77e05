// Whether and how a redirect is followed (F7): by hand, at most five, never to less protection, never with credentials to
// another origin. Pure.
import { AppError } from '#contract/errors.ts'

export const redirectsAtMost = 5

export interface Hop {
  method: string
  url: URL
  headers: Record<string, string>
  body: string | null
}

const redirectStatuses = new Set([301, 302, 303, 307, 308])
/** What may go to another origin; everything else stays with the one it was meant for. */
const harmlessHeaders = new Set(['accept', 'accept-encoding', 'accept-language', 'user-agent'])

export function isRedirect(status: number): boolean {
  return redirectStatuses.has(status)
}

/**
 * The next request, or an AppError: bad-reply for a missing or unusable Location and for a body that would have to be sent
 * again elsewhere, forbidden for https → http.
 */
export function followRedirect(from: Hop, status: number, location: string | undefined): Hop {
  const origin = from.url.origin
  const url = location === undefined || !URL.canParse(location, from.url.href) ? null : new URL(location, from.url)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new AppError('bad-reply', `${origin} redirects to an address that cannot be used.`, {
      details: { origin, status },
    })
  }
  if (from.url.protocol === 'https:' && url.protocol === 'http:') {
    const message = `${origin} redirects to an unprotected address (${url.origin}). Refused.`
    throw new AppError('forbidden', message, { details: { origin, to: url.origin, reason: 'downgrade' } })
  }
  const isSameOrigin = url.origin === origin
  const isRead = from.method === 'GET' || from.method === 'HEAD'
  if (!isRead && (!isSameOrigin || status === 301 || status === 302 || status === 303)) {
    const message = `${origin} redirects a request that changes something. Check the server's address.`
    throw new AppError('bad-reply', message, { details: { origin, to: url.origin, status } })
  }
  if (isSameOrigin) return { ...from, url }
  const kept = Object.entries(from.headers).filter(([name]) => harmlessHeaders.has(name.toLowerCase()))
  return { method: from.method, url, headers: Object.fromEntries(kept), body: null }
}
