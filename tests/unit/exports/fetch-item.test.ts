// What an item remembers between attempts: bytes are continued only under the validator they came with.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { defaultDeadlines } from '#core/ports.ts'
import { fetchItem, newFetchMemory } from '../../../main/core/exports/fetch-item.ts'
import type { FetchEvent, FetchOutcome, FetchRequest } from '../../../main/core/exports/fetch/index.ts'
import { applyEvent, newRecord } from '../../../main/core/exports/record.ts'

interface Attempt {
  events: FetchEvent[]
  outcome: FetchOutcome
}

const cut = (newBytes: number): FetchOutcome => ({
  kind: 'cut',
  error: { code: 'unreachable', message: 'cut' },
  newBytes,
})
const complete: FetchOutcome = { kind: 'complete', sizeBytes: 200, sha256: 'ab', isEndProven: true }

function head(etag: string | null): FetchEvent {
  return {
    kind: 'head',
    status: etag === null ? 200 : 206,
    totalBytes: 200,
    validator: etag === null ? null : { kind: 'etag', value: etag },
    contentType: null,
    lastModified: null,
    finalOrigin: 'https://media.example',
    isResumable: etag !== null,
  }
}

/** Plays the attempts one after another; returns what each was asked to continue from. */
async function play(attempts: readonly Attempt[]): Promise<FetchRequest['resume'][]> {
  const folder = await mkdtemp(join(tmpdir(), 'watchroom-fetch-item-'))
  const partPath = join(folder, 'a.part')
  await writeFile(partPath, Buffer.alloc(200))
  let record = newRecord(0)
  const asked: FetchRequest['resume'][] = []
  const link = { url: 'https://media.example/x', orderedAtMs: 0, clipId: null, statedRange: null }
  try {
    await fetchItem({
      ports: {
        clock: { now: () => 0, sleep: () => Promise.resolve() },
        random: () => 0,
        deadlines: defaultDeadlines,
        log: () => undefined,
      },
      fetcher: {
        fetch(request, { onEvent }) {
          const attempt = attempts[asked.push(request.resume) - 1]!
          for (const event of attempt.events) onEvent(event)
          return Promise.resolve(attempt.outcome)
        },
        close: () => Promise.resolve(),
      },
      breaker: { enter: () => undefined, succeed: () => undefined, fail: () => undefined, leave: () => undefined },
      partPath,
      memory: newFetchMemory(),
      signal: new AbortController().signal,
      isLocalAllowed: false,
      trusted: () => [],
      record: () => record,
      emit(event) {
        record = applyEvent(record, event, 0)
        return Promise.resolve()
      },
      orderLink: () => Promise.resolve(link),
      onProgress: () => undefined,
    })
    return asked
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const flushed: FetchEvent = { kind: 'flushed', finished: [{ start: 0, end: 100 }] }

it('continues what was flushed, under the validator it came with', async () => {
  const asked = await play([
    { events: [head('"a"'), flushed], outcome: cut(100) },
    { events: [head('"a"')], outcome: complete },
  ])
  expect(asked[1]).toMatchObject({ validator: { value: '"a"' }, finished: [{ start: 0, end: 100 }] })
})

it('never continues the bytes of a stream under the validator of an attempt before it', async () => {
  const asked = await play([
    { events: [head('"a"')], outcome: cut(0) },
    { events: [head(null), flushed], outcome: cut(100) },
    { events: [head('"a"')], outcome: complete },
  ])
  expect(asked).toEqual([null, null, null])
})

it('does not start a stream over for ever because an attempt before it had a validator', async () => {
  const stream = { events: [head(null), flushed], outcome: cut(100) }
  const asked = await play([{ events: [head('"a"')], outcome: cut(0) }, ...Array.from({ length: 50 }, () => stream)])
  expect(asked.length).toBeLessThan(10)
})
