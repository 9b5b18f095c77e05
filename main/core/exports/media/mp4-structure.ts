// Walks every top-level box of an MP4 or MOV and says what is cut or broken; on the way it finds where media and producer
// times stand. Reads box headers only.
import type { FileWindow } from './file-window.ts'
import { BrokenBox, walkBoxes } from './mp4-boxes.ts'
import type { Box } from './mp4-boxes.ts'

export interface Mp4Structure {
  problems: string[]
  movie: Box | null
  firstMedia: Box | null
  lastMedia: Box | null
  /** Producer reference times: the first and the last one. */
  firstTime: Box | null
  lastTime: Box | null
}

/** Rejects with the signal's reason when aborted. */
export async function readMp4Structure(window: FileWindow, signal: AbortSignal): Promise<Mp4Structure> {
  const structure: Mp4Structure = {
    problems: [],
    movie: null,
    firstMedia: null,
    lastMedia: null,
    firstTime: null,
    lastTime: null,
  }
  try {
    for await (const box of walkBoxes(window, 0, window.sizeBytes)) {
      signal.throwIfAborted()
      takeBox(structure, box, window.sizeBytes)
    }
  } catch (error) {
    if (!(error instanceof BrokenBox)) throw error
    structure.problems.push(`The structure of the file is broken at byte ${error.start}.`)
  }
  return structure
}

function takeBox(structure: Mp4Structure, box: Box, fileBytes: number): void {
  const missing = box.start + box.sizeBytes - fileBytes
  if (missing > 0) structure.problems.push(`The file is cut: its part “${box.type}” should be ${missing} bytes longer.`)
  if (box.type === 'moov') structure.movie ??= box
  if (box.type === 'mdat') {
    structure.firstMedia ??= box
    structure.lastMedia = box
  }
  if (box.type === 'prft') {
    structure.firstTime ??= box
    structure.lastTime = box
  }
}
