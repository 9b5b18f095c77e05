// Asks for the file or a part of it and says whether the reply's body may be written, or how the attempt ends. Writes nothing.
import { AppError, isAppError, toErrorValue } from '#contract/errors.ts'
import { parseRetryAfter } from '#core/network/index.ts'
import { classifyReply } from './classify-reply.ts'
import type { Asked, UsableBody, Verdict } from './classify-reply.ts'
import type { FetchOutcome } from './fetch-request.ts'
import { openReply } from './open-reply.ts'
import type { ReplyTarget } from './open-reply.ts'
import type { Exchange } from './exchange.ts'
import { sanitizeSample } from './sanitize-sample.ts'

/** How an attempt ends short of being complete. `newBytes` is filled in by whoever counts them. */
export type Ending = Exclude<FetchOutcome, { kind: 'complete' }>

export type OpenBody = { kind: 'open'; body: UsableBody; reply: Exchange } | { kind: 'end'; ending: Ending }

/** Rejects only with `cancelled`. `nowMs()` is in Unix milliseconds, for Retry-After. */
export async function openBody(
  target: ReplyTarget,
  asked: Asked,
  context: { signal: AbortSignal; nowMs: () => number },
): Promise<OpenBody> {
  try {
    const reply = await openReply(target, asked, context.signal)
    const retryAtMs = parseRetryAfter(reply.headers['retry-after'], context.nowMs())
    const verdict = classifyReply(asked, reply, retryAtMs)
    if (verdict.kind === 'body') return { kind: 'open', body: verdict, reply }
    const error = verdict.kind === 'no-media' ? await describeReply(reply, verdict.reason) : null
    reply.close()
    if (verdict.kind === 'ask-plainly') return await openBody(target, { kind: 'plain' }, context)
    return { kind: 'end', ending: endingOf(verdict, error) }
  } catch (error) {
    if (!isAppError(error) || error.code === 'cancelled') throw error
    return { kind: 'end', ending: endingOfError(error) }
  }
}

/** Unreachable and timed-out may pass, so they are cuts; everything else would fail the same way again. */
function endingOfError(error: AppError): Ending {
  const value = toErrorValue(error)
  const isPassing = error.code === 'unreachable' || error.code === 'timed-out'
  return isPassing ? { kind: 'cut', error: value, newBytes: 0 } : { kind: 'refused', error: value }
}

function endingOf(verdict: Exclude<Verdict, { kind: 'body' | 'ask-plainly' }>, error: AppError | null): Ending {
  if (verdict.kind === 'end') return verdict.outcome
  if (verdict.kind === 'expired') return { ...verdict, newBytes: 0 }
  return { kind: 'refused', error: toErrorValue(error ?? emptyError()) }
}

/** The server answered well, and with nothing. */
export function emptyError(): AppError {
  return new AppError('not-found', 'The server sent nothing. Is anything recorded in this range?', {
    details: { reason: 'empty' },
  })
}

async function describeReply(reply: Exchange, reason: 'page' | 'encoding' | 'status'): Promise<AppError> {
  const { origin, status } = reply
  const sample = reason === 'encoding' ? '' : sanitizeSample(await readSample(reply))
  const what = {
    page: 'sent a page instead of a video',
    encoding: 'sent the video in a compressed form that was not asked for',
    status: `refused the request with status ${status}`,
  }[reason]
  const message = `${origin} ${what}${sample === '' ? '.' : `: “${sample}”`}`
  return new AppError('bad-reply', message, { details: { origin, status, reason, sample } })
}

const mostSampleBytes = 2048
const mostSampleMs = 2000

/** The first bytes of the body, as far as they come soon. */
function readSample(reply: Exchange): Promise<Buffer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let lengthBytes = 0
    const finish = (): void => {
      clearTimeout(timer)
      resolve(Buffer.concat(pieces).subarray(0, mostSampleBytes))
    }
    const timer = setTimeout(finish, mostSampleMs)
    reply.start({
      onBytes(bytes) {
        pieces.push(Buffer.from(bytes))
        lengthBytes += bytes.length
        if (lengthBytes >= mostSampleBytes) finish()
      },
      onEnd: finish,
    })
  })
}
