// F14: links that end while they are used, that are not there yet, and that lead elsewhere; F7: where they may lead, and
// that nothing secret goes there.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MediaBehaviour } from '../../site/media/behaviour.ts'
import { isExact } from '../../site/media/read-frames.ts'
import { countBytesSent, errorOf, expectNoCredentials, openBench, plainCamera, readFootage, resultOf } from './bench.ts'
import type { Bench, Clean, Exported } from './bench.ts'

let bench: Bench
const cleans = new Map<number, Clean>()
beforeAll(async () => {
  bench = await openBench()
  for (const camera of Object.values(plainCamera)) cleans.set(camera, await bench.cleanCopy(camera, bench.range))
})
afterAll(() => bench.close())
beforeEach(() => bench.calm())

async function expectClean(exported: Exported): Promise<void> {
  expect(resultOf(exported).fetchedSha256).toBe(cleans.get(exported.camera)?.sha256)
  expectNoCredentials(await bench.mediaLog(), bench.site)
}

const statuses = [401, 403, 404, 410] as const

describe('F14 link expires', () => {
  test.each(statuses)('by bytes, and then answers %i: a new link goes on at the same byte', async (expiredStatus) => {
    await bench.setAll({ linkMaxBytes: 800_000, expiredStatus })
    for (const exported of await bench.exportBoth()) {
      await expectClean(exported)
      expect(await bench.countOrders(exported.dialect)).toBe(3)
      const requests = await bench.mediaLog(exported.camera)
      const served = requests.filter(({ status }) => status === 206)
      expect(served.map(({ rangeStart }) => rangeStart)).toEqual([0, 800_000, 1_600_000])
      expect(countBytesSent(served)).toBe(cleans.get(exported.camera)?.sizeBytes)
    }
  })

  test.each(statuses)('by time, and then answers %i', async (expiredStatus) => {
    await bench.setAll({ linkTtlMs: 1_200, expiredStatus, bytesPerSecond: 1_300_000 })
    for (const exported of await bench.exportBoth()) {
      await expectClean(exported)
      expect(await bench.countOrders(exported.dialect)).toBeGreaterThanOrEqual(2)
      const served = (await bench.mediaLog(exported.camera)).filter(({ status }) => status === 206)
      expect(countBytesSent(served)).toBeLessThanOrEqual(1.02 * (cleans.get(exported.camera)?.sizeBytes ?? 0))
    }
  })

  test('a long item with many short links: one order for each, since each brings bytes', async () => {
    await bench.setAll({ linkMaxBytes: 90_000 })
    for (const exported of await bench.exportBoth()) {
      await expectClean(exported)
      const { sizeBytes } = cleans.get(exported.camera)!
      expect(await bench.countOrders(exported.dialect)).toBe(Math.ceil(sizeBytes / 90_000))
      expect(exported.item.attempts).toBe(Math.ceil(sizeBytes / 90_000))
    }
  })

  test.each(statuses)(
    'at once, with %i: after three new links in a row without a byte it is given up',
    async (status) => {
      await bench.setAll({ linkMaxBytes: 0, expiredStatus: status })
      for (const exported of await bench.exportBoth()) {
        expect(errorOf(exported)).toMatchObject({
          code: status === 404 ? 'not-found' : 'link-expired',
          details: { status },
        })
        expect(await bench.countOrders(exported.dialect)).toBe(1 + 3)
      }
    },
  )

  test('in the middle of a stream without ranges: begun again, and given up when no link is enough', async () => {
    await bench.setAll({ range: 'none', linkMaxBytes: 1_000_000 })
    const exported = await bench.exportOne('vsaas', 1)
    expect(errorOf(exported).message).toContain('cannot continue')
    expect(await bench.countOrders('vsaas')).toBeLessThanOrEqual(6)
  })
})

describe('F14 link is not there yet', () => {
  test('404 right after the order: the same link again, and no new order', async () => {
    await bench.setAll({ notFoundFirst: 2 })
    for (const exported of await bench.exportBoth()) {
      await expectClean(exported)
      expect(await bench.countOrders(exported.dialect)).toBe(1)
      expect((await bench.mediaLog(exported.camera)).map(({ status }) => status)).toEqual([404, 404, 206])
    }
  })

  test('404 again and again: new orders, three at most', async () => {
    await bench.setAll({ notFoundFirst: 1_000 })
    for (const exported of await bench.exportBoth()) {
      expect(errorOf(exported)).toMatchObject({ code: 'not-found' })
      expect(await bench.countOrders(exported.dialect)).toBe(1 + 3)
    }
  })
})

interface Redirect {
  redirect: MediaBehaviour['redirect']
  then: 'done' | 'forbidden' | 'bad-reply'
}

const redirects: Redirect[] = [
  { redirect: 'same-host', then: 'done' },
  { redirect: 'other-host', then: 'done' },
  { redirect: 'first-then-file', then: 'done' },
  { redirect: 'to-http', then: 'forbidden' },
  { redirect: 'loop', then: 'bad-reply' },
]

describe('F7 redirect', () => {
  test.each(redirects)('$redirect: $then', async ({ redirect, then }) => {
    await bench.setAll({ redirect, cutAtBytes: [700_000] })
    for (const exported of await bench.exportBoth()) {
      const requests = await bench.mediaLog(exported.camera)
      expectNoCredentials(requests, bench.site)
      if (then === 'done') {
        await expectClean(exported)
        expect(isExact(await readFootage(exported))).toBe(true)
      } else {
        expect(errorOf(exported).code).toBe(then)
        // Nothing was asked beyond the redirect itself: not the open connection, not the circle.
        expect(requests.map(({ status }) => status)).toEqual([302])
      }
      const elsewhere = requests.filter(({ headers }) => headers['host']?.startsWith('127.0.0.2'))
      expect(elsewhere.length > 0).toBe(redirect === 'other-host')
    }
  })
})
