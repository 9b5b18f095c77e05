// A batch lives in its folder: it is compacted when it is opened, carried to other workstations, and worked on by one
// program at a time (F23).
import { execFile } from 'node:child_process'
import { appendFile, cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ErrorValue } from '#contract/errors.ts'
import type { Batch } from '#contract/exports.ts'
import { isExact } from '../../site/media/read-frames.ts'
import { countBytesSent, dialects, openBench, plainCamera, readFootage, resultOf } from './bench.ts'
import type { Bench } from './bench.ts'
import { listFiles, openWorkstation, readManifest } from './workstation.ts'
import type { Workstation } from './workstation.ts'

let bench: Bench
const desks: Workstation[] = []
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())
beforeEach(() => bench.calm())
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close()
})

const soon = { timeout: 20_000, interval: 20 }
const folder = (name: string): string => join(bench.desk.folder, 'exports', name)

async function openDesk(options: { isFresh?: boolean; canAskPerson?: boolean } = {}): Promise<Workstation> {
  const { isFresh = false, canAskPerson = false } = options
  const desk = await openWorkstation(bench.site, { canAskPerson }, { isFresh })
  desks.push(desk)
  return desk
}

/** Both dialects, slow enough to be met in the middle. */
async function startSlow(desk: Workstation, destination: string): Promise<string> {
  await bench.setAll({ bytesPerSecond: 1_000_000 })
  const items = dialects.map((dialect) => ({ ...bench.itemOrder(dialect), serverId: desk.serverIds[dialect] }))
  const { id } = await desk.call('exports.start', { destination, items })
  const leastBytes = async () => {
    const { items: running } = await desk.call('exports.get', { batchId: id })
    return Math.min(...running.map(({ bytes }) => bytes))
  }
  await expect.poll(leastBytes, soon).toBeGreaterThan(300_000)
  return id
}

async function expectRight(batch: Batch): Promise<void> {
  for (const [index, dialect] of dialects.entries()) {
    const exported = { dialect, camera: plainCamera[dialect], range: bench.range, batch, item: batch.items[index]! }
    const clean = await bench.cleanCopy(exported.camera, bench.range)
    expect(resultOf(exported).fetchedSha256).toBe(clean.sha256)
    expect(isExact(await readFootage(exported))).toBe(true)
  }
}

const readJournal = (destination: string) => readFile(join(destination, '.watchroom', 'journal.jsonl'), 'utf8')

describe('the journal', () => {
  test('is compacted when the folder is opened, a torn last line is ignored, and the evidence stays the same', async () => {
    await bench.setAll({ cutAtBytes: [200_000, 400_000, 600_000, 800_000] })
    const { batch } = await bench.exportOne('vsaas', 1)
    const before = await readJournal(batch.destination)
    const manifest = await readFile(join(batch.destination, 'manifest.json'), 'utf8')
    await appendFile(join(batch.destination, '.watchroom', 'journal.jsonl'), '{"atMs":1,"item":0,"event":{"kind":"fai')
    const opened = await bench.desk.call('exports.open', { destination: batch.destination })
    expect(opened.items[0]?.state).toEqual(batch.items[0]?.state)
    await bench.desk.endOf(batch.id)
    const after = await readJournal(batch.destination)
    expect(after.split('\n').length).toBeLessThan(before.split('\n').length)
    expect(after.split('\n')[0]).toBe(before.split('\n')[0])
    expect(after).not.toContain('"kind":"fai')
    expect(bench.desk.log).toContainEqual(
      expect.objectContaining({ event: 'export.journal', fields: { skippedLines: 1 } }),
    )
    expect(await readFile(join(batch.destination, 'manifest.json'), 'utf8')).toBe(manifest)
  })

  test('knows after a program was closed how far it was: another one goes on at the byte', async () => {
    const desk = await openDesk()
    const destination = folder('closed')
    const id = await startSlow(desk, destination)
    await desk.core.close()
    const asked = (await bench.mediaLog()).length
    expect(await listFiles(destination)).toHaveLength(2)
    const again = await openDesk()
    const opened = await again.call('exports.open', { destination })
    expect(opened.id).toBe(id)
    const batch = await again.endOf(id)
    const later = (await bench.mediaLog()).slice(asked)
    for (const { rangeStart } of later) expect(rangeStart).toBeGreaterThan(100_000)
    expect(countBytesSent(await bench.mediaLog())).toBeLessThan(2 * 1.02 * 2_100_000 + 2 * 8 * 2 ** 20)
    // The clip was made before: it is asked for again, not ordered again.
    expect(await bench.countOrders('vms')).toBe(1)
    expect(await bench.countOrders('vsaas')).toBe(2)
    await expectRight(batch)
  })
})

