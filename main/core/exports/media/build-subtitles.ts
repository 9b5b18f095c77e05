// Writes the subtitles beside a video: camera and local time of every second, and the gaps. Pure.
import type { Gap } from '#contract/exports.ts'
import { formatLocal } from '../order/index.ts'

export interface SubtitleOrder {
  camera: string
  /** Gaps in absolute time; those outside the video are ignored. */
  gaps: readonly Gap[]
  /** Length of the video. */
  durationMs: number
  /** IANA zone or offset of the times. */
  zone: string
  /** Unix time of the first picture. */
  startMs: number
  /** Where the first picture stands in the file; 0 unless the sound begins much earlier. */
  offsetMs?: number
  /** The server closed up its gaps: after a gap the video goes on at once, and only the clock jumps. */
  isClosedUp?: boolean
}

const secondMs = 1000

/**
 * SubRip with CR LF, which is its original form and taken by every player, in UTF-8. A cue lasts to the next full second;
 * a gap is one cue. Empty for a video without length.
 */
export function buildSubtitles(order: SubtitleOrder): string {
  const { zone, startMs, durationMs, offsetMs = 0, isClosedUp = false } = order
  const name = cleanName(order.camera)
  const cues: string[] = []
  /** How much later the clock is than the video. */
  let aheadMs = startMs - offsetMs

  function add(fromMs: number, toMs: number, text: string): void {
    const times = `${formatCueTime(fromMs - aheadMs)} --> ${formatCueTime(toMs - aheadMs)}`
    cues.push(`${cues.length + 1}\r\n${times}\r\n${name}\r\n${text}\r\n`)
  }

  let positionMs = startMs
  let endMs = startMs + durationMs
  function addSeconds(untilMs: number): void {
    while (positionMs < untilMs) {
      const nextMs = Math.min(untilMs, (Math.floor(positionMs / secondMs) + 1) * secondMs)
      add(positionMs, nextMs, formatSecond(positionMs, zone))
      positionMs = nextMs
    }
  }

  for (const gap of sortGaps(order.gaps)) {
    if (gap.fromMs >= endMs) break
    addSeconds(gap.fromMs)
    if (isClosedUp) endMs += Math.max(0, gap.toMs - positionMs)
    const toMs = Math.min(gap.toMs, endMs)
    if (toMs <= positionMs) continue
    if (isClosedUp) aheadMs += toMs - positionMs
    else add(positionMs, toMs, `No recording: ${formatSecond(positionMs, zone)} – ${formatSecond(toMs, zone)}`)
    positionMs = toMs
  }
  addSeconds(endMs)
  return cues.join('\r\n')
}

function sortGaps(gaps: readonly Gap[]): Gap[] {
  return [...gaps].sort((one, other) => one.fromMs - other.fromMs)
}

function formatSecond(unixMs: number, zone: string): string {
  return formatLocal(Math.floor(unixMs / secondMs) * secondMs, zone)
}

function formatCueTime(ms: number): string {
  const whole = Math.round(ms)
  const [hours, minutes, seconds] = [
    Math.floor(whole / 3_600_000),
    Math.floor(whole / 60_000) % 60,
    Math.floor(whole / 1000) % 60,
  ]
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds, 2)},${pad(whole % 1000, 3)}`
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0')
}

/** A name is one line without what players read as markup (`<b>`, `{\an8}`) or as the arrow of a cue. */
function cleanName(camera: string): string {
  const clean = camera
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll('-->', '→')
    .replace(/[<>]/g, (mark) => (mark === '<' ? '‹' : '›'))
    .replace(/[{}]/g, (mark) => (mark === '{' ? '(' : ')'))
    .trim()
  return clean === '' ? '–' : clean
}
