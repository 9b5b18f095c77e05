// Reads every frame of a video file with ffmpeg and says which camera and which UTC time it shows.
// Knows nothing of how the file came about; works for any container and codec ffmpeg decodes.
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { firstFrameAt, frameTimeMs, type Interval } from '../world.ts'
import { findFfmpeg, waitForFfmpeg } from './run-ffmpeg.ts'
import { cellCount, cellRows, cellSizePixels, cellsPerRow, decodeStrip } from './strip.ts'

export type ReadFrame =
  | { readonly index: number; readonly ptsMs: number; readonly camera: number; readonly unixMs: number }
  | { readonly index: number; readonly ptsMs: number; readonly unreadable: true }

export interface ReadOptions {
  /** Program to run; `FFMPEG_BIN` or `ffmpeg` on PATH when absent. */
  readonly ffmpeg?: string
  readonly signal?: AbortSignal
}

/** Finer than any container's clock here and a multiple of the frame rate. */
const ticksPerMs = 90

function startDecoder(file: string, ffmpeg: string): ChildProcess {
  const crop = `crop=${cellsPerRow * cellSizePixels}:${cellRows * cellSizePixels}:0:0`
  const graph = `[0:v:0]${crop},scale=${cellsPerRow}:${cellRows}:flags=area,format=gray,split[cells][times]`
  const passThrough = ['-fps_mode', 'passthrough']
  // Without `-copyts` ffmpeg closes holes of more than ten seconds in MPEG-TS.
  const keepTimes = ['-copyts', '-start_at_zero']
  const start = [
    '-nostdin',
    '-hide_banner',
    '-v',
    'error',
    ...keepTimes,
    '-i',
    `file:${file}`,
    '-filter_complex',
    graph,
  ]
  const cells = ['-map', '[cells]', ...passThrough, '-f', 'rawvideo', 'pipe:1']
  const times = [
    '-map',
    '[times]',
    ...passThrough,
    '-enc_time_base',
    `1/${ticksPerMs * 1000}`,
    '-f',
    'framecrc',
    'pipe:3',
  ]
  return spawn(ffmpeg, [...start, ...cells, ...times], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
}

async function* splitCells(output: Readable): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const chunk of output) {
    rest = Buffer.concat([rest, chunk as Buffer])
    let offset = 0
    for (; offset + cellCount <= rest.length; offset += cellCount) yield rest.subarray(offset, offset + cellCount)
    rest = rest.subarray(offset)
  }
}

/** Takes the times as they come, without back-pressure: ffmpeg must never wait here while we wait for its other output. */
function collectTimes(output: Readable): () => Promise<number> {
  const times: number[] = []
  let taken = 0
  let isOpen = true
  let wake = () => {}
  const lines = createInterface({ input: output })
  lines.on('line', (line) => {
    // "stream, dts, pts, duration, size, checksum"
    if (!line.startsWith('#')) times.push(Number(line.split(',')[2]) / ticksPerMs)
    wake()
  })
  lines.on('close', () => {
    isOpen = false
    wake()
  })
  return async function next() {
    while (isOpen && taken >= times.length) await new Promise<void>((resolve) => (wake = resolve))
    return times[taken++] ?? Number.NaN
  }
}

/**
 * Frames in the order they are shown. `ptsMs` is the time in the file as players see it (0 = the file's start).
 * Throws when ffmpeg cannot open the file or ends with an error, after the frames it could decode.
 */
export async function* readFrames(file: string, options: ReadOptions = {}): AsyncGenerator<ReadFrame> {
  const stop = new AbortController()
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal])
  const child = startDecoder(file, options.ffmpeg ?? findFfmpeg())
  const ended = waitForFfmpeg(child, signal)
  ended.catch(() => {})
  const nextTime = collectTimes(child.stdio[3] as Readable)
  let index = 0
  try {
    for await (const levels of splitCells(child.stdout as Readable)) {
      const place = { index, ptsMs: await nextTime() }
      const content = decodeStrip(levels)
      yield content === null ? { ...place, unreadable: true } : { ...place, ...content }
      index += 1
    }
    await ended
  } finally {
    stop.abort()
    await ended.catch(() => {})
  }
}

export interface FrameExpectation extends ReadOptions {
  /** `SiteCamera.number`. */
  readonly camera: number
  readonly fromMs: number
  readonly toMs: number
  /** What was recorded of the range; the whole range when absent. */
  readonly intervals?: readonly Interval[]
}

/** All clear when there are frames and every list is empty and every count of faults is 0: see `isExact`. */
export interface FrameReport {
  /** Frames in the file, unreadable ones included. */
  frames: number
  /** UTC time of the first and last readable frame. */
  first: number | null
  last: number | null
  /** UTC times of expected frames that the file does not hold. */
  missing: number[]
  /** Frames of another camera or of a time that was not expected. */
  foreign: { index: number; camera: number; unixMs: number }[]
  /** Frames not later than the readable frame before them (doubled ones too). */
  outOfOrder: number
  unreadable: number
  /** Frames whose timestamp, counted from the first one, is more than 2 ms off the time they show. */
  mistimed: number
}

/** Exactly the expected frames, each once, in order, readable, at the right timestamps. */
export function isExact(report: FrameReport): boolean {
  const faults = report.missing.length + report.foreign.length + report.outOfOrder + report.unreadable + report.mistimed
  return report.frames > 0 && faults === 0
}

function expectedTimes(expectation: FrameExpectation): Set<number> {
  const times = new Set<number>()
  for (const interval of expectation.intervals ?? [expectation]) {
    const fromMs = Math.max(interval.fromMs, expectation.fromMs)
    const end = firstFrameAt(Math.min(interval.toMs, expectation.toMs))
    for (let frame = firstFrameAt(fromMs); frame < end; frame++) times.add(frameTimeMs(frame))
  }
  return times
}

/** Compares the file, frame by frame, with the grid frames of the range that were recorded. */
export async function checkFrames(file: string, expectation: FrameExpectation): Promise<FrameReport> {
  const report: FrameReport = {
    frames: 0,
    first: null,
    last: null,
    missing: [],
    foreign: [],
    outOfOrder: 0,
    unreadable: 0,
    mistimed: 0,
  }
  const expected = expectedTimes(expectation)
  const awaited = new Set(expected)
  let startMs = 0
  for await (const frame of readFrames(file, expectation)) {
    report.frames += 1
    if ('unreadable' in frame) {
      report.unreadable += 1
      continue
    }
    const { index, camera, unixMs, ptsMs } = frame
    if (report.first === null || report.last === null) startMs = unixMs - ptsMs
    else if (unixMs <= report.last) report.outOfOrder += 1
    if (!(Math.abs(unixMs - ptsMs - startMs) <= 2)) report.mistimed += 1
    report.first ??= unixMs
    report.last = unixMs
    if (camera === expectation.camera && expected.has(unixMs)) awaited.delete(unixMs)
    else report.foreign.push({ index, camera, unixMs })
  }
  report.missing = [...awaited]
  return report
}
