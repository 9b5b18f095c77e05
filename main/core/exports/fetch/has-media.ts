// Whether a link yields media at all: looks at the first bytes and hangs up. Writes nothing, and says nothing about the rest.
import { AppError } from '#contract/errors.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import type { Deadlines } from '#core/ports.ts'
import type { Exchange } from './exchange.ts'
import { openReply } from './open-reply.ts'
import { firstByteError } from './response-inbox.ts'
import { looksLikeMedia } from './looks-like-media.ts'

export interface MediaQuestion {
  /** Sent only to the origin of the link. */
  headers?: Record<string, string>
  trusted: TrustedCertificate[]
  isLocalAllowed: boolean
  deadlines: Pick<Deadlines, 'connectMs' | 'firstByteMs' | 'stallMs'>
  signal: AbortSignal
}

const mostBytes = 65_536

/**
 * False: the server says that there is nothing (no such file, an empty or refused range, a page). Throws where nothing follows
 * from the answer: unauthorized and forbidden (401, 403), rate-limited (429, 503), unreachable (other 5xx, cut before the
 * first bytes), timed-out, untrusted-certificate, cancelled.
 */
export async function hasMedia(url: string, question: MediaQuestion): Promise<boolean> {
  const { trusted, isLocalAllowed, deadlines, signal } = question
  const target = { url, headers: question.headers ?? {}, trusted, isLocalAllowed, ...deadlines }
  const reply = await openReply(target, { kind: 'whole' }, signal)
  try {
    if (reply.status !== 200 && reply.status !== 206) return judgeRefusal(reply.status, reply.origin)
    return looksLikeMedia(await readStart(reply, deadlines.firstByteMs, signal))
  } finally {
    reply.close()
  }
}

function judgeRefusal(status: number, origin: string): false {
  const fail = (code: 'unauthorized' | 'forbidden' | 'rate-limited' | 'unreachable'): AppError =>
    new AppError(code, `${origin} answers with status ${status}: whether there is media cannot be told.`, {
      details: { origin, status },
    })
  if (status === 401) throw fail('unauthorized')
  if (status === 403) throw fail('forbidden')
  if (status === 429 || status === 503) throw fail('rate-limited')
  if (status >= 500) throw fail('unreachable')
  return false
}

/** Up to 64 KiB, or what came until the body ended or the deadline passed. */
function readStart(reply: Exchange, firstByteMs: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let lengthBytes = 0
    const settle = (error: AppError | null): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      if (error === null) resolve(Buffer.concat(pieces).subarray(0, mostBytes))
      else reject(error)
    }
    const onAbort = (): void => settle(new AppError('cancelled', 'Cancelled.'))
    const timer = setTimeout(() => settle(lengthBytes > 0 ? null : firstByteError(reply.origin)), firstByteMs)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) return onAbort()
    reply.start({
      onBytes(bytes) {
        pieces.push(Buffer.from(bytes))
        lengthBytes += bytes.length
        if (lengthBytes >= mostBytes) settle(null)
      },
      onEnd: (error) => settle(lengthBytes > 0 ? null : error),
    })
  })
}
