// F10, F25: refusals, wrong files and the wrong hour. What is not right is never called done, what cannot be proven is
// never called proven, and what is missing is named.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MediaBehaviour } from '../../site/media/behaviour.ts'
import { checkFrames, isExact } from '../../site/media/read-frames.ts'
import { findGaps, subtractGaps } from '../../site/world.ts'
import { errorOf, openBench, readFootage, resultOf, sha256Of, watchedFileOf } from './bench.ts'
import type { Bench, Content, Exported } from './bench.ts'
import { listFiles, readManifest } from './workstation.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())
beforeEach(() => bench.calm())

const hourMs = 3_600_000

describe('a range that the media server refuses', () => {
  test('413: the item fails, says what to do, and nothing is ordered again', async () => {
    await bench.setAll({ maxRangeMs: 10_000 })
    for (const exported of await bench.exportBoth()) {
      expect(errorOf(exported)).toMatchObject({ code: 'unsupported-media', details: { status: 413 } })
      expect(errorOf(exported).message).toContain('shorter')
      expect(await bench.countOrders(exported.dialect)).toBe(1)
      expect(await bench.mediaLog(exported.camera)).toHaveLength(1)
    }
  })

  test('500 across a gap: given up after some attempts, and the next item is not touched by it', async () => {
    const { desk } = bench
    await bench.setAll({ failAcrossGap: true })
    const items = [bench.itemOrder('vsaas', 3, gapRange(3)), bench.itemOrder('vsaas', 1)]
    const batch = await desk.export({ items })
    expect(batch.state).toBe('partial')
    expect(batch.items.map(({ state }) => state.kind)).toEqual(['failed', 'done'])
    expect(batch.items[0]?.state).toMatchObject({ error: { code: 'unreachable', details: { status: 500 } } })
    expect(await bench.countOrders('vsaas')).toBe(2)
  })

  test('a whole range outside the archive: nothing is there, and no file is left', async () => {
    const fromMs = Date.now() - 60 * hourMs
    for (const exported of await bench.exportBoth({ range: { fromMs, toMs: fromMs + 20_000 } })) {
      expect(errorOf(exported).code).toBe('not-found')
      expect(await listFiles(exported.batch.destination)).toEqual(['SHA256SUMS', 'manifest.json'])
    }
  })
})

/** Ten seconds on both sides of the latest gap that is over for hours. */
function gapRange(camera: number) {
  const [gap] = findGaps(camera, Date.now() - 12 * hourMs, Date.now() - 3 * hourMs)
  if (!gap) throw new Error(`Camera ${camera} has no gap.`)
  return { fromMs: gap.fromMs - 10_000, toMs: gap.toMs + 10_000 }
}

describe('a range with a gap', () => {
  test.each(['faststart', 'mpegts'] as const)('in %s: done, and the gap is named with who says so', async (layout) => {
    const camera = 11
    const range = gapRange(camera)
    const [gap] = findGaps(camera, range.fromMs, range.toMs)
    await bench.setAll({ layout })
    for (const exported of await bench.exportBoth({ camera, range })) {
      const result = resultOf(exported)
      const isKnown = exported.dialect === 'vms'
      expect(result.coverage).toBe(isKnown ? 'known' : 'unknown')
      expect(result.gaps.map(({ source }) => source)).toEqual([isKnown ? 'server' : 'media'])
      // One frame lasts 67 ms: a hole in the stamps begins where the last picture ends.
      expect(Math.abs(result.gaps[0]!.fromMs - gap!.fromMs)).toBeLessThanOrEqual(200)
      expect(Math.abs(result.gaps[0]!.toMs - gap!.toMs)).toBeLessThanOrEqual(200)
      expect(isExact(await readFootage(exported, subtractGaps(camera, range.fromMs, range.toMs)))).toBe(true)
    }
  })
})

interface Damage {
  name: string
  layout: MediaBehaviour['layout']
  content: Content
}

