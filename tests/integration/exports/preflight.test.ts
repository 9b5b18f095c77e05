// What is found before anything is fetched, by a workstation of its own.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSite } from '../../site/start-site.ts'
import type { Site } from '../../site/start-site.ts'
import { cameraIdOf, openWorkstation, quietMinute } from './workstation.ts'
import type { Workstation } from './workstation.ts'

let site: Site
let desk: Workstation
beforeAll(async () => {
  site = await startSite()
  desk = await openWorkstation(site, { ffmpegPath: '/nowhere/ffmpeg' })
})
afterAll(async () => {
  await desk.close()
  await site.close()
})

test('a missing ffmpeg is found before a link is ordered', async () => {
  const fromMs = quietMinute(Date.now())
  const items = [
    {
      serverId: desk.serverIds.vsaas,
      cameraId: cameraIdOf(site, 'vsaas', 1),
      range: { fromMs, toMs: fromMs + 10_000 },
    },
  ]
  const problems = await desk.call('exports.check', { destination: join(desk.folder, 'never'), items })
  expect(problems).toMatchObject([{ level: 'error', code: 'tool-missing' }])
  expect(problems[0]!.message).toContain('/nowhere/ffmpeg')
  expect((await site.vsaas.control.log()).filter(({ url }) => url.includes('/archive/link'))).toEqual([])
})
