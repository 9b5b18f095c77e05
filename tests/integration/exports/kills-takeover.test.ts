// F17 a folder changes hands: what its last owner wrote until the end counts, not what was there when it was first seen.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ClockPort } from '#core/ports.ts'
import { startSite } from '../../site/start-site.ts'
import type { Site } from '../../site/start-site.ts'
import { describeFile } from './kill-batch.ts'
import { journalPath } from './kill-watch.ts'
import { cameraIdOf, onlyItem, openWorkstation, quietMinute, testDeadlines } from './workstation.ts'
import type { Workstation } from './workstation.ts'

/** How long a program sleeps between two looks at the note of another one. */
const lookMs = testDeadlines.heartbeatMs / 4

let site: Site
let desk: Workstation
let onLook: () => Promise<void> = () => Promise.resolve()

beforeAll(async () => {
  site = await startSite()
  const clock: ClockPort = {
    now: Date.now,
    async sleep(durationMs, signal) {
      if (durationMs === lookMs) await onLook()
      await sleep(durationMs, undefined, signal ? { signal } : {})
    },
  }
  desk = await openWorkstation(site, { clock })
})
afterAll(async () => {
  await desk.close()
  await site.close()
})

it('F17 what the owner before finished while a program waited for the folder is not done again', async () => {
  const fromMs = quietMinute(Date.now())
  const cameraId = cameraIdOf(site, 'vsaas', 2)
  const batch = await desk.export({
    items: [{ serverId: desk.serverIds.vsaas, cameraId, range: { fromMs, toMs: fromMs + 10_000 }, stream: 'main' }],
  })
  const { destination } = batch
  expect(onlyItem(batch).state.kind).toBe('done')
  const video = join(destination, `${onlyItem(batch).stem}.mp4`)
  const before = describeFile(video)

  const whole = await readFile(journalPath(destination), 'utf8')
  await writeFile(journalPath(destination), whole.slice(0, whole.indexOf('\n') + 1))
  const note = { token: 'far', host: 'elsewhere', pid: 1, beat: 7 }
  await writeFile(join(destination, '.watchroom', 'owner'), JSON.stringify(note))
  onLook = () => writeFile(journalPath(destination), whole)
  await site.media.control.clearLog()

  const { id } = await desk.call('exports.open', { destination })
  expect((await desk.endOf(id)).state).toBe('done')
  expect(await site.media.control.log()).toEqual([])
  expect(describeFile(video)).toBe(before)
})
