// Says what a fetched file is, by its bytes and never by its name or what a server called it.
import { AppError } from '#contract/errors.ts'
import { withFileWindow } from './file-window.ts'
import type { FileWindow } from './file-window.ts'
import type { Container } from './media-report.ts'
import { BrokenBox, findInside, walkBoxes } from './mp4-boxes.ts'
import type { Box } from './mp4-boxes.ts'
import { findTsLayout } from './ts-layout.ts'

/** Boxes with which an MP4 or MOV may begin. */
const openingBoxes = /^(ftyp|styp|moov|mdat|free|skip|wide|pnot|moof|sidx|prft|emsg|uuid)$/
/** The first element of every Matroska file (RFC 8794, 11.2.1). */
const ebmlMark = Buffer.from([0x1a, 0x45, 0xdf, 0xa3])
/** An index later than this among the boxes of a file without fragments is none that a recorder wrote. */
const mostBoxes = 4096

/**
 * Errors: unsupported-media for whatever is no MP4, MOV, MPEG-TS or Matroska (playlists, web pages, JSON, text, an empty
 * file), and for an MP4 without its index; those of the disk.
 */
export function inspectContainer(file: string): Promise<Container> {
  return withFileWindow(file, async (window) => {
    const head = Buffer.from(await window.read(0, 4096))
    if (head.length === 0) throw unsupported('The server sent an empty file.')
    if (openingBoxes.test(head.toString('latin1', 4, 8))) return inspectBoxes(window)
    if (findTsLayout(head)) return { kind: 'mpegts' }
    if (head.subarray(0, 4).equals(ebmlMark) && /matroska|webm/.test(head.toString('latin1')))
      return { kind: 'matroska' }
    throw unsupported(describeStranger(head))
  })
}

async function inspectBoxes(window: FileWindow): Promise<Container> {
  let movie: Box | null = null
  let media: Box | null = null
  let brand: string | null = null
  let boxes = 0
  try {
    for await (const box of walkBoxes(window, 0, window.sizeBytes)) {
      if (box.type === 'ftyp') brand ??= (await window.read(box.start + box.headerBytes, 4)).toString('latin1')
      if (box.type === 'moov') movie ??= box
      if (box.type === 'mdat' || box.type === 'moof') media ??= box
      if ((movie && media) || ++boxes > mostBoxes) break
    }
  } catch (error) {
    if (!(error instanceof BrokenBox)) throw error
  }
  if (!movie) throw unsupported('The video has no index (moov): it is cut off or damaged.')
  const isFragmented = (await findInside(window, movie, 'mvex')) !== null
  if (!media) throw unsupported('The video has an index but no pictures (mdat).')
  return {
    kind: brand === null || brand === 'qt  ' ? 'mov' : 'mp4',
    isFaststart: !isFragmented && movie.start < media.start,
    isFragmented,
  }
}

function describeStranger(head: Buffer): string {
  const text = head.toString('latin1').replace(/^ï»¿/, '').trimStart()
  if (/^#EXTM3U|^ffconcat|^v=0\r?\n|^\[playlist\]/i.test(text)) return 'The server sent a playlist instead of a video.'
  if (/^<(!doctype|html|\?xml|head|body)/i.test(text)) return 'The server sent a web page instead of a video.'
  if (/^[{[]/.test(text)) return 'The server sent a message (JSON) instead of a video.'
  if (/^[\t\n\r\x20-\x7e\x80-\xff]*$/.test(text)) return 'The server sent text instead of a video.'
  return 'The server sent a file that is no MP4, MOV, MPEG-TS or Matroska video.'
}

function unsupported(message: string): AppError {
  return new AppError('unsupported-media', message)
}
