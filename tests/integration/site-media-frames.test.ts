// Footage of the pretend installation, frame by frame: what is asked is what is made, and the reader tells the difference.
import { mkdtemp, rm, truncate } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinPieces } from '../site/media/join-pieces.ts'
import { createMediaCache } from '../site/media/media-cache.ts'
import {
  mediaKey,
  pieceKey,
  splitIntoPieces,
  toFrameSpans,
  type MediaLayout,
  type MediaSpec,
} from '../site/media/media-spec.ts'
import { checkFrames, isExact, readFrames } from '../site/media/read-frames.ts'
import { findFfmpeg } from '../site/media/run-ffmpeg.ts'
import { findCamera, frameTimeMs, type Interval } from '../site/world.ts'

// Not on the frame grid, and five seconds before a ten-minute boundary, where pieces are joined.
const fromMs = Date.UTC(2026, 10, 1, 9, 59, 55) + 37
const signal = new AbortController().signal
const ffmpeg = findFfmpeg()
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'site-frames-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function makeFile(camera: number, intervals: Interval[], layout: MediaLayout = 'faststart') {
  const cameraFacts = findCamera(camera)
  if (cameraFacts === undefined) throw new Error(`no camera ${camera}`)
  const spec: MediaSpec = { camera: cameraFacts, spans: toFrameSpans(intervals), layout, variant: 0 }
  const cache = createMediaCache({ folder, ffmpeg, maxBytes: 1e9, nowMs: Date.now })
  await (await cache.open(spec, signal)).handle.close()
  return { file: path.join(folder, `${mediaKey(spec)}.media`), spec }
}

const plain = { fromMs, toMs: fromMs + 10_000 }

describe('footage', () => {
  it.each([
    [1, 'faststart'],
    [1, 'moov-last'],
    [1, 'fragmented'],
    [1, 'mpegts'],
    [7, 'faststart'],
    [7, 'moov-last'],
    [8, 'faststart'],
    [8, 'mpegts'],
    [9, 'faststart'],
    [10, 'faststart'],
    [10, 'fragmented'],
    [10, 'mpegts'],
  ] as const)('of camera %i as %s holds exactly the frames of the range', async (camera, layout) => {
    const { file } = await makeFile(camera, [plain], layout)
    const report = await checkFrames(file, { camera, ...plain })
    expect(report).toEqual({
      frames: 150,
      first: frameTimeMs(Math.ceil((fromMs * 15) / 1000)),
      last: frameTimeMs(Math.ceil((fromMs * 15) / 1000) + 149),
      missing: [],
      foreign: [],
      outOfOrder: 0,
      unreadable: 0,
      mistimed: 0,
    })
    const first = await readFrames(file).next()
    expect(first.value).toMatchObject({ index: 0, ptsMs: layout === 'mpegts' ? expect.any(Number) : 0 })
  })

  it.each(['faststart', 'mpegts'] as const)('with a gap keeps the hole in its timestamps (%s)', async (layout) => {
    const intervals = [
      { fromMs, toMs: fromMs + 3000 },
      { fromMs: fromMs + 50_000, toMs: fromMs + 54_000 },
    ]
    const { file } = await makeFile(10, intervals, layout)
    const report = await checkFrames(file, { camera: 10, fromMs, toMs: fromMs + 60_000, intervals })
    expect(report.frames).toBe(105)
    expect(isExact(report)).toBe(true)
    const unaware = await checkFrames(file, { camera: 10, fromMs, toMs: fromMs + 54_000 })
    expect(unaware.missing).toHaveLength(47 * 15)
  })
})

describe('the reader', () => {
  it('finds the wrong second, the wrong camera and a missing end', async () => {
    const { file } = await makeFile(1, [{ fromMs: fromMs + 1000, toMs: plain.toMs + 1000 }])
    const late = await checkFrames(file, { camera: 1, ...plain })
    expect([late.missing.length, late.foreign.length, isExact(late)]).toEqual([15, 15, false])
    const other = await checkFrames(file, { camera: 2, fromMs: fromMs + 1000, toMs: plain.toMs + 1000 })
    expect([other.missing.length, other.foreign.length]).toEqual([150, 150])
  })

  it('finds frames lost from a stream that was cut off', async () => {
    const { file } = await makeFile(2, [plain], 'mpegts')
    await truncate(file, 188 * 2000)
    const report = await checkFrames(file, { camera: 2, ...plain })
    expect(report.missing.length).toBeGreaterThan(50)
    expect(isExact(report)).toBe(false)
  })

  it('finds a hole that was closed up and pieces in the wrong order', async () => {
    const intervals = [
      { fromMs, toMs: fromMs + 3000 },
      { fromMs: fromMs + 50_000, toMs: fromMs + 54_000 },
    ]
    const { spec } = await makeFile(3, intervals)
    const spans = splitIntoPieces(spec.spans)
    const named = spans.map((span) => ({
      name: `${pieceKey(spec.camera, span, 0)}.piece`,
      length: span.endFrame - span.firstFrame,
    }))
    async function joinClosed(pieces: typeof named): Promise<string> {
      const file = path.join(folder, 'joined.mp4')
      let frame = 0
      const closed = pieces.map(({ name, length }) => ({
        name,
        span: { firstFrame: frame, endFrame: (frame += length) },
      }))
      await joinPieces({
        ffmpeg,
        folder,
        pieces: closed,
        container: 'mp4',
        layout: 'faststart',
        isHevc: false,
        file,
        signal,
      })
      return file
    }
    const expectation = { camera: 3, fromMs, toMs: fromMs + 54_000, intervals }
    expect(await checkFrames(await joinClosed(named), expectation)).toMatchObject({
      missing: [],
      outOfOrder: 0,
      mistimed: 60,
    })
    const swapped = await checkFrames(await joinClosed(named.toReversed()), expectation)
    expect(swapped).toMatchObject({ missing: [], outOfOrder: 1 })
  })

  it('says when a file is no video, and stops when told to', async () => {
    await expect(readFrames(path.join(folder, 'absent.mp4')).next()).rejects.toThrow('ffmpeg ended with')
    const { file } = await makeFile(4, [plain])
    const stop = new AbortController()
    const frames = readFrames(file, { signal: stop.signal })
    await frames.next()
    stop.abort()
    const rest = async () => {
      for await (const frame of frames) expect(frame.index).toBeLessThan(150)
    }
    await expect(rest()).rejects.toThrow('aborted')
  })
})