const spread = Array.from({ length: 60 }, (_, place) => 300_000 + place * 12_345)
const damages: Damage[] = [
  { name: 'MP4 cut short', layout: 'faststart', content: { truncateFileBytes: 1_000_000 } },
  { name: 'MP4 cut short before its index', layout: 'moov-last', content: { truncateFileBytes: 1_900_000 } },
  { name: 'fragmented MP4 cut short', layout: 'fragmented', content: { truncateFileBytes: 1_000_001 } },
  { name: 'MPEG-TS cut short inside a packet', layout: 'mpegts', content: { truncateFileBytes: 1_000_001 } },
  { name: 'a broken file type', layout: 'faststart', content: { corruptAtBytes: [4, 5, 6, 7] } },
  { name: 'a broken index', layout: 'faststart', content: { corruptAtBytes: [1_000, 1_001, 1_002, 1_003] } },
  { name: 'MP4 with damaged pictures', layout: 'faststart', content: { corruptAtBytes: spread } },
  { name: 'MPEG-TS with damaged packets', layout: 'mpegts', content: { corruptAtBytes: spread } },
]

describe('F10', () => {
  test.each(damages)('$name is set aside, and never done', async ({ layout, content }) => {
    const cleans = [1, 2].map((camera) => bench.cleanCopy(camera, bench.range, { layout, ...content }))
    for (const clean of cleans) await clean
    await bench.setAll({ layout, ...content })
    for (const [index, exported] of (await bench.exportBoth({ options: { decode: true } })).entries()) {
      const { batch, item } = exported
      const error = errorOf(exported)
      expect(error.code).toBe('unsupported-media')
      expect(error.message).toContain('.suspect')
      const kept = await readFile(join(batch.destination, `${item.stem}.suspect`))
      expect(sha256Of(kept)).toBe((await cleans[index]!).sha256)
      expect((await listFiles(batch.destination)).filter((name) => name.startsWith(item.stem))).toEqual([
        `${item.stem}.suspect`,
      ])
    }
  })

  test('a file cut short with a whole index is not done where the server told what is recorded', async () => {
    // A transport stream that ends between two packets is whole in itself: only its length tells.
    await bench.setAll({ layout: 'mpegts', truncateFileBytes: 188 * 5_000 })
    const [vsaas, vms] = await bench.exportBoth()
    expect(errorOf(vms!)).toMatchObject({ code: 'unsupported-media' })
    expect(resultOf(vsaas!)).toMatchObject({ coverage: 'unknown' })
    expect(resultOf(vsaas!).warnings.join(' ')).toContain('shorter than asked')
    expect((await readFootage(vsaas!)).missing).not.toEqual([])
  })

  test('a retry after the server has mended its file fetches all of it again', async () => {
    const clean = await bench.cleanCopy(1, bench.range)
    await bench.setAll({ truncateFileBytes: 1_000_000 })
    const broken = await bench.exportOne('vsaas', 1)
    expect(errorOf(broken).code).toBe('unsupported-media')
    await bench.desk.call('exports.retry', { batchId: broken.batch.id, indexes: [0] })
    expect((await bench.desk.endOf(broken.batch.id)).state).toBe('failed')
    await bench.calm()
    await bench.desk.call('exports.retry', { batchId: broken.batch.id, indexes: [0] })
    const batch = await bench.desk.endOf(broken.batch.id)
    const mended: Exported = { ...broken, batch, item: batch.items[0]! }
    expect(resultOf(mended).fetchedSha256).toBe(clean.sha256)
    expect((await readManifest(batch.destination)).items).toMatchObject([{ index: 0, state: 'done' }])
    // What did not pass stays as part of the evidence, of every try, and a check of the folder knows it.
    const { stem } = mended.item
    expect(await listFiles(batch.destination)).toEqual(expect.arrayContaining([`${stem}.suspect`, `${stem}.2.suspect`]))
    expect(await bench.desk.call('exports.verify', { destination: batch.destination })).toMatchObject({
      isIntact: true,
    })
  })
})

describe('F25 the wrong hour', () => {
  test.each([hourMs, -hourMs, 24 * hourMs - 60_000])('%i ms away is never called proven', async (shiftMs) => {
    const fromMs = bench.range.fromMs - 25 * hourMs
    const range = { fromMs, toMs: fromMs + 20_000 }
    await bench.setAll({ shiftMs, emptyOutsideArchive: false })
    for (const exported of await bench.exportBoth({ range })) {
      const result = resultOf(exported)
      expect(result.timeBasis).toBe('asked')
      expect(result.warnings.join(' ')).toContain('time not proven')
      const report = await readFootage(exported)
      expect(isExact(report)).toBe(false)
      expect(report.foreign.length).toBe(report.frames)
      const { camera } = exported
      const shown = { fromMs: range.fromMs + shiftMs, toMs: range.toMs + shiftMs }
      expect(isExact(await checkFrames(watchedFileOf(exported).absolute, { camera, ...shown }))).toBe(true)
    }
  })
})