describe('a folder that is carried to another workstation', () => {
  test('says what it needs, waits until someone signs in there, and goes on', async () => {
    const first = await openDesk()
    const [here, elsewhere] = [folder('carried'), folder('carried elsewhere')]
    const id = await startSlow(first, here)
    await first.core.close()
    await cp(here, elsewhere, { recursive: true })
    await bench.site.media.control.clearLog()

    const second = await openDesk({ isFresh: true, canAskPerson: true })
    const summary = await second.call('exports.inspect', { destination: elsewhere })
    expect(summary).toMatchObject({ id, items: 2, finished: 0 })
    expect(
      Object.values(summary.servers)
        .map(({ dialect }) => dialect)
        .sort(),
    ).toEqual(['vms', 'vsaas'])
    await second.call('exports.open', { destination: elsewhere })
    const states = async () => (await second.call('exports.get', { batchId: id })).items.map(({ state }) => state)
    const waiting = { kind: 'waiting', retryAtMs: null, error: { code: 'unauthorized' } }
    await expect.poll(states, soon).toMatchObject([waiting, waiting])
    for (const dialect of dialects) await second.signIn(dialect)
    const batch = await second.endOf(id)
    expect(batch.destination).toBe(elsewhere)
    for (const { rangeStart } of await bench.mediaLog()) expect(rangeStart).toBeGreaterThan(100_000)
    await expectRight(batch)
    expect((await readManifest(elsewhere)).items.map(({ state }) => state)).toEqual(['done', 'done'])
    expect(await second.call('exports.verify', { destination: elsewhere })).toMatchObject({ isIntact: true })
  })
})

describe('F23 two programs on one batch', () => {
  test('a copy is not taken for the folder that is being worked on', async () => {
    const desk = await openDesk()
    const [here, copy] = [folder('worked on'), folder('its copy')]
    const id = await startSlow(desk, here)
    await cp(here, copy, { recursive: true })
    await expect(desk.call('exports.open', { destination: copy })).rejects.toMatchObject({ code: 'already-exists' })
    expect((await desk.call('exports.open', { destination: `${here}/` })).destination).toBe(here)
    expect((await desk.endOf(id)).state).toBe('done')
  })

  test('in one process or two: the second one is refused, and the first one is not disturbed', async () => {
    const first = await openDesk()
    const second = await openDesk()
    const destination = folder('contended')
    const id = await startSlow(first, destination)
    // So that it is still at work when the other program has started; a pause does not give the folder away.
    await first.call('exports.pause', { batchId: id })
    await expect(second.call('exports.open', { destination })).rejects.toMatchObject({ code: 'already-exists' })
    const program = join(import.meta.dirname, 'second-program.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [program, destination])
    const reply = JSON.parse(stdout) as { ok: boolean; error: ErrorValue }
    expect(reply).toMatchObject({ ok: false, error: { code: 'already-exists' } })
    expect(reply.error.message).toContain(`process ${process.pid}`)
    await first.call('exports.resume', { batchId: id })
    const batch = await first.endOf(id)
    for (const dialect of dialects) expect(await bench.countOrders(dialect)).toBe(1)
    expect((await bench.mediaLog()).map(({ rangeStart }) => rangeStart).filter((start) => start === 0)).toHaveLength(2)
    await expectRight(batch)
  })

  test('of two that start into the same empty folder at once exactly one does', async () => {
    const [first, second] = [await openDesk(), await openDesk()]
    const destination = folder('raced')
    const starts = await Promise.allSettled(
      [first, second].map((desk) => {
        const items = [{ ...bench.itemOrder('vsaas'), serverId: desk.serverIds.vsaas }]
        return desk.call('exports.start', { destination, items })
      }),
    )
    const won = starts.findIndex(({ status }) => status === 'fulfilled')
    expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const lost = starts.find(({ status }) => status === 'rejected') as PromiseRejectedResult
    expect(lost.reason).toMatchObject({ code: 'already-exists' })
    const start = starts[won] as PromiseFulfilledResult<Batch>
    expect((await [first, second][won]!.endOf(start.value.id)).state).toBe('done')
    expect(await bench.countOrders('vsaas')).toBe(1)
  })
})
