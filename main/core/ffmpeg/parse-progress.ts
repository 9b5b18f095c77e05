// Reads the lines that `ffmpeg -progress` writes. Pure; a block of lines ends with progress=continue or progress=end.

export interface FfmpegProgress {
  /** Time stamp of what was written last, in milliseconds; null before the first packet (`N/A`). */
  outTimeMs: number | null
  /** Bytes written so far; null where the output cannot tell. */
  sizeBytes: number | null
  isEnd: boolean
}

const keys = new Set(
  'frame fps bitrate total_size out_time_us out_time_ms out_time dup_frames drop_frames speed progress'.split(' '),
)

export interface ProgressParser {
  /** True when the line belongs to the progress, so that it is not taken for a message. */
  push(line: string): boolean
}

/** Calls back once a block. */
export function createProgressParser(onProgress: (progress: FfmpegProgress) => void): ProgressParser {
  let block: Record<string, string> = {}
  return {
    push(line) {
      const match = /^(\w+)=\s*(\S*)\s*$/.exec(line)
      const [, key, value] = match ?? []
      if (key === undefined || value === undefined) return false
      if (!keys.has(key) && !/^stream_\d+_\d+_/.test(key)) return false
      block[key] = value
      if (key === 'progress') {
        onProgress(parseProgress(block))
        block = {}
      }
      return true
    },
  }
}

/** One block, as keys and values. `out_time_ms` is in microseconds too (a slip that ffmpeg keeps): `out_time_us` is read. */
export function parseProgress(block: Readonly<Record<string, string>>): FfmpegProgress {
  const outTimeUs = readNumber(block['out_time_us'])
  return {
    outTimeMs: outTimeUs === null ? null : outTimeUs / 1000,
    sizeBytes: readNumber(block['total_size']),
    isEnd: block['progress'] === 'end',
  }
}

function readNumber(text: string | undefined): number | null {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : null
}
