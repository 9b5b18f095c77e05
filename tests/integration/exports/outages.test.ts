// F15: servers that are busy, in maintenance, or restarted in the middle: the product comes back when it was told to,
// gives its slot to others meanwhile, and goes on where it was.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MediaBehaviour } from '../../site/media/behaviour.ts'
import { isExact } from '../../site/media/read-frames.ts'
import { countBytesSent, dialects, openBench, readFootage, resultOf } from './bench.ts'
import type { Bench, Clean } from './bench.ts'
import { testDeadlines } from './workstation.ts'

let bench: Bench
const cleans = new Map<number, Clean>()
beforeAll(async () => {
  // A restart takes about a second: as many attempts as the product makes must not be over by then.
  bench = await openBench({ deadlines: { ...testDeadlines, backoffMinMs: 100, backoffMaxMs: 2_000 } })
  for (const camera of [1, 2, 3]) cleans.set(camera, await bench.cleanCopy(camera, bench.range))
})
afterAll(() => bench.close())
beforeEach(() => bench.calm())

type Busy = NonNullable<MediaBehaviour['busy']>
const soon = { timeout: 20_000, interval: 10 }

const answers: Pick<Busy, 'status' | 'retryAfter'>[] = [
  { status: 429, retryAfter: 'seconds' },
  { status: 429, retryAfter: 'date' },
  { status: 429, retryAfter: 'none' },
  { status: 503, retryAfter: 'seconds' },
  { status: 503, retryAfter: 'date' },
  { status: 503, retryAfter: 'none' },
]

describe('F15 the media server answers', () => {
  test.each(answers)('$status with Retry-After: $retryAfter', async ({ status, retryAfter }) => {
    // Dates are rounded up to seconds: one wait shows as much as two.
    const count = retryAfter === 'date' ? 1 : 2
    await bench.setAll({ busy: { status, count, retryAfter, afterMs: 1_000 } })
    for (const exported of await bench.exportBoth()) {
      expect(resultOf(exported).fetchedSha256).toBe(cleans.get(exported.camera)?.sha256)
      const requests = await bench.mediaLog(exported.camera)
      expect(requests.map((request) => request.status)).toEqual([...Array<number>(count).fill(status), 206])
      expect(await bench.countOrders(exported.dialect)).toBe(1)
      if (retryAfter === 'none') continue
      const pausesMs = requests.slice(1).map(({ atMs }, index) => atMs - requests[index]!.atMs)
      // Timers of two processes may differ by a hair.
      expect(Math.min(...pausesMs)).toBeGreaterThanOrEqual(990)
    }
  })

  test('503 for a while: the item says until when it waits, and another one has its slot', async () => {
    const { desk } = bench
    await bench.setCamera(1, { busy: { status: 503, count: 1, retryAfter: 'seconds', afterMs: 3_000 } })
    const items = [bench.itemOrder('vsaas', 1), bench.itemOrder('vsaas', 2)]
    const destination = `${desk.folder}/exports/busy`
    const { id } = await desk.call('exports.start', { destination, items, options: { concurrency: 1 } })
    await expect
      .poll(async () => (await desk.call('exports.get', { batchId: id })).items.map(({ state }) => state.kind), soon)
      .toEqual(['waiting', 'running'])
    const [waiting] = (await desk.call('exports.get', { batchId: id })).items
    expect(waiting?.state).toMatchObject({ kind: 'waiting', step: 'fetching', error: { code: 'rate-limited' } })
    const [refused] = await bench.mediaLog(1)
    const retryAtMs = waiting?.state.kind === 'waiting' ? (waiting.state.retryAtMs ?? 0) : 0
    expect(Math.abs(retryAtMs - (refused?.atMs ?? 0) - 3_000)).toBeLessThan(1_000)
    expect((await desk.endOf(id)).state).toBe('done')
  })
})

