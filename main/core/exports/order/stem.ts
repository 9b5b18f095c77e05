// File names out of untrusted text: valid on every file system, Windows included. Knows nothing of cameras or folders.

/** Longest stem in bytes of UTF-8. With `.original.mov.part` behind it a name stays far below the usual limit of 255. */
export const longestStemBytes = 120
/** What a text becomes of which nothing is left. */
const emptyStem = 'unnamed'
const longestInput = 4096

const forbidden = /[<>:"/\\|?*]/g
/** Controls, surrogates, private and unassigned characters, and everything that has no picture: bidi marks, joiners… */
const invisible = /[\p{C}\p{Default_Ignorable_Code_Point}]/gu
const leading = /^[\s.~-]+/u
const trailing = /[\s.]+$/u
/** Names of devices in Windows, with or without an extension (Microsoft, "Naming Files, Paths, and Namespaces"). */
const reserved = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/i
/** Endings that an export gives to its own files: a stem must not end with one, or `a.original` would meet `a`'s original. */
const ownEnding = /\.(original|viewing|viewing-copy|suspect|part|srt|mp4|mkv|mov|ts|tmp|json)$/i

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const encoder = new TextEncoder()

export function countBytes(text: string): number {
  return encoder.encode(text).length
}

/** A name without extension that holds the rules of "Names" in the design: NFC, never empty, at most `limitBytes` of UTF-8. */
export function sanitizeStem(text: string, limitBytes = longestStemBytes): string {
  const clean = cleanText(text).replace(leading, '')
  const free = reserved.test(clean) ? `_${clean}` : clean
  const stem = cutToBytes(free, limitBytes).replace(trailing, '')
  return stem === '' ? emptyStem : stem.replace(ownEnding, '_$1')
}

/** Text fit to stand inside a name: forbidden characters become `_`, invisible ones go, white space is one space. */
export function cleanText(text: string): string {
  const visible = text
    .slice(0, longestInput)
    .normalize('NFC')
    .replace(/\p{White_Space}+/gu, ' ')
    .replace(invisible, '')
    .replaceAll('\uFFFD', '')
  return visible.normalize('NFC').replace(forbidden, '_').replace(/ {2,}/g, ' ').trim()
}

/** The longest beginning of at most that many bytes which ends between two graphemes (or code points of a giant one). */
export function cutToBytes(text: string, limitBytes: number): string {
  if (text.length * 3 <= limitBytes || countBytes(text) <= limitBytes) return text
  const byGraphemes = takeWhileFits(
    Array.from(graphemes.segment(text), (part) => part.segment),
    limitBytes,
  )
  return byGraphemes === '' ? takeWhileFits(Array.from(text), limitBytes) : byGraphemes
}

/**
 * Two names with equal keys may be one file on some file system. Coarser than any of them on purpose: ignores case,
 * composition, compatibility forms, and the dot that tells the Turkish i from ı.
 */
export function foldName(name: string): string {
  const folded = name.normalize('NFKD').toLowerCase().toUpperCase().normalize('NFKD')
  return folded.replaceAll('\u0307', '').normalize('NFKC')
}

function takeWhileFits(pieces: readonly string[], limitBytes: number): string {
  let taken = ''
  let bytes = 0
  for (const piece of pieces) {
    bytes += countBytes(piece)
    if (bytes > limitBytes) break
    taken += piece
  }
  return taken
}
