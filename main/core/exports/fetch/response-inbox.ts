// Stands between a socket that reads into one reused buffer and whoever takes the response: waits for the head, holds the body
// back until it is wanted, and tells how it ended. Makes no request.
import type { Socket } from 'node:net'
import { AppError } from '#contract/errors.ts'
import { fromNodeError } from '#core/network/index.ts'
import type { ResponseHead } from './response-head.ts'
import { createResponseReader } from './response-reader.ts'

export interface BodyListener {
  /** Valid only during the call. */
  onBytes(bytes: Buffer): void
  /** The body ended properly, or the connection did before it (`error`: unreachable or timed-out). Nothing follows. */
  onEnd(error: AppError | null): void
}

export interface ResponseBody {
  /** Begins the body; hardly anything is read before, and nothing is told after `close`. */
  start(listener: BodyListener): void
  /** A few bytes may still come. */
  pause(): void
  resume(): void
  /** Closes the connection. May be called again. */
  close(): void
}

export interface ResponseInbox {
  /** For `onread` of node:net: false stops the reading. */
  take(lengthBytes: number, buffer: Uint8Array): boolean
  /** The socket that `take` serves; owned from here on. */
  attach(socket: Socket): void
  /** Errors: timed-out, unreachable, bad-reply (no HTTP as expected), cancelled. */
  awaitHead(firstByteMs: number, signal: AbortSignal): Promise<ResponseHead>
  body: ResponseBody
}

export function createResponseInbox(origin: string): ResponseInbox {
  let socket: Socket | null = null
  let head: ResponseHead | null = null
  let listener: BodyListener | null = null
  let end: { error: AppError | null } | null = null
  let isPaused = false
  let isClosed = false
  let onHeadSettled: () => void = () => undefined
  /** What came with the head, before the body was wanted. */
  const early: Buffer[] = []

  function finish(error: AppError | null): void {
    if (end !== null || isClosed) return
    end = { error }
    onHeadSettled()
    listener?.onEnd(error)
  }

  const reader = createResponseReader({
    onHead(parsed) {
      head = parsed
      onHeadSettled()
    },
    onBody(bytes) {
      if (listener !== null) listener.onBytes(bytes)
      else early.push(Buffer.from(bytes))
    },
    onEnd: () => finish(null),
    onBroken: () => finish(head === null ? brokenReplyError(origin) : earlyEndError(origin)),
  })

  const body: ResponseBody = {
    start(starting) {
      listener = starting
      for (const bytes of early.splice(0)) if (!isClosed) starting.onBytes(bytes)
      if (isClosed) return
      if (end !== null) starting.onEnd(end.error)
      else if (!isPaused) socket?.resume()
    },
    pause() {
      isPaused = true
    },
    resume() {
      isPaused = false
      if (!isClosed && end === null) socket?.resume()
    },
    close() {
      isClosed = true
      listener = null
      socket?.destroy()
    },
  }

  return {
    body,
    take(lengthBytes, buffer) {
      if (isClosed) return false
      reader.push(Buffer.from(buffer.buffer, buffer.byteOffset, lengthBytes))
      return !isPaused && (listener !== null || head === null)
    },
    attach(attached) {
      socket = attached
      attached.on('error', (error) => finish(cutError(error, origin)))
      attached.on('end', () => {
        if (!reader.close()) finish(earlyEndError(origin))
      })
      attached.on('close', () => finish(earlyEndError(origin)))
    },
    awaitHead: (firstByteMs, signal) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', onAbort)
          onHeadSettled = () => undefined
          act()
        }
        const fail = (error: AppError): void => settle(() => reject(error))
        const onAbort = (): void => fail(new AppError('cancelled', 'Cancelled.'))
        const timer = setTimeout(() => fail(firstByteError(origin)), firstByteMs)
        signal.addEventListener('abort', onAbort, { once: true })
        onHeadSettled = () => {
          const [parsed, failure] = [head, end?.error]
          if (parsed !== null) settle(() => resolve(parsed))
          else if (failure) fail(failure)
        }
        if (signal.aborted) onAbort()
        else onHeadSettled()
      }),
  }
}

/** The server was asked and has sent nothing for as long as preparing a file may take. */
export function firstByteError(origin: string): AppError {
  const message = `${origin} has sent nothing yet; it may still be preparing the file. What was fetched is kept.`
  return new AppError('timed-out', message, { details: { origin } })
}

function brokenReplyError(origin: string): AppError {
  const message = `${origin} answers with something that is not HTTP as expected.`
  return new AppError('bad-reply', message, { details: { origin } })
}

function earlyEndError(origin: string, cause?: Error): AppError {
  const message = `${origin} broke the download off. What was fetched is kept.`
  return new AppError('unreachable', message, { details: { origin, reason: 'ended-early' }, cause })
}

/** Whatever happens to a connection under way is a cut: trying again may help. */
function cutError(error: Error, origin: string): AppError {
  const mapped = fromNodeError(error, { origin })
  return mapped.code === 'unreachable' || mapped.code === 'timed-out' ? mapped : earlyEndError(origin, error)
}
