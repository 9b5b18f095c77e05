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
}

const secondMs = 1000

/**
 * SubRip with CR LF, which is its original form and taken by every player, in UTF-8. A cue lasts to the next full second;
 * a gap is one cue. Empty for a video without length.
 */
export function buildSubtitles({ camera, gaps, durationMs, zone, startMs, offsetMs = 0 }: SubtitleOrder): string {
  const name = cleanName(camera)
  const endMs = startMs + durationMs
  const inside = gaps
    .map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, startMs), toMs: Math.min(toMs, endMs) }))
    .filter(({ fromMs, toMs }) => fromMs < toMs)
    .sort((one, other) => one.fromMs - other.fromMs)
  const cues: string[] = []

  function add(fromMs: number, toMs: number, text: string): void {
    const times = `${formatCueTime(fromMs - startMs + offsetMs)} --> ${formatCueTime(toMs - startMs + offsetMs)}`
    cues.push(`${cues.length + 1}\r\n${times}\r\n${text}\r\n`)
  }

  let positionMs = startMs
  for (const gap of [...inside, { fromMs: endMs, toMs: endMs }]) {
    while (positionMs < gap.fromMs) {
      const nextMs = Math.min(gap.fromMs, (Math.floor(positionMs / secondMs) + 1) * secondMs)
      add(positionMs, nextMs, `${name}\r\n${formatSecond(positionMs, zone)}`)
      positionMs = nextMs
    }
    if (gap.toMs <= positionMs) continue
    add(
      positionMs,
      gap.toMs,
      `${name}\r\nNo recording: ${formatSecond(positionMs, zone)} – ${formatSecond(gap.toMs, zone)}`,
    )
    positionMs = gap.toMs
  }
  return cues.join('\r\n')
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
