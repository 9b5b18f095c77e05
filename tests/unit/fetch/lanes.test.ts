// Who fetches what over several connections, with connections made of memory; and digests that wait between attempts.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ByteRange } from '#core/exports/fetch/byte-ranges.ts'
import type { GrowingHash } from '#core/exports/fetch/create-hasher.ts'
import type { FetchRequest } from '#core/exports/fetch/fetch-request.ts'
import type { Ending, OpenBody } from '#core/exports/fetch/open-body.ts'
import { createParkedHashes } from '#core/exports/fetch/parked-hashes.ts'
import { runLanes } from '#core/exports/fetch/run-lanes.ts'
import type { Opened } from '#core/exports/fetch/run-lanes.ts'
import { createSegmentQueue } from '#core/exports/fetch/segment-queue.ts'

const mebibyte = 1_048_576

function opened(end: number): Opened {
  return { kind: 'open', body: { end }, reply: {} } as Opened
}

/** Every ask is answered as `answers` says, in turn, then well. */
async function run(missing: ByteRange[], maxConnections: number, answers: Ending[]) {
  const asked: ByteRange[] = []
  const abort = new AbortController()
  let bytes = 0
  const ending = await runLanes({
    missing,
    first: opened(missing[0]?.end ?? 0),
    maxConnections,
    ask(range): Promise<OpenBody> {
      asked.push(range)
      const ending = answers.shift()
      return Promise.resolve(ending === undefined ? opened(range.end) : { kind: 'end', ending })
    },
    async receive(_opened, segment) {
      await new Promise((resolve) => setImmediate(resolve))
      bytes += segment.end - segment.position
      segment.position = segment.end
      return { kind: 'reached' }
    },
    receivedBytes: () => bytes,
    nowMs: () => performance.now(),
    signal: abort.signal,
    onHopeless: () => abort.abort(),
  })
  return { ending, asked, bytes }
}

test('holes are fetched one after the other', async () => {
  const { ending, asked, bytes } = await run(
    [
      { start: 0, end: 5 },
      { start: 10, end: 20 },
      { start: 30, end: 31 },
    ],
    1,
    [],
  )
  expect(ending).toBeNull()
  expect(asked).toEqual([
    { start: 10, end: 20 },
    { start: 30, end: 31 },
  ])
  expect(bytes).toBe(16)
})

test('the ending of the only connection is the ending of all', async () => {
  const busy: Ending = { kind: 'busy', status: 503, retryAtMs: null }
  const { ending, asked } = await run(
    [
      { start: 0, end: 5 },
      { start: 10, end: 20 },
    ],
    1,
    [busy],
  )
  expect(ending).toEqual(busy)
  expect(asked).toHaveLength(1)
})

test('a segment queue hands every byte to exactly one holder, whatever is split and given back', () => {
  const steps = fc.array(
    fc.record({ what: fc.constantFrom('take', 'advance', 'fail'), which: fc.nat(5), bytes: fc.nat(20) }),
    {
      maxLength: 80,
    },
  )
  fc.assert(
    fc.property(steps, (list) => {
      const total = 64 * mebibyte
      const queue = createSegmentQueue([{ start: 0, end: total }])
      const held: { position: number; end: number; from: number }[] = []
      const done: ByteRange[] = []
      const settle = (index: number): void => {
        const [segment] = held.splice(index, 1)
        if (segment === undefined) return
        queue.end(segment)
        done.push({ start: segment.from, end: segment.position })
        queue.giveBack(segment)
      }
      const take = (): void => {
        const segment = queue.take(true)
        if (segment === undefined) return
        const holder = Object.assign(segment, { from: segment.position })
        held.push(holder)
        queue.begin(holder, holder.end)
      }
      for (const { what, which, bytes } of list) {
        const segment = held[which]
        if (what === 'take') take()
        else if (what === 'fail') settle(which)
        else if (segment) segment.position = Math.min(segment.end, segment.position + bytes * mebibyte)
      }
      while (held.length > 0 || queue.isWaiting()) {
        if (held.length === 0) take()
        for (const segment of held) segment.position = segment.end
        settle(0)
      }
      const sorted = done.filter((range) => range.end > range.start).sort((left, right) => left.start - right.start)
      sorted.forEach((range, index) => expect(range.start).toBe(sorted[index - 1]?.end ?? 0))
      expect(sorted.at(-1)?.end).toBe(total)
    }),
  )
})

function fakeHash(allowedBytes: number): GrowingHash & { log: string[] } {
  const log: string[] = []
  return {
    log,
    grow: () => undefined,
    allowedBytes: () => allowedBytes,
    finish: () => Promise.resolve(''),
    park: () => void log.push('park'),
    drop: () => void log.push('drop'),
  }
}

const witness = { validator: { kind: 'etag' as const, value: '"a"' }, totalBytes: 100 }
const resume = { ...witness, finished: [{ start: 0, end: 50 }] }
const asRequest = (file: string, from: FetchRequest['resume']): FetchRequest => ({ file, resume: from }) as FetchRequest

test.each([
  ['the same bytes', resume, 50, true],
  ['bytes that must be fetched again', resume, 51, false],
  ['another witness', { ...resume, validator: { kind: 'etag' as const, value: '"b"' } }, 50, false],
  ['another size', { ...resume, totalBytes: 101 }, 50, false],
  ['a fresh start', null, 0, false],
])('a parked digest and %s', (_name, next, hashedBytes, isTaken) => {
  const parked = createParkedHashes(2)
  const hash = fakeHash(hashedBytes)
  parked.park('a', hash, witness)
  expect(parked.take(asRequest('b', next))).toBeNull()
  expect(parked.take(asRequest('a', next))).toBe(isTaken ? hash : null)
  expect(hash.log).toEqual(isTaken ? ['park'] : ['park', 'drop'])
  expect(parked.take(asRequest('a', next))).toBeNull()
})

test('without a witness a digest is dropped, and of too many the oldest', () => {
  const parked = createParkedHashes(2)
  const hashes = [fakeHash(0), fakeHash(0), fakeHash(0), fakeHash(0)] as const
  parked.park('a', hashes[0], null)
  expect(hashes[0].log).toEqual(['drop'])
  for (const [index, file] of (['b', 'c', 'd'] as const).entries())
    parked.park(file, hashes[index + 1] ?? hashes[1], witness)
  expect(hashes.slice(1).map(({ log }) => log)).toEqual([['park', 'drop'], ['park'], ['park']])
})
