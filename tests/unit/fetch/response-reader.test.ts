// The reader of responses, against node:http as the judge: what it accepts, node understands in the same way, however the
// bytes are cut; and what two readers could understand differently is refused.
import http from 'node:http'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseResponseHead } from '#core/exports/fetch/response-head.ts'
import { createResponseReader } from '#core/exports/fetch/response-reader.ts'

interface Read {
  status: number
  body: string
  isWhole: boolean
}

/** Null: refused before the body. */
function readOurs(pieces: readonly Buffer[]): Read | null {
  let status = 0
  let isWhole = false
  const body: Buffer[] = []
  const reader = createResponseReader({
    onHead: (head) => (status = head.status),
    onBody: (bytes) => body.push(Buffer.from(bytes)),
    onEnd: () => (isWhole = true),
    onBroken: () => undefined,
  })
  for (const piece of pieces) reader.push(piece)
  reader.close()
  return status === 0 ? null : { status, body: Buffer.concat(body).toString('latin1'), isWhole }
}

function readByNode(bytes: Buffer): Promise<Read | null> {
  return new Promise((resolve) => {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
    const request = http.request({ createConnection: () => socket, headers: { Connection: 'close' } })
    request.on('error', () => resolve(null))
    request.on('response', (response) => {
      const body: Buffer[] = []
      const finish = (): void =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(body).toString('latin1'),
          isWhole: response.complete,
        })
      response.on('data', (chunk: Buffer) => body.push(chunk))
      response.on('end', finish).on('error', finish)
    })
    request.end()
    socket.push(bytes)
    socket.push(null)
  })
}

/** Where the response is over: what follows is dropped, where node would complain about the connection. */
function findEnd(bytes: Buffer): number {
  let end = bytes.length
  const reader = createResponseReader({
    onHead: () => undefined,
    onBody: () => undefined,
    onEnd: () => (end = Math.min(end, position + 1)),
    onBroken: () => undefined,
  })
  let position = 0
  for (; position < bytes.length; position += 1) reader.push(bytes.subarray(position, position + 1))
  return end
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((left, right) => left - right),
    bytes.length,
  ]
  return sorted.slice(1).map((place, index) => bytes.subarray(sorted[index], place))
}

const content = 'abcdefghijklmnopqrstuvwxyz'
const responses = [
  `HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n${content}`,
  `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n${content.slice(0, 5)}`,
  `HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabcdefghij\r\n10;x=y\r\nklmnopqrstuvwxyz\r\n0\r\nTrailer: x\r\n\r\n`,
  `HTTP/1.1 200 OK\r\n\r\n${content}`,
  `HTTP/1.0 200 OK\r\nServer: old\r\n\r\n${content}`,
  `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc`,
  `HTTP/1.1 204 No Content\r\n\r\n`,
  `HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */0\r\nContent-Length: 0\r\n\r\n`,
  `HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno`,
]

test('however its bytes are cut, a response is read as node reads it', async () => {
  for (const response of responses) {
    const bytes = Buffer.from(response, 'latin1')
    const expected = await readByNode(bytes)
    expect(expected).not.toBeNull()
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 12 }), (places) => {
        expect(readOurs(cut(bytes, places))).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  }
})

test('a response that ends anywhere before its end is not whole', () => {
  for (const response of responses.slice(0, 3)) {
    for (let length = 0; length < response.length; length += 1) {
      expect(readOurs([Buffer.from(response.slice(0, length), 'latin1')])?.isWhole ?? false).toBe(false)
    }
  }
})

test('a damaged response is read as node reads it, or refused', async () => {
  const damage = fc.record({
    response: fc.constantFrom(...responses),
    at: fc.nat(120),
    text: fc.constantFrom(
      '',
      '\r',
      '\n',
      '\r\n',
      ' ',
      '\t',
      ':',
      '0',
      'f',
      '-',
      ';',
      '\0',
      'Content-Length: 4\r\n',
      'Transfer-Encoding: chunked\r\n',
    ),
    removed: fc.nat(3),
  })
  await fc.assert(
    fc.asyncProperty(damage, async ({ response, at, text, removed }) => {
      const place = at % response.length
      const bytes = Buffer.from(response.slice(0, place) + text + response.slice(place + removed), 'latin1')
      const ours = readOurs([bytes])
      if (ours === null || !ours.isWhole) return
      expect(ours).toEqual(await readByNode(bytes.subarray(0, findEnd(bytes))))
    }),
    { numRuns: 4000, seed: 1 },
  )
})

test.each([
  ['HTTP/2 200 OK', 'another version'],
  ['HTTP/1.1 2000 OK', 'a status of four digits'],
  ['HTTP/1.1 200 OK\r\nContent-Length : 5', 'a space before the colon'],
  ['HTTP/1.1 200 OK\r\nX: a\r\n b', 'a folded line'],
  ['HTTP/1.1 200 OK\r\nX: a\nY: b', 'a bare line feed'],
  ['HTTP/1.1 200 OK\r\nContent-Length: +5', 'a signed length'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5, 5', 'a list of lengths'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5', 'two lengths'],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked', 'another coding'],
  ['HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked', 'chunks in HTTP/1.0'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked', 'chunks and a length'],
  [`HTTP/1.1 200 OK${'\r\nX: y'.repeat(201)}`, 'too many headers'],
])('%j is refused: %s', (head) => {
  expect(parseResponseHead(head)).toBeNull()
})

test('of a repeated header the first counts, and no name can touch the prototype', () => {
  const head = parseResponseHead('HTTP/1.1 200 OK\r\nETag: "a"\r\netag: "b"\r\n__proto__: x\r\nconstructor: y')
  expect(head?.headers['etag']).toBe('"a"')
  expect(head?.headers['constructor']).toBe('y')
  expect(head?.headers['tostring']).toBeUndefined()
})

test('a head without end, and interim responses without end, are given up', () => {
  expect(readOurs([Buffer.from('HTTP/1.1 200 OK\r\n'), Buffer.alloc(20_000, 'X: y\r\n')])).toBeNull()
  expect(readOurs([Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(20) + responses[0])])).toBeNull()
})
