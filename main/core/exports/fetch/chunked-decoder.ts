// Takes the chunked transfer coding (RFC 9112, 7.1) off a body, piece by piece. Strict: a size that is not plain hexadecimal, or
// a chunk that does not end in CRLF, is an error and never guessed at.

export interface ChunkedDecoder {
  /** Calls `onBytes` with parts of `bytes`. Returns how the body stands after it; nothing is taken after `ended` or `broken`. */
  push(bytes: Buffer, onBytes: (part: Buffer) => void): 'going-on' | 'ended' | 'broken'
}

const sizeLine = /^([0-9a-fA-F]{1,12})(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=[!#$%&'*+\-.^_`|~0-9A-Za-z]+)?)*$/
/** Framing has no business there (RFC 9110, 6.5.1). */
const trailerLine = /^(?!content-length:|transfer-encoding:)[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/i
const mostLineBytes = 4096
const mostTrailers = 100

type State = 'size' | 'content' | 'content-end' | 'trailers' | 'ended' | 'broken'

export function createChunkedDecoder(): ChunkedDecoder {
  let state: State = 'size'
  let leftBytes = 0
  let line = ''
  let trailers = 0

  function readLine(text: string): State {
    if (state === 'content-end') return text === '' ? 'size' : 'broken'
    if (state === 'trailers') {
      trailers += 1
      if (text === '') return 'ended'
      return trailerLine.test(text) && trailers <= mostTrailers ? 'trailers' : 'broken'
    }
    const match = sizeLine.exec(text)
    if (match === null) return 'broken'
    leftBytes = Number.parseInt(match[1] ?? '', 16)
    return leftBytes === 0 ? 'trailers' : 'content'
  }

  /** Returns the position after what was taken. */
  function takeLine(bytes: Buffer, from: number): number {
    const newline = bytes.indexOf(0x0a, from)
    const to = newline === -1 ? bytes.length : newline + 1
    line += bytes.toString('latin1', from, to)
    if (line.length > mostLineBytes) state = 'broken'
    else if (newline !== -1) {
      state = line.endsWith('\r\n') ? readLine(line.slice(0, -2)) : 'broken'
      line = ''
    }
    return to
  }

  return {
    push(bytes, onBytes) {
      let position = 0
      while (position < bytes.length && state !== 'ended' && state !== 'broken') {
        if (state !== 'content') {
          position = takeLine(bytes, position)
          continue
        }
        const part = bytes.subarray(position, position + leftBytes)
        position += part.length
        leftBytes -= part.length
        if (leftBytes === 0) state = 'content-end'
        onBytes(part)
      }
      return state === 'ended' || state === 'broken' ? state : 'going-on'
    },
  }
}
