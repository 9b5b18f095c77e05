// Whether a link yields media at all: looks at the first bytes and hangs up. Writes nothing, and says nothing about the rest.
import { AppError } from '#contract/errors.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import type { Deadlines } from '../../ports.ts'
import { openReply } from './open-reply.ts'
import type { OpenReply } from './open-reply.ts'
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
    const status = reply.response.statusCode ?? 0
    if (status !== 200 && status !== 206) return judgeRefusal(status, reply.origin)
    return looksLikeMedia(await readStart(reply, deadlines.firstByteMs, signal))
  } finally {
    reply.response.on('error', () => undefined).destroy()
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

/** Up to 64 KiB, or less when the body ends or pauses after its first bytes for longer than the deadline. */
function readStart({ response, origin }: OpenReply, firstByteMs: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let lengthBytes = 0
    const settle = (finish: () => void): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      response.removeAllListeners('data')
      finish()
    }
    const succeed = (): void => settle(() => resolve(Buffer.concat(pieces).subarray(0, mostBytes)))
    const fail = (code: 'timed-out' | 'unreachable' | 'cancelled', text: string): void =>
      settle(() => reject(new AppError(code, text, { details: { origin } })))
    const onAbort = (): void => fail('cancelled', 'Cancelled.')
    const timer = setTimeout(() => {
      if (lengthBytes > 0) succeed()
      else fail('timed-out', `${origin} has sent nothing in time.`)
    }, firstByteMs)
    signal.addEventListener('abort', onAbort, { once: true })
    response.on('data', (piece: Buffer) => {
      pieces.push(piece)
      lengthBytes += piece.length
      if (lengthBytes >= mostBytes) succeed()
    })
    response.on('end', succeed)
    response.on('error', () => {
      if (lengthBytes > 0) succeed()
      else fail('unreachable', `${origin} broke the connection off.`)
    })
    if (signal.aborted) onAbort()
  })
}
