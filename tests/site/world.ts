// The world the pretend installation shows: its cameras, and when each of them was recorded.
// Pure and deterministic; knows nothing of protocols, files or processes.
import { createHash } from 'node:crypto'

export interface SiteCamera {
  /** From 1, without holes; what link tokens and media behaviours call the camera. */
  readonly number: number
  /** Not equal to `number`, so that mixing the two is noticed. */
  readonly vsaasId: number
  readonly externalId: string
  /** The camera's id in the `vms` dialect. */
  readonly uuid: string
  /** The id of the camera's stream in the `vms` dialect; differs from `uuid`. */
  readonly streamUuid: string
  readonly name: string
  readonly placeId: number
  readonly video: 'h264' | 'hevc'
  /** `pcm_alaw` does not fit into MP4: such a camera's archive comes as MOV. */
  readonly audio: 'aac' | 'pcm_alaw' | 'none'
  readonly bFrames: boolean
  /** Video bit rate in kbit/s, constant for H.264 (filler included). */
  readonly kbps: number
}

/** Half-open interval of UTC milliseconds. */
export interface Interval {
  readonly fromMs: number
  readonly toMs: number
}

export const framesPerSecond = 15
/** How far back the archive of each camera reaches. */
export const archiveDepthMs = 48 * 3_600_000

const hourMs = 3_600_000
const minuteMs = 60_000
const gapPeriodMs = 6 * hourMs

function makeUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function makeCamera(number: number, name: string, placeId: number, differences: Partial<SiteCamera> = {}): SiteCamera {
  return {
    number,
    vsaasId: 1000 + number,
    externalId: `ext-${String(number).padStart(4, '0')}`,
    uuid: makeUuid(`camera ${number}`),
    streamUuid: makeUuid(`stream ${number}`),
    name,
    placeId,
    video: 'h264',
    audio: 'aac',
    bFrames: false,
    kbps: number <= 6 ? 800 : 400,
    ...differences,
  }
}

/** Cameras 1–6 are plain H.264 with AAC; 7 G.711, 8 HEVC, 9 silent, 10 with B-frames; the names are meant to be awkward. */
export const siteCameras: readonly SiteCamera[] = [
  makeCamera(1, 'Entrance', 1),
  makeCamera(2, 'Проходная №1', 1),
  makeCamera(3, 'Yard/Parking', 2),
  makeCamera(4, 'CON', 2),
  makeCamera(5, 'Коридор, 2-й этаж', 3),
  makeCamera(6, 'Cash desk 1', 3),
  makeCamera(7, 'Склад', 3, { audio: 'pcm_alaw' }),
  makeCamera(8, 'Roof', 2, { video: 'hevc' }),
  makeCamera(9, 'Gate without sound', 2, { audio: 'none' }),
  makeCamera(10, 'Lift', 4, { bFrames: true }),
  makeCamera(11, 'Entrance', 1),
  makeCamera(12, 'Ворота <север>: "А"|?*', 4),
  makeCamera(13, `Лестница ${'очень '.repeat(20)}длинная`, 4),
  makeCamera(14, 'lpt1.mp4', 1),
  makeCamera(15, 'invoice\u202egpj.', 2),
  makeCamera(16, '--output=../../Cash desk', 3),
]

export function findCamera(number: number): SiteCamera | undefined {
  return siteCameras.find((camera) => camera.number === number)
}

function hashNumber(cameraNumber: number, slot: number, salt: string): number {
  return createHash('sha256').update(`${salt} ${cameraNumber} ${slot}`).digest().readUInt32BE(0)
}

/** The one gap of a camera in a six-hour slot; gaps are thus five to seven hours apart. Whole seconds. */
function findGap(cameraNumber: number, slot: number): Interval {
  const hour = (cameraNumber * 2 + (hashNumber(cameraNumber, slot, 'hour') % 2)) % 6
  // Cameras 1–6 keep the first 20 minutes of every hour whole, so that tests with a plain range stay plain.
  const firstMinute = cameraNumber <= 6 ? 22 : 1
  const minute = firstMinute + (hashNumber(cameraNumber, slot, 'minute') % (57 - firstMinute))
  const fromMs = slot * gapPeriodMs + hour * hourMs + minute * minuteMs
  return { fromMs, toMs: fromMs + 40_000 + (hashNumber(cameraNumber, slot, 'length') % 51) * 1000 }
}

/** All gaps of a camera that overlap `[fromMs, toMs)`, oldest first, whole (not clipped to the range). */
export function findGaps(cameraNumber: number, fromMs: number, toMs: number): Interval[] {
  const gaps: Interval[] = []
  const lastSlot = Math.floor(toMs / gapPeriodMs)
  for (let slot = Math.floor(fromMs / gapPeriodMs) - 1; slot <= lastSlot; slot++) {
    const gap = findGap(cameraNumber, slot)
    if (gap.fromMs < toMs && gap.toMs > fromMs) gaps.push(gap)
  }
  return gaps
}

/** What is left of `[fromMs, toMs)` without the gaps, oldest first; the archive's ends are not considered. */
export function subtractGaps(cameraNumber: number, fromMs: number, toMs: number): Interval[] {
  const intervals: Interval[] = []
  let startMs = fromMs
  for (const gap of findGaps(cameraNumber, fromMs, toMs)) {
    if (gap.fromMs > startMs) intervals.push({ fromMs: startMs, toMs: gap.fromMs })
    startMs = Math.max(startMs, gap.toMs)
  }
  if (startMs < toMs) intervals.push({ fromMs: startMs, toMs })
  return intervals
}

/** What is recorded of `[fromMs, toMs)`, oldest first: at most 48 h before `nowMs`, nothing after it, gaps left out. */
export function recordedIntervals(cameraNumber: number, fromMs: number, toMs: number, nowMs: number): Interval[] {
  const startMs = Math.max(fromMs, nowMs - archiveDepthMs)
  const endMs = Math.min(toMs, nowMs)
  return startMs < endMs ? subtractGaps(cameraNumber, startMs, endMs) : []
}

/** Number of the first frame of the global grid at or after a UTC time. Frame k is at k × 1000 / 15 ms. */
export function firstFrameAt(unixMs: number): number {
  return Math.ceil((unixMs * framesPerSecond) / 1000)
}

/** UTC time of frame k of the grid, rounded down: `fromMs ≤ t < toMs` then holds exactly for the frames of a range. */
export function frameTimeMs(frame: number): number {
  return Math.floor((frame * 1000) / framesPerSecond)
}
