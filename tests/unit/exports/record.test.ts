// The fold of a journal: what is written is what is found again, torn and damaged lines conclude nothing.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldJournal } from '../../../main/core/exports/journal.ts'
import { applyEvent, eventsOf, newRecord, recoverState } from '../../../main/core/exports/record.ts'
import type { ItemEvent, ItemRecord } from '../../../main/core/exports/record.ts'
import { sampleHeader, sampleResult } from './samples.ts'

const error = { code: 'unreachable' as const, message: 'no answer' }

const aside = { path: 'a.suspect', role: 'suspect' as const, sizeBytes: 100, sha256: 'ab' }

const event: fc.Arbitrary<ItemEvent> = fc.oneof(
  fc.record({ kind: fc.constant('started' as const), step: fc.constantFrom('ordering' as const, 'fetching' as const) }),
  fc.constant<ItemEvent>({ kind: 'covered', intervals: [{ fromMs: 1, toMs: 2 }] }),
  fc.constant<ItemEvent>({ kind: 'covered', intervals: null }),
  fc.constant<ItemEvent>({ kind: 'ordered', orderedAtMs: 7, clipId: null, linkOrigin: 'https://m', statedRange: null }),
  fc.constant<ItemEvent>({ kind: 'clip', clipId: 'c1' }),
  fc.constant<ItemEvent>({ kind: 'described', validator: { kind: 'etag', value: '"x"' }, totalBytes: 100 }),
  fc.nat(100).map((end): ItemEvent => ({ kind: 'flushed', finished: [{ start: 0, end }] })),
  fc.constant<ItemEvent>({ kind: 'startedOver', reason: 'changed' }),
  fc.constant<ItemEvent>({ kind: 'fetched', sizeBytes: 100, sha256: 'ab', isEndProven: true }),
  fc.constant<ItemEvent>({ kind: 'publishing', moves: [], result: sampleResult, codecs: ['h264'], command: null }),
  fc.constant<ItemEvent>({ kind: 'finished' }),
  fc.constant<ItemEvent>({ kind: 'waited', retryAtMs: 9, error }),
  fc.constant<ItemEvent>({ kind: 'paused', error: null }),
  fc.constant<ItemEvent>({ kind: 'queued' }),
  fc.constant<ItemEvent>({ kind: 'failed', error }),
  fc.constant<ItemEvent>({ kind: 'cancelled' }),
  fc.constant<ItemEvent>({ kind: 'setAside', file: aside }),
  fc.constant<ItemEvent>({ kind: 'retried' }),
)

function fold(events: readonly ItemEvent[], atMs = 5): ItemRecord {
  return events.reduce((record, next) => applyEvent(record, next, atMs), newRecord(0))
}

describe('the fold of events', () => {
  it('is the same after compaction, for any history', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const record = recoverState(fold(events))
        const again = recoverState(fold(eventsOf(record)))
        expect({ ...again, startedAtMs: null, endedAtMs: null }).toEqual({
          ...record,
          startedAtMs: null,
          endedAtMs: null,
        })
      }),
      { numRuns: 500 },
    )
  })

  it('changes nothing any more of an item that is done', () => {
    const done = fold([
      { kind: 'started', step: 'verifying' },
      { kind: 'publishing', moves: [], result: sampleResult, codecs: ['h264'], command: null },
      { kind: 'finished' },
    ])
    expect(applyEvent(done, { kind: 'startedOver', reason: 'changed' }, 6)).toEqual(done)
    expect(applyEvent(done, { kind: 'retried' }, 6)).toEqual(done)
  })

  it('forgets the bytes of a part that was begun again', () => {
    const record = fold([
      { kind: 'described', validator: { kind: 'etag', value: '"x"' }, totalBytes: 100 },
      { kind: 'flushed', finished: [{ start: 0, end: 50 }] },
      { kind: 'startedOver', reason: 'changed' },
    ])
    expect(record.part).toEqual({ validator: null, totalBytes: null, finished: [], restarts: 1 })
  })

  it('goes on with fetched bytes after a retry, unless they did not pass', () => {
    const before: ItemEvent[] = [
      { kind: 'started', step: 'fetching' },
      { kind: 'fetched', sizeBytes: 100, sha256: 'ab', isEndProven: true },
    ]
    const kept = fold([...before, { kind: 'failed', error }, { kind: 'retried' }])
    const dropped = fold([...before, { kind: 'setAside', file: aside }, { kind: 'failed', error }, { kind: 'retried' }])
    expect(kept).toMatchObject({ state: { kind: 'queued' }, fetched: { sizeBytes: 100 } })
    expect(dropped).toMatchObject({ state: { kind: 'queued' }, fetched: null })
  })

  it('never finishes an item whose files were not announced', () => {
    expect(fold([{ kind: 'started', step: 'verifying' }, { kind: 'finished' }]).state.kind).toBe('running')
  })
})

describe('foldJournal', () => {
  const header = sampleHeader(2)
  const lines = [
    JSON.stringify(header),
    JSON.stringify({ atMs: 1, item: 0, event: { kind: 'started', step: 'fetching' } }),
    JSON.stringify({ atMs: 2, item: 1, event: { kind: 'failed', error } }),
  ]

  it('reads every prefix: what is cut off is not there, and nothing else changes', () => {
    const whole = `${lines.join('\n')}\n`
    for (let length = lines[0]!.length; length <= whole.length; length += 1) {
      const { records, skippedLines } = foldJournal(whole.slice(0, length), '/batch')
      const text = whole.slice(0, length)
      expect(records[0]!.state.kind).toBe(text.includes(lines[1]!) ? 'running' : 'queued')
      expect(records[1]!.state.kind).toBe(text.includes(lines[2]!) ? 'failed' : 'queued')
      expect(skippedLines).toBeLessThanOrEqual(1)
    }
  })

  it('skips a damaged line in the middle, an unknown item and an unknown event', () => {
    const damaged = [
      lines[0],
      '{"atMs":1,"it',
      '{"atMs":1,"item":9,"event":{"kind":"cancelled"}}',
      '{"atMs":1,"item":0,"event":{"kind":"?"}}',
      lines[2],
    ]
    const { records, skippedLines } = foldJournal(damaged.join('\n'), '/batch')
    expect(skippedLines).toBe(3)
    expect(records.map((record) => record.state.kind)).toEqual(['queued', 'failed'])
  })

  it('refuses a folder whose header cannot be read', () => {
    expect(() => foldJournal('{"version":', '/batch')).toThrow(expect.objectContaining({ code: 'bad-reply' }))
  })
})
