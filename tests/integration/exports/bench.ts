// One site and one workstation for a file of tests: orders for both dialects at once, the same bytes fetched without the
// product, and what the finished files hold as the test itself sees it.
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import type { Batch, FinishedFile, Item, ItemOrder, ItemResult } from '#contract/exports.ts'
import type { CallInput } from '#contract/index.ts'
import type { Dialect } from '#contract/servers.ts'
import type { Ports } from '#core/ports.ts'
import type { MediaBehaviour } from '../../site/media/behaviour.ts'
import { checkFrames } from '../../site/media/read-frames.ts'
import type { FrameReport } from '../../site/media/read-frames.ts'
import { startSite } from '../../site/start-site.ts'
import type { RequestRecord, Site } from '../../site/start-site.ts'
import { ensureCertificate } from '../../site/tls.ts'
import { findGaps } from '../../site/world.ts'
import type { Interval } from '../../site/world.ts'
import { createMediaClient } from '../site-media-client.ts'
import { cameraIdOf, openWorkstation, quietMinute } from './workstation.ts'
import type { Workstation } from './workstation.ts'

export const dialects = ['vsaas', 'vms'] as const
/** Each dialect has a camera of its own: the media server remembers cuts and refusals by camera. */
export const plainCamera: Record<Dialect, number> = { vsaas: 1, vms: 2 }

export type Options = CallInput<'exports.start'>['options']

export interface Exported {
  dialect: Dialect
  camera: number
  range: Interval
  batch: Batch
  item: Item
}

export interface Bench {
  site: Site
  desk: Workstation
  /** Twenty seconds that every plain camera has recorded. */
  range: Interval
  itemOrder(dialect: Dialect, camera?: number, range?: Interval): ItemOrder
  /** One batch with one item for each dialect, at once. */
  exportBoth(change?: OneChange & { camera?: number }): Promise<Exported[]>
  exportOne(dialect: Dialect, camera: number, change?: OneChange): Promise<Exported>
  setAll(all: Partial<MediaBehaviour>): Promise<void>
  setCamera(camera: number, behaviour: Partial<MediaBehaviour>): Promise<void>
  /** A range that the camera has recorded without a gap. */
  quietRange(camera: number, durationMs: number): Interval
  /** What the media server sends to node:https for that camera and range. Resets the server's behaviour. */
  cleanCopy(camera: number, range: Interval, content?: Content): Promise<Clean>
  mediaLog(camera?: number): Promise<RequestRecord[]>
  /** How many links or clips were given since the logs were cleared: refused orders do not count. */
  countOrders(dialect: Dialect): Promise<number>
  /** Back to a site that behaves, with empty logs. */
  calm(): Promise<void>
  close(): Promise<void>
}

export interface OneChange {
  range?: Interval
  options?: Options
  destination?: string
}

/** The switches that change the bytes of a file. */
export type Content = Partial<
  Pick<MediaBehaviour, 'layout' | 'corruptAtBytes' | 'truncateFileBytes' | 'shiftMs' | 'changeAfterRequests'>
>

export interface Clean {
  /** Ends as the product would end it. */
  file: string
  sha256: string
  sizeBytes: number
}

const orderPaths: Record<Dialect, { method: string; pattern: RegExp }> = {
  vsaas: { method: 'GET', pattern: /\/cameras\/\d+\/archive\/link/ },
  vms: { method: 'POST', pattern: /\/videoclips$/ },
}

