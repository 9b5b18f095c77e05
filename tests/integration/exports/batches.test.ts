// Batches as people handle them: pausing, resuming, cancelling and retrying, the order of the items, many items at once,
// and folders that are not what they should be.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, Item } from '#contract/exports.ts'
import { countBytesSent, dialects, openBench, resultOf, sha256Of } from './bench.ts'
import type { Bench, Clean } from './bench.ts'
import { listFiles, readManifest } from './workstation.ts'

let bench: Bench
let clean: Clean
beforeAll(async () => {
  bench = await openBench()
  clean = await bench.cleanCopy(1, bench.range)
})
afterAll(() => bench.close())
beforeEach(() => bench.calm())

const soon = { timeout: 20_000, interval: 20 }
const get = (batchId: string): Promise<Batch> => bench.desk.call('exports.get', { batchId })
const kindsOf = ({ items }: Batch): string[] => items.map(({ state }) => state.kind)
const folder = (name: string): string => join(bench.desk.folder, 'exports', name)

async function start(name: string, cameras: number[], concurrency = 4): Promise<string> {
  const items = cameras.map((camera) => bench.itemOrder('vsaas', camera))
  const { id } = await bench.desk.call('exports.start', { destination: folder(name), items, options: { concurrency } })
  return id
}

async function untilBytes(batchId: string, bytes: number): Promise<void> {
  await expect.poll(async () => (await get(batchId)).items[0]?.bytes, soon).toBeGreaterThan(bytes)
}

