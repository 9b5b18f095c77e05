// F13: the ways a media server answers ranges, and the ways it breaks off, in both dialects at once. Whatever happens,
// the bytes on the disk are those that a plain client gets, and the frames are those that were asked for.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isExact } from '../../site/media/read-frames.ts'
import type { MediaBehaviour } from '../../site/media/behaviour.ts'
import { countBytesSent, errorOf, expectNoCredentials, openBench, readFootage, resultOf } from './bench.ts'
import type { Bench, Clean } from './bench.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())
beforeEach(() => bench.calm())

const cutAtBytes = [600_000, 1_400_000]

interface Row {
  name: string
  behaviour: Partial<MediaBehaviour>
  /** How the bytes come after a cut: continued, or again from the first one; `once` where there is no cut. */
  then: 'once' | 'continued' | 'again'
}

const rows: Row[] = [
  { name: 'ranges and a strong ETag', behaviour: {}, then: 'once' },
  { name: 'ranges and a strong ETag, cut twice', behaviour: { cutAtBytes }, then: 'continued' },
  { name: 'weak validators', behaviour: { range: 'weak-validators' }, then: 'once' },
  { name: 'weak validators, cut twice', behaviour: { range: 'weak-validators', cutAtBytes }, then: 'continued' },
  { name: 'no ranges', behaviour: { range: 'none' }, then: 'once' },
  { name: 'no ranges, cut twice', behaviour: { range: 'none', cutAtBytes }, then: 'again' },
  { name: 'no ranges and no length', behaviour: { range: 'none', length: 'chunked' }, then: 'once' },
  {
    name: 'no ranges and no length, cut twice',
    behaviour: { range: 'none', length: 'chunked', cutAtBytes },
    then: 'again',
  },
  { name: 'ranges without a length', behaviour: { length: 'chunked' }, then: 'once' },
  { name: 'ranges without a length, cut twice', behaviour: { length: 'chunked', cutAtBytes }, then: 'continued' },
  { name: 'ranges that are advertised and ignored', behaviour: { range: 'ignored' }, then: 'once' },
  {
    name: 'ranges that are advertised and ignored, cut twice',
    behaviour: { range: 'ignored', cutAtBytes },
    then: 'again',
  },
  { name: 'a wrong Content-Range, cut twice', behaviour: { range: 'wrong-content-range', cutAtBytes }, then: 'again' },
  { name: 'a wrong total, cut twice', behaviour: { range: 'wrong-total', cutAtBytes }, then: 'again' },
  { name: 'silence before the first byte', behaviour: { silenceMs: 1_500 }, then: 'once' },
  { name: 'a stall in the middle', behaviour: { stallAtBytes: [900_000] }, then: 'continued' },
  { name: 'a stall in the middle of a stream', behaviour: { range: 'none', stallAtBytes: [900_000] }, then: 'again' },
  {
    name: 'other content from the second request on',
    behaviour: { cutAtBytes: [1_000_000], changeAfterRequests: 1 },
    then: 'again',
  },
]

describe('F13 a media server with', () => {
  test.each(rows)('$name: the bytes of a clean fetch, $then', async ({ behaviour, then }) => {
    const changeAfterRequests = behaviour.changeAfterRequests === undefined ? null : 0
    const cleans = new Map<number, Clean>()
    for (const camera of [1, 2]) cleans.set(camera, await bench.cleanCopy(camera, bench.range, { changeAfterRequests }))
    await bench.setAll(behaviour)
    for (const exported of await bench.exportBoth()) {
      const { camera, dialect } = exported
      const { sha256, sizeBytes } = cleans.get(camera)!
      const requests = await bench.mediaLog(camera)
      expect(resultOf(exported).fetchedSha256).toBe(sha256)
      expect(isExact(await readFootage(exported))).toBe(true)
      expect(await bench.countOrders(dialect)).toBe(1)
      expectNoCredentials(requests, bench.site)
      const starts = requests.map(({ rangeStart }) => rangeStart)
      if (then === 'once') expect(starts).toEqual([0])
      if (then === 'continued') {
        expect(starts.indexOf(0, 1)).toBe(-1)
        expect(countBytesSent(requests)).toBeLessThanOrEqual(1.02 * sizeBytes)
      }
      if (then === 'again')
        expect(requests.at(-1)).toMatchObject({ rangeStart: 0, bytesSent: sizeBytes, finished: true })
    }
  })

  test('a rate limit for each connection: a minute comes over several, whole and hardly any byte twice', async () => {
    const range = bench.quietRange(1, 60_000)
    const { sha256, sizeBytes } = await bench.cleanCopy(1, range)
    await bench.setAll({ bytesPerSecond: 1_500_000 })
    const exported = await bench.exportOne('vsaas', 1, { range })
    const requests = await bench.mediaLog(1)
    expect(resultOf(exported).fetchedSha256).toBe(sha256)
    expect(requests.length).toBeGreaterThan(1)
    expect(countBytesSent(requests)).toBeLessThanOrEqual(1.02 * sizeBytes + 8 * 2 ** 20)
    expect(isExact(await readFootage(exported))).toBe(true)
  })

  test('cuts at every class of offsets continues each time where it was', async () => {
    const { sha256, sizeBytes } = await bench.cleanCopy(1, bench.range)
    const positions = [0, 1, 31, 4_096, 65_537, 1_048_576, 1_048_577, sizeBytes - 1]
    await bench.setAll({ cutAtBytes: positions })
    const exported = await bench.exportOne('vsaas', 1)
    const requests = await bench.mediaLog(1)
    expect(resultOf(exported).fetchedSha256).toBe(sha256)
    expect(requests).toHaveLength(positions.length + 1)
    expect(countBytesSent(requests)).toBeLessThanOrEqual(1.02 * sizeBytes)
  })

  test('a cut at the same byte again and again: given up, what was fetched is kept and a retry goes on', async () => {
    await bench.setAll({ cutAtBytes: Array.from({ length: 40 }, () => 700_000) })
    const exported = await bench.exportOne('vsaas', 1)
    expect(errorOf(exported)).toMatchObject({ code: 'unreachable' })
    expect(errorOf(exported).message).toContain('kept')
    expect(exported.item.bytes).toBe(700_000)
    await bench.site.media.control.reset()
    await bench.site.media.control.clearLog()
    const { sha256 } = await bench.cleanCopy(1, bench.range)
    await bench.desk.call('exports.retry', { batchId: exported.batch.id })
    const batch = await bench.desk.endOf(exported.batch.id)
    expect(resultOf({ ...exported, batch, item: batch.items[0]! }).fetchedSha256).toBe(sha256)
    expect((await bench.mediaLog(1)).map(({ rangeStart }) => rangeStart)).toEqual([700_000])
  })
})
