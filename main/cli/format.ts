// Sizes, rates, durations and widths as people read them. Pure; the words come in as units.
import type { Texts } from './texts/index.ts'

type Units = Texts['unit']

/** Decimal, as disks are sold: `48.2 MB`. */
export function formatBytes(bytes: number, unit: Units): string {
  if (bytes < 1000) return `${Math.round(bytes)} ${unit.bytes}`
  if (bytes < 999_950) return `${(bytes / 1e3).toFixed(1)} ${unit.kilo}`
  if (bytes < 999_950_000) return `${(bytes / 1e6).toFixed(1)} ${unit.mega}`
  return `${(bytes / 1e9).toFixed(2)} ${unit.giga}`
}

/** `38.4 Mbit/s` */
export function formatRate(bytesPerSecond: number, unit: Units): string {
  const megabits = (bytesPerSecond * 8) / 1e6
  return `${megabits.toFixed(megabits < 100 ? 1 : 0)} ${unit.rate}`
}

/** `1 h 02 min`, `3 min 05 s`, `12 s` */
export function formatDuration(durationMs: number, unit: Units): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000))
  const pad = (value: number): string => String(value).padStart(2, '0')
  if (seconds < 60) return `${seconds} ${unit.second}`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${unit.minute} ${pad(seconds % 60)} ${unit.second}`
  return `${Math.floor(seconds / 3600)} ${unit.hour} ${pad(Math.floor((seconds % 3600) / 60))} ${unit.minute}`
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Columns that the text takes on a terminal; East Asian characters and emoji take two. */
export function measureWidth(text: string): number {
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += wide.test(segment) ? 2 : 1
  return width
}

/** Cuts to that many columns, with `…` where something is missing; with `isPadded` also fills up to them. */
export function fitWidth(text: string, columns: number, isPadded = false): string {
  const width = measureWidth(text)
  if (width <= columns) return isPadded ? text + ' '.repeat(columns - width) : text
  if (columns < 1) return ''
  let kept = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const next = wide.test(segment) ? 2 : 1
    if (used + next > columns - 1) break
    kept += segment
    used += next
  }
  return `${kept}…${isPadded ? ' '.repeat(Math.max(0, columns - used - 1)) : ''}`
}

/** Lines of at most that many columns, broken at spaces where there are any. Line feeds in the text stay. */
export function wrapText(text: string, columns: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(/(?<= )/)) {
      if (line !== '' && measureWidth((line + word).trimEnd()) > columns) {
        lines.push(line.trimEnd())
        line = ''
      }
      line += word
      while (measureWidth(line.trimEnd()) > columns) {
        const head = fitWidth(line, columns + 1).replace(/…$/, '')
        lines.push(head)
        line = line.slice(head.length)
      }
    }
    return [...lines, line.trimEnd()]
  })
}

/** Untrusted text for a terminal: no control characters, so no escape sequences, and on one line. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
}