describe('the calls of a batch', () => {
  test('pause holds it where it is, resume goes on at the same byte', async () => {
    await bench.setAll({ bytesPerSecond: 1_000_000 })
    const id = await start('paused', [1])
    await untilBytes(id, 300_000)
    const paused = await bench.desk.call('exports.pause', { batchId: id })
    expect(paused).toMatchObject({ state: 'paused', error: null, items: [{ state: { kind: 'paused', error: null } }] })
    const asked = await bench.mediaLog(1)
    await bench.desk.call('exports.resume', { batchId: id })
    const batch = await bench.desk.endOf(id)
    expect(
      resultOf({ dialect: 'vsaas', camera: 1, range: bench.range, batch, item: batch.items[0]! }).fetchedSha256,
    ).toBe(clean.sha256)
    const later = (await bench.mediaLog(1)).slice(asked.length)
    expect(later[0]?.rangeStart).toBe(paused.items[0]?.bytes)
    // The link was still good: nothing was ordered again.
    expect(await bench.countOrders('vsaas')).toBe(1)
  })

  test('resumed while it is still pausing, it goes on', async () => {
    await bench.setAll({ bytesPerSecond: 1_000_000 })
    const id = await start('paused and resumed at once', [1, 2])
    await untilBytes(id, 100_000)
    const pausing = bench.desk.call('exports.pause', { batchId: id })
    await bench.desk.call('exports.resume', { batchId: id })
    await pausing
    expect((await bench.desk.endOf(id)).state).toBe('done')
  })

  test('cancel of one item leaves nothing of it, and the others alone', async () => {
    await bench.setAll({ bytesPerSecond: 1_000_000 })
    const id = await start('cancelled in part', [1, 2])
    await untilBytes(id, 100_000)
    await bench.desk.call('exports.cancel', { batchId: id, indexes: [0] })
    const batch = await bench.desk.endOf(id)
    expect([batch.state, ...kindsOf(batch)]).toEqual(['partial', 'cancelled', 'done'])
    expect((await listFiles(batch.destination)).filter((name) => name.startsWith(batch.items[0]!.stem))).toEqual([])
    expect((await readManifest(batch.destination)).items).toMatchObject([{ state: 'cancelled' }, { state: 'done' }])
  })

  test('cancel of all, also while it is paused, ends it', async () => {
    await bench.setAll({ bytesPerSecond: 500_000 })
    const id = await start('cancelled', [1, 2, 3], 1)
    await untilBytes(id, 50_000)
    await bench.desk.call('exports.pause', { batchId: id })
    await bench.desk.call('exports.cancel', { batchId: id })
    const batch = await bench.desk.endOf(id)
    expect([batch.state, ...kindsOf(batch)]).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled'])
    expect(await listFiles(batch.destination)).toEqual(['SHA256SUMS', 'manifest.json'])
  })

  test('retry takes the items that were named, then all that failed; what is done stays as it is', async () => {
    await bench.setAll({ maxRangeMs: 1 })
    const id = await start('retried', [1, 2, 3])
    expect((await bench.desk.endOf(id)).state).toBe('failed')
    await bench.calm()
    await bench.desk.call('exports.retry', { batchId: id, indexes: [1] })
    const second = await bench.desk.endOf(id)
    expect([second.state, ...kindsOf(second)]).toEqual(['partial', 'failed', 'done', 'failed'])
    await bench.desk.call('exports.retry', { batchId: id })
    expect(kindsOf(await bench.desk.endOf(id))).toEqual(['done', 'done', 'done'])
    expect((await bench.mediaLog(2)).length).toBe(1)
    expect((await readManifest(folder('retried'))).items.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
  })

  test('of a batch that is over change nothing, and those of an unknown one are refused', async () => {
    const id = await start('over', [1])
    const over = await bench.desk.endOf(id)
    const before = await readFile(join(over.destination, 'manifest.json'), 'utf8')
    for (const name of ['exports.pause', 'exports.resume', 'exports.cancel'] as const)
      expect(await bench.desk.call(name, { batchId: id })).toMatchObject({ state: 'done' })
    expect(await readFile(join(over.destination, 'manifest.json'), 'utf8')).toBe(before)
    expect(await bench.desk.call('exports.list', {})).toContainEqual(expect.objectContaining({ id, state: 'done' }))
    await expect(get('nobody')).rejects.toMatchObject({ code: 'not-found' })
    await expect(bench.desk.call('exports.cancel', { batchId: 'nobody' })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('every change of an item is told, in an order that makes sense', async () => {
    const told: string[] = []
    const stop = bench.desk.core.onEvent((name, value) => {
      if (name !== 'exports.itemChanged') return
      const { state } = value as Item
      const text = state.kind === 'running' ? state.step : state.kind
      if (told.at(-1) !== text) told.push(text)
    })
    await bench.setAll({ layout: 'moov-last' })
    await bench.exportOne('vms', 2)
    stop()
    expect(told).toEqual(['ordering', 'fetching', 'assembling', 'verifying', 'done'])
  })
})

test('with one slot, the oldest footage comes first: it is the first that a server overwrites', async () => {
  const places = [3, 0, 4, 1, 2]
  const items = places.map((place) => {
    const fromMs = bench.range.fromMs + place * 4_000
    return bench.itemOrder(place % 2 === 0 ? 'vsaas' : 'vms', 1, { fromMs, toMs: fromMs + 4_000 })
  })
  const order: number[] = []
  const stop = bench.desk.core.onEvent((name, value) => {
    const item = value as Item
    if (name === 'exports.itemChanged' && item.state.kind === 'done') order.push(places[item.index]!)
  })
  const batch = await bench.desk.export({ items, options: { concurrency: 1 } })
  stop()
  expect(batch.state).toBe('done')
  expect(order).toEqual([0, 1, 2, 3, 4])
})

test('a hundred short ranges of six cameras, both dialects: all done, each ordered once, each fetched once', async () => {
  await bench.site.vms.control.set({ clipMs: 0 })
  const items = Array.from({ length: 100 }, (_, index) => {
    const fromMs = bench.range.fromMs + Math.floor(index / 12) * 2_000
    return bench.itemOrder(dialects[index % 2]!, 1 + (index % 6), { fromMs, toMs: fromMs + 2_000 })
  })
  const batch = await bench.desk.export({ items, options: { concurrency: 8 } })
  expect(batch.items.filter(({ state }) => state.kind !== 'done')).toEqual([])
  expect((await bench.countOrders('vsaas')) + (await bench.countOrders('vms'))).toBe(100)
  const requests = await bench.mediaLog()
  expect(requests).toHaveLength(100)
  expect(countBytesSent(requests)).toBe(batch.items.reduce((sum, { bytes }) => sum + bytes, 0))
  expect((await readManifest(batch.destination)).items).toHaveLength(100)
  expect(await bench.desk.call('exports.verify', { destination: batch.destination })).toMatchObject({
    isIntact: true,
    checked: 202,
  })
  const journal = await readFile(join(batch.destination, '.watchroom', 'journal.jsonl'), 'utf8')
  expect(journal).not.toContain('/archive/')
})

describe('a destination', () => {
  test('that is not empty is refused, and nothing in it is touched', async () => {
    const destination = folder('someone else’s')
    await mkdir(destination, { recursive: true })
    await writeFile(join(destination, 'holiday.jpg'), 'not ours')
    const items = [bench.itemOrder('vsaas')]
    await expect(bench.desk.call('exports.start', { destination, items })).rejects.toMatchObject({
      code: 'already-exists',
    })
    expect(await bench.desk.call('exports.check', { destination, items })).toContainEqual(
      expect.objectContaining({ level: 'error', code: 'already-exists' }),
    )
    expect(await listFiles(destination)).toEqual(['holiday.jpg'])
    await expect(bench.desk.call('exports.open', { destination })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('of a finished batch is refused for another one, and can be opened', async () => {
    const { batch } = await bench.exportOne('vsaas', 1)
    const { destination } = batch
    await expect(
      bench.desk.call('exports.start', { destination, items: [bench.itemOrder('vsaas')] }),
    ).rejects.toMatchObject({ code: 'already-exists' })
    expect(await bench.desk.call('exports.open', { destination })).toMatchObject({ id: batch.id })
    expect((await bench.desk.endOf(batch.id)).state).toBe('done')
    expect(await bench.countOrders('vsaas')).toBe(1)
  })

  test('in which a stranger’s file stands in the place of a finished one: that is left alone', async () => {
    await bench.setAll({ bytesPerSecond: 1_500_000 })
    const id = await start('a stranger', [1])
    const { stem } = (await get(id)).items[0]!
    await writeFile(join(folder('a stranger'), `${stem}.mp4`), 'not ours')
    const batch = await bench.desk.endOf(id)
    expect(batch.items[0]?.state).toMatchObject({ kind: 'failed', error: { code: 'already-exists' } })
    expect(await readFile(join(folder('a stranger'), `${stem}.mp4`), 'utf8')).toBe('not ours')
    await rm(join(folder('a stranger'), `${stem}.mp4`))
    await bench.desk.call('exports.retry', { batchId: id })
    expect((await bench.desk.endOf(id)).state).toBe('done')
    expect(sha256Of(await readFile(join(folder('a stranger'), `${stem}.mp4`)))).toBe(clean.sha256)
    expect(await bench.mediaLog(1)).toHaveLength(1)
  })
})

test('names of odd cameras end as valid files, each its own, also where case and dots do not count', async () => {
  const fromMs = bench.range.fromMs
  const cameras = bench.site.cameras.map(({ number }) => number)
  const items = cameras.map((camera) => bench.itemOrder('vms', camera, { fromMs, toMs: fromMs + 2_000 }))
  const batch = await bench.desk.export({
    items,
    options: { nameTemplate: '{camera}', subtitles: false, concurrency: 8 },
  })
  const done = batch.items.filter(({ state }) => state.kind === 'done')
  expect(done).toHaveLength(cameras.length)
  const stems = batch.items.map(({ stem }) => stem)
  expect(new Set(stems.map((stem) => stem.toLowerCase().replace(/[. ]+$/, ''))).size).toBe(cameras.length)
  for (const stem of stems) {
    expect(stem).toBe(stem.normalize('NFC'))
    expect(stem).not.toMatch(/[<>:"/\\|?*\p{Cc}\p{Cf}]|^[-~.]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu)
    expect(Buffer.byteLength(stem)).toBeLessThanOrEqual(120)
  }
  expect(stems.slice(0, 3)).toEqual(['Entrance', 'Проходная №1', expect.stringMatching(/^Yard.Parking$/)])
  const files = (await listFiles(batch.destination)).filter((name) => /\.(mp4|mov)$/.test(name))
  expect(files.filter((name) => !name.includes('.original.'))).toHaveLength(cameras.length)
})