describe('F15 the API server', () => {
  test.each(dialects)(
    'of %s is in maintenance: an item that has its link goes on, the next one waits',
    async (dialect) => {
      const { desk, site } = bench
      await bench.setAll({ bytesPerSecond: 1_500_000 })
      const items = [bench.itemOrder(dialect, 1), bench.itemOrder(dialect, 2)]
      const destination = `${desk.folder}/exports/${dialect} in maintenance`
      const { id } = await desk.call('exports.start', { destination, items, options: { concurrency: 1 } })
      const states = async () => (await desk.call('exports.get', { batchId: id })).items.map(({ state }) => state)
      await expect.poll(async () => (await states())[0], soon).toMatchObject({ step: 'fetching' })
      await site[dialect].control.set({ maintenance: { retryAfterSeconds: 1 } })
      await expect.poll(states, soon).toMatchObject([{ kind: 'done' }, { kind: 'waiting', step: 'ordering' }])
      await site[dialect].control.set({ maintenance: null })
      expect((await desk.endOf(id)).state).toBe('done')
      expect(await bench.countOrders(dialect)).toBe(2)
    },
  )

  test.each([
    { dialect: 'vsaas', retryAfter: 'seconds' },
    { dialect: 'vms', retryAfter: 'date' },
  ] as const)('of $dialect limits its requests, Retry-After in $retryAfter: all items are done', async (row) => {
    const { dialect, retryAfter } = row
    const { desk, site } = bench
    await site[dialect].control.set({ rateLimit: { count: 3, windowMs: 1_000, retryAfter } })
    const items = [0, 1, 2, 3].map((place) => {
      const fromMs = bench.range.fromMs + place * 5_000
      return bench.itemOrder(dialect, 3, { fromMs, toMs: fromMs + 5_000 })
    })
    const batch = await desk.export({ items })
    expect(batch.items.map(({ state }) => state.kind)).toEqual(['done', 'done', 'done', 'done'])
    expect(await bench.countOrders(dialect)).toBe(4)
    expect((await site[dialect].control.log()).filter(({ status }) => status === 429)).not.toEqual([])
  })
})

describe('F15 restart', () => {
  test('of the media server in the middle: each item goes on at its byte', async () => {
    const { desk, site } = bench
    await bench.setAll({ bytesPerSecond: 1_000_000 })
    const items = dialects.map((dialect) => bench.itemOrder(dialect))
    const { id } = await desk.call('exports.start', { destination: `${desk.folder}/exports/media restart`, items })
    await expect
      .poll(
        async () => Math.min(...(await desk.call('exports.get', { batchId: id })).items.map(({ bytes }) => bytes)),
        {
          timeout: 20_000,
        },
      )
      .toBeGreaterThan(400_000)
    await site.media.control.restart?.()
    const batch = await desk.endOf(id)
    for (const [index, dialect] of dialects.entries()) {
      const camera = index + 1
      const exported = { dialect, camera, range: bench.range, batch, item: batch.items[index]! }
      const clean = cleans.get(camera)!
      expect(resultOf(exported).fetchedSha256).toBe(clean.sha256)
      expect(isExact(await readFootage(exported))).toBe(true)
      const requests = await bench.mediaLog(camera)
      expect(requests.at(-1)?.rangeStart).toBeGreaterThan(400_000)
      expect(countBytesSent(requests)).toBeLessThanOrEqual(1.02 * clean.sizeBytes + 8 * 2 ** 20)
      expect(await bench.countOrders(dialect)).toBe(1)
    }
  })

  test('of the vms server while it makes a clip: the clip is gone with it, and is ordered again', async () => {
    const { desk, site } = bench
    await site.vms.control.set({ clipMs: 60_000 })
    const items = [bench.itemOrder('vms')]
    const { id } = await desk.call('exports.start', { destination: `${desk.folder}/exports/api restart`, items })
    await expect.poll(() => bench.countOrders('vms'), soon).toBe(1)
    await site.vms.control.set({ clipMs: 50 })
    await site.vms.control.restart?.()
    const batch = await desk.endOf(id)
    expect(batch.items[0]?.state).toMatchObject({ kind: 'done' })
    expect(await bench.countOrders('vms')).toBe(2)
  })

  test('of the vsaas server between two items: the session goes on', async () => {
    const { desk, site } = bench
    await bench.setAll({ bytesPerSecond: 1_500_000 })
    const items = [1, 2].map((camera) => bench.itemOrder('vsaas', camera))
    const destination = `${desk.folder}/exports/vsaas restart`
    const { id } = await desk.call('exports.start', { destination, items, options: { concurrency: 1 } })
    await expect.poll(() => bench.countOrders('vsaas'), soon).toBe(1)
    await site.vsaas.control.restart?.()
    expect((await desk.endOf(id)).state).toBe('done')
  })
})
