// Where the ffmpeg of the package ffmpeg-static lies, if it is installed. The package is GPL code: its file is found by
// path and run as a separate program, never imported.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Null when the package is absent; the file itself may still be missing (its download is optional). */
export function bundledFfmpegPath(): string | null {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('ffmpeg-static/package.json'))
    return join(folder, process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg')
  } catch {
    return null
  }
}
