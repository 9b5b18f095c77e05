// Turns the bytes of one connection into one response: head, body without its framing, and a proper end or none. Written by
// hand because node:http makes a new buffer of every TLS record; this reader copies nothing, and keeps to RFC 9112.
import { createChunkedDecoder } from './chunked-decoder.ts'
import { mostHeadBytes, parseResponseHead } from './response-head.ts'
import type { ResponseHead } from './response-head.ts'

export interface ResponseListener {
  onHead(head: ResponseHead): void
  /** A view into the bytes pushed: valid only during the call. */
  onBody(bytes: Buffer): void
  /** The body ended as its framing says. Nothing follows. */
  onEnd(): void
  /** What came is no HTTP as expected. Nothing follows. */
  onBroken(): void
}

export interface ResponseReader {
  push(bytes: Buffer): void
  /** The other side has closed its half. True when that ends the response properly. */
  close(): boolean
}

/** 100 and 103 (RFC 9110, 15.2) may come several times before the response. */
const mostInterimHeads = 10
const headEnd = Buffer.from('\r\n\r\n')

export function createResponseReader(listener: ResponseListener): ResponseReader {
  let pending: Buffer = Buffer.alloc(0)
  let interimHeads = 0
  let head: ResponseHead | null = null
  let leftBytes = 0
  let isOver = false
  const chunks = createChunkedDecoder()

  function finish(tell: () => void): void {
    isOver = true
    tell()
  }

  function pushHead(bytes: Buffer): void {
    pending = Buffer.concat([pending, bytes])
    while (head === null && !isOver) {
      const end = pending.indexOf(headEnd)
      if (end === -1 && pending.length <= mostHeadBytes) return
      const parsed = end === -1 || end > mostHeadBytes ? null : parseResponseHead(pending.toString('latin1', 0, end))
      if (parsed === null || parsed.status === 101) return finish(listener.onBroken)
      pending = pending.subarray(end + headEnd.length)
      if (parsed.status < 200) {
        interimHeads += 1
        if (interimHeads > mostInterimHeads) return finish(listener.onBroken)
        continue
      }
      head = parsed
      beginBody(parsed)
    }
  }

  function beginBody(parsed: ResponseHead): void {
    if (parsed.framing.kind === 'length') leftBytes = parsed.framing.lengthBytes
    const rest = pending
    pending = Buffer.alloc(0)
    listener.onHead(parsed)
    if (parsed.framing.kind === 'length' && leftBytes === 0) return finish(listener.onEnd)
    if (rest.length > 0) pushBody(parsed, rest)
  }

  function pushBody({ framing }: ResponseHead, bytes: Buffer): void {
    if (framing.kind === 'until-close') return listener.onBody(bytes)
    if (framing.kind === 'chunked') {
      const state = chunks.push(bytes, (part) => listener.onBody(part))
      if (state !== 'going-on') finish(state === 'ended' ? listener.onEnd : listener.onBroken)
      return
    }
    // Bytes beyond the promised length are nobody's.
    const taken = bytes.length > leftBytes ? bytes.subarray(0, leftBytes) : bytes
    leftBytes -= taken.length
    listener.onBody(taken)
    if (leftBytes === 0) finish(listener.onEnd)
  }

  return {
    push(bytes) {
      if (isOver) return
      if (head === null) pushHead(bytes)
      else pushBody(head, bytes)
    },
    close() {
      if (isOver || head?.framing.kind !== 'until-close') return false
      finish(listener.onEnd)
      return true
    },
  }
}