export async function openBench(change: Partial<Ports> = {}): Promise<Bench> {
  const site = await startSite()
  const desk = await openWorkstation(site, change)
  const { certificatePem } = await ensureCertificate(resolve('.cache/site'), 'media', Date.now())
  const client = createMediaClient(site, certificatePem)
  const cleans = new Map<string, Clean>()
  const range = quietRange(1, 20_000)

  function itemOrder(dialect: Dialect, camera = plainCamera[dialect], asked = range): ItemOrder {
    return {
      serverId: desk.serverIds[dialect],
      cameraId: cameraIdOf(site, dialect, camera),
      range: asked,
      stream: 'main',
    }
  }

  async function exportAll(orders: { dialect: Dialect; camera: number }[], change: OneChange): Promise<Exported[]> {
    const { range: asked = range, options, destination } = change
    const items = orders.map(({ dialect, camera }) => itemOrder(dialect, camera, asked))
    const batch = await desk.export({ items, options }, destination)
    return orders.map((order, index) => ({ ...order, range: asked, batch, item: batch.items[index]! }))
  }

  async function cleanCopy(camera: number, asked: Interval, content: Content = {}): Promise<Clean> {
    const key = JSON.stringify([camera, asked, content])
    const known = cleans.get(key)
    if (known) return known
    await site.media.control.reset()
    await site.media.control.set({ all: content })
    const { status, headers, body, isWhole } = await client.get(client.link(camera, asked.fromMs, asked.toMs))
    expect([status, isWhole]).toEqual([200, true])
    const file = join(desk.folder, `clean ${cleans.size}.${headers['content-type'] === 'video/mp2t' ? 'ts' : 'mp4'}`)
    await writeFile(file, body)
    const clean = { file, sha256: sha256Of(body), sizeBytes: body.length }
    await calm()
    cleans.set(key, clean)
    return clean
  }

  async function calm(): Promise<void> {
    await Promise.all([site.media, site.vsaas, site.vms].map(({ control }) => control.reset()))
    await site.vms.control.set({ clipMs: 50 })
    await Promise.all([site.media, site.vsaas, site.vms].map(({ control }) => control.clearLog()))
  }

  await calm()
  return {
    site,
    desk,
    range,
    itemOrder,
    exportBoth: ({ camera, ...change } = {}) =>
      exportAll(
        dialects.map((dialect) => ({ dialect, camera: camera ?? plainCamera[dialect] })),
        change,
      ),
    async exportOne(dialect, camera, change = {}) {
      const [exported] = await exportAll([{ dialect, camera }], change)
      return exported!
    },
    setAll: (all) => site.media.control.set({ all }),
    setCamera: (camera, behaviour) => site.media.control.set({ cameras: { [camera]: behaviour } }),
    quietRange,
    cleanCopy,
    async mediaLog(camera) {
      const records = await site.media.control.log()
      return records.filter((record) => camera === undefined || record.camera === camera)
    },
    async countOrders(dialect) {
      const { method, pattern } = orderPaths[dialect]
      const records = await site[dialect].control.log()
      return records.filter(({ status, ...record }) => {
        return status < 400 && record.method === method && pattern.test(record.url)
      }).length
    },
    calm,
    async close() {
      await desk.close()
      await site.close()
    },
  }
}

/** The result of an item that must be done. */
export function resultOf({ item, dialect }: Exported): ItemResult {
  expect(item.state, `the item of ${dialect}`).toMatchObject({ kind: 'done' })
  return (item.state as Extract<Item['state'], { kind: 'done' }>).result
}

/** The error of an item that must have failed. */
export function errorOf({ item, dialect }: Exported) {
  expect(item.state, `the item of ${dialect}`).toMatchObject({ kind: 'failed' })
  return (item.state as Extract<Item['state'], { kind: 'failed' }>).error
}

/** The one file of that role. */
export function fileOf(exported: Exported, role: FinishedFile['role']): FinishedFile & { absolute: string } {
  const files = resultOf(exported).files.filter((file) => file.role === role)
  expect(files, `files of the role ${role}`).toHaveLength(1)
  return { ...files[0]!, absolute: join(exported.batch.destination, files[0]!.path) }
}

/** The file people watch. */
export function watchedFileOf(exported: Exported) {
  return fileOf(exported, resultOf(exported).files.some(({ role }) => role === 'video') ? 'video' : 'viewing-copy')
}

/** What the frames of the finished file themselves say, against what was asked for. */
export function readFootage(exported: Exported, intervals?: readonly Interval[]): Promise<FrameReport> {
  const { camera, range } = exported
  return checkFrames(watchedFileOf(exported).absolute, { camera, ...range, ...(intervals ? { intervals } : {}) })
}

/** No request to the media server may carry what opens the API. */
export function expectNoCredentials(records: readonly RequestRecord[], { vsaas, vms }: Site): void {
  for (const { headers, url } of records) {
    expect(
      Object.keys(headers).filter((name) => ['authorization', 'cookie', 'x-uuid', 'referer'].includes(name)),
    ).toEqual([])
    const text = JSON.stringify([headers, url])
    for (const secret of [vsaas.token, vsaas.integratorToken, vms.password]) expect(text).not.toContain(secret)
  }
}

export function countBytesSent(records: readonly RequestRecord[]): number {
  return records.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
}

export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Before the last two hours, so that it stays the same for a whole run. */
function quietRange(camera: number, durationMs: number): Interval {
  for (let fromMs = quietMinute(Date.now()); ; fromMs -= 60_000) {
    const range = { fromMs, toMs: fromMs + durationMs }
    if (findGaps(camera, range.fromMs, range.toMs).length === 0) return range
  }
}
