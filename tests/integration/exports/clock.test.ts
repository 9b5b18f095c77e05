// F25: a server that reads our times in another zone. "Check the clock" finds it, exports from it are refused until its
// zone is set, and then the right hour comes.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isExact } from '../../site/media/read-frames.ts'
import { cameraIdOf } from './workstation.ts'
import { openBench, readFootage, resultOf } from './bench.ts'
import type { Bench } from './bench.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())
beforeEach(() => bench.calm())

const check = (serverId: string, dialect: 'vsaas' | 'vms') =>
  bench.desk.call('servers.checkClock', { serverId, cameraId: cameraIdOf(bench.site, dialect, 1) })

async function setZone(zone: string): Promise<void> {
  const { url } = bench.site.vsaas
  const id = bench.desk.serverIds.vsaas
  await bench.desk.call('servers.save', { id, dialect: 'vsaas', url, settings: { zone } })
}

describe('F25 check the clock', () => {
  test('of servers that read offsets: right, and exports start', async () => {
    for (const dialect of ['vsaas', 'vms'] as const) {
      expect((await check(bench.desk.serverIds[dialect], dialect)).clockCheck).toBe('right')
      resultOf(await bench.exportOne(dialect, 1))
    }
  })

  test('of a server that ignores them: misread, no export starts, and with its zone set the right hour comes', async () => {
    const { desk, site } = bench
    const serverId = desk.serverIds.vsaas
    await bench.setAll({ maxRangeMs: 1 })
    const { batch: unfinished } = await bench.exportOne('vsaas', 1)
    await bench.calm()
    await site.vsaas.control.set({ misreadZoneMinutes: 180, zoneMinutes: 180 })
    expect((await check(serverId, 'vsaas')).clockCheck).toBe('misread')
    const orders = await bench.countOrders('vsaas')
    const destination = `${desk.folder}/exports/misread`
    const refused = desk.call('exports.start', { destination, items: [bench.itemOrder('vsaas')] })
    await expect(refused).rejects.toMatchObject({ code: 'invalid-input', details: { problem: 'clock' } })
    await expect(refused).rejects.toThrow(/zone/)
    const opened = desk.call('exports.open', { destination: unfinished.destination })
    await expect(opened).rejects.toMatchObject({ code: 'invalid-input', details: { problem: 'clock' } })
    expect(await bench.countOrders('vsaas')).toBe(orders)

    await setZone('+03:00')
    expect((await check(serverId, 'vsaas')).clockCheck).toBe('right')
    await desk.call('exports.open', { destination: unfinished.destination })
    expect((await desk.endOf(unfinished.id)).state).toBe('done')
    const exported = await bench.exportOne('vsaas', 1)
    expect(isExact(await readFootage(exported))).toBe(true)
    await site.vsaas.control.reset()
    expect((await check(serverId, 'vsaas')).clockCheck).toBe('right')
    expect(isExact(await readFootage(await bench.exportOne('vsaas', 1)))).toBe(true)
    await setZone('UTC')
  })

  test('of a server that was never asked: exports start, and their time is not called proven', async () => {
    await bench.site.vsaas.control.set({ misreadZoneMinutes: 180 })
    await setZone('UTC')
    const exported = await bench.exportOne('vsaas', 1)
    expect(resultOf(exported)).toMatchObject({ timeBasis: 'asked' })
    expect(isExact(await readFootage(exported))).toBe(false)
  })
})
