// Asks for an address and follows redirects by hand, up to the head of the reply. Never HEAD. Decides nothing about the
// reply's meaning, and reads no body.
import { AppError } from '#contract/errors.ts'
import type { Asked } from './classify-reply.ts'
import { openExchange } from './exchange.ts'
import type { Exchange, ExchangeTarget } from './exchange.ts'
import { followRedirect, isRedirect } from './redirect.ts'

export interface ReplyTarget extends ExchangeTarget {
  url: string
  /** Sent only as long as every address so far had the origin of `url`. */
  headers: Readonly<Record<string, string>>
}

/** Errors: those of `openExchange` and `followRedirect`; invalid-input for what is no web address. */
export async function openReply(target: ReplyTarget, asked: Asked, signal: AbortSignal): Promise<Exchange> {
  let url = parseAddress(target.url)
  let { headers } = target
  const visited = [url.href]
  for (;;) {
    const reply = await openExchange(url, { ...requestHeaders(asked), ...headers }, target, signal)
    if (!isRedirect(reply.status)) return reply
    reply.close()
    const next = new URL(followRedirect(visited, reply.status, reply.headers['location']))
    if (next.origin !== url.origin) headers = {}
    visited.push(next.href)
    url = next
  }
}

function parseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new AppError('invalid-input', 'The address of the archive is not a web address.')
  }
  url.username = ''
  url.password = ''
  url.hash = ''
  return url
}

function requestHeaders(asked: Asked): Record<string, string> {
  const plain = { Accept: '*/*', 'Accept-Encoding': 'identity', Connection: 'close' }
  if (asked.kind === 'plain') return plain
  if (asked.kind === 'whole') return { ...plain, Range: 'bytes=0-' }
  const { range, validator } = asked
  return { ...plain, Range: `bytes=${range.start}-${range.end - 1}`, 'If-Range': validator.value }
}
