// F16: a disk that fills up, a folder that cannot be written to, and one that goes away and comes back. The batch says
// what is wrong, loses nothing, half-renames nothing, and goes on by itself.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AppError } from '#contract/errors.ts'
import type { Batch } from '#contract/exports.ts'
import { countBytesSent, openBench, readFootage, resultOf } from './bench.ts'
import type { Bench, Clean, Exported } from './bench.ts'
import { makeSmallDisk } from './small-disk.ts'
import type { SmallDisk } from './small-disk.ts'
import { listFiles } from './workstation.ts'

const megabyte = 2 ** 20

let bench: Bench
let clean: Clean
let folder: string
let disk: SmallDisk | null = null
const started: string[] = []
beforeAll(async () => {
  bench = await openBench()
  clean = await bench.cleanCopy(1, bench.range)
})
afterAll(() => bench.close())
beforeEach(async () => {
  await bench.calm()
  folder = await mkdtemp(join(tmpdir(), 'watchroom-disk-'))
})
afterEach(async () => {
  // Whatever became of the test: a disk that a batch works on cannot be taken away.
  for (const batchId of started) await bench.desk.call('exports.cancel', { batchId }).catch(() => undefined)
  started.length = 0
  await disk?.remove()
  disk = null
  await rm(folder, { recursive: true, force: true })
})

async function useSmallDisk(freeBytes: number): Promise<SmallDisk> {
  disk = await makeSmallDisk(freeBytes)
  return disk
}

async function start(destination: string, camera = 1): Promise<string> {
  const items = [bench.itemOrder('vsaas', camera)]
  const { id } = await bench.desk.call('exports.start', { destination, items })
  started.push(id)
  return id
}

const get = (batchId: string): Promise<Batch> => bench.desk.call('exports.get', { batchId })
const soon = { timeout: 20_000, interval: 20 }

async function expectDone(batchId: string): Promise<Exported> {
  const batch = await bench.desk.endOf(batchId)
  const exported: Exported = { dialect: 'vsaas', camera: 1, range: bench.range, batch, item: batch.items[0]! }
  expect(resultOf(exported).fetchedSha256).toBe(clean.sha256)
  expect((await readFootage(exported)).missing).toEqual([])
  expect(await listFiles(batch.destination)).toEqual([
    `${exported.item.stem}.mp4`,
    `${exported.item.stem}.srt`,
    'SHA256SUMS',
    'manifest.json',
  ])
  return exported
}

describe('F16 disk full', () => {
  test('in the middle of a fetch: paused with what is missing, and continued when there is room', async () => {
    const { destination, codes, beginTrouble, endTrouble } = await useSmallDisk(megabyte)
    await bench.setAll({ bytesPerSecond: 2_000_000 })
    const id = await start(destination)
    await beginTrouble()
    await expect
      .poll(() => get(id), soon)
      .toMatchObject({
        state: 'paused',
        error: { code: codes.full },
        items: [{ state: { kind: 'paused', error: { code: codes.full } } }],
      })
    const { items, error } = await get(id)
    if (codes.full === 'disk-full') {
      expect(error?.message).toContain('continues when there is room')
      expect(error?.details?.['neededBytes']).toBeGreaterThan(0)
      expect(items[0]!.bytes).toBeGreaterThan(0)
      expect((await listFiles(destination)).filter((name) => !name.endsWith('.part'))).toEqual([])
    }
    await endTrouble()
    await expectDone(id)
    expect(await bench.countOrders('vsaas')).toBe(1)
  })

  test('while a file is made of it: paused, continued, and fetched only once', async () => {
    const { destination, codes, beginTrouble, endTrouble } = await useSmallDisk(Math.round(1.5 * clean.sizeBytes))
    await bench.setAll({ layout: 'moov-last' })
    const id = await start(destination)
    await beginTrouble()
    await expect.poll(() => get(id), soon).toMatchObject({ state: 'paused', error: { code: codes.full } })
    await endTrouble()
    const batch = await bench.desk.endOf(id)
    expect(batch.items[0]?.state).toMatchObject({ kind: 'done' })
    expect((await listFiles(batch.destination)).filter((name) => name.includes('.part'))).toEqual([])
    expect(countBytesSent(await bench.mediaLog(1))).toBeLessThanOrEqual(1.02 * clean.sizeBytes)
  })
})

describe('F16 the destination', () => {
  test('becomes read-only: paused, and continued when it can be written again', async () => {
    const { destination, codes, setReadOnly } = await useSmallDisk(40 * megabyte)
    await bench.setAll({ bytesPerSecond: 1_000_000 })
    const id = await start(destination)
    await expect.poll(async () => (await get(id)).items[0]?.bytes, soon).toBeGreaterThan(300_000)
    await setReadOnly(true)
    await expect.poll(() => get(id), soon).toMatchObject({ state: 'paused', error: { code: codes.readOnly } })
    await setReadOnly(false)
    await expectDone(id)
  })

  test('is gone and comes back: paused, and continued with the bytes that were there', async () => {
    const [here, away] = [join(folder, 'batch'), join(folder, 'unplugged')]
    await bench.setAll({ bytesPerSecond: 1_000_000, cutAtBytes: [700_000] })
    const id = await start(here)
    await expect.poll(async () => (await get(id)).items[0]?.bytes, soon).toBeGreaterThan(200_000)
    await rename(here, away)
    await expect.poll(() => get(id), soon).toMatchObject({ state: 'paused', error: { code: 'not-found' } })
    await rename(away, here)
    await expectDone(id)
    expect(countBytesSent(await bench.mediaLog(1))).toBeLessThanOrEqual(1.02 * clean.sizeBytes + 8 * megabyte)
  })

  test('is gone for good: the batch can be cancelled', async () => {
    const here = join(folder, 'batch')
    await bench.setAll({ bytesPerSecond: 1_000_000 })
    const id = await start(here)
    await expect.poll(async () => (await get(id)).items[0]?.bytes, soon).toBeGreaterThan(100_000)
    // The heartbeat may put its note back while the folder is emptied.
    await rm(here, { recursive: true, maxRetries: 10, retryDelay: 20 })
    await expect.poll(() => get(id), soon).toMatchObject({ state: 'paused' })
    await bench.desk.call('exports.cancel', { batchId: id })
    // With its folder the batch itself is gone: nothing of it is written anywhere else.
    await expect.poll(() => get(id).catch((error: AppError) => error.code), soon).toBe('not-found')
    expect(await listFiles(folder)).toEqual([])
  })

  test('cannot be made at all: nothing is started', async () => {
    const file = join(folder, 'a file')
    await writeFile(file, '')
    await expect(start(join(file, 'batch'))).rejects.toMatchObject({ name: 'AppError' })
    await mkdir(join(folder, 'taken'))
    await writeFile(join(folder, 'taken', 'someone.else'), '')
    await expect(start(join(folder, 'taken'))).rejects.toMatchObject({ code: 'already-exists' })
    expect(await bench.countOrders('vsaas')).toBe(0)
  })

  test('has a path that is too long: refused, with a reason', async () => {
    const deep = join(folder, ...Array.from({ length: 40 }, (_, index) => `${'d'.repeat(120)}${index}`))
    await expect(start(deep)).rejects.toMatchObject({ code: 'invalid-input' })
  })
})
