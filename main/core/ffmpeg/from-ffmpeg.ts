// The one place where a failed ffmpeg becomes an AppError with words for people.
import { AppError } from '#contract/errors.ts'

/** How a run ended that did not end well. */
export interface FfmpegFailure {
  exitCode: number | null
  /** Signal that ended it, when one did. */
  signalName: string | null
  /** The last 8 KiB of its messages. */
  stderrTail: string
}

const diskFull = /No space left on device|Disk quota exceeded|not enough space/i
const badMedia =
  /Invalid data found|moov atom not found|corrupt (input|decoded)|Packet corrupt|non.?monoton|Could not find codec parameters|error reading header|Invalid NAL|Truncat|Error while decoding|Decoding error|End of file/i

/** Pictures are asked for in every run. */
const noPictures = /does not contain any stream|matches no streams/

/** `disk-full`, `unsupported-media` (the input is to blame) or `tool-failed`; the message ends with ffmpeg's own last words. */
export function fromFfmpeg(failure: FfmpegFailure): AppError {
  const reason = lastUsefulLine(failure.stderrTail)
  const details = { exitCode: failure.exitCode, reason }
  if (diskFull.test(failure.stderrTail))
    return new AppError(
      'disk-full',
      'There is no room left for the finished file. The fetched bytes are kept; free some space.',
      { details },
    )
  if (noPictures.test(failure.stderrTail))
    return new AppError('unsupported-media', 'There are no pictures in the file.', { details })
  if (badMedia.test(failure.stderrTail))
    return new AppError('unsupported-media', `The video is damaged or of an unknown kind: ${reason}`, { details })
  const how = failure.signalName === null ? `with code ${failure.exitCode ?? 'none'}` : `by ${failure.signalName}`
  return new AppError('tool-failed', `ffmpeg ended ${how}: ${reason}`, { details })
}

/** ffmpeg's own last words in an error of `fromFfmpeg`; null for every other error. */
export function readFailureReason(error: unknown): string | null {
  const reason = error instanceof AppError ? error.details['reason'] : undefined
  return typeof reason === 'string' ? reason : null
}

/** What stands beside the message that says why, in versions 5 to 7. */
const chatter =
  /^\s*$|^\s*Last message repeated|^Conversion failed|^Error (writing trailer|closing file|opening output|parsing options)|^(Error )?[Ss]ubmitting|^Failed to set value|^To ignore this|^Parsed '|^Exiting |^video:|^size=/

/**
 * The message that says most: the last one marked fatal or error, else the last one at all. Folders are cut from paths
 * and the addresses of ffmpeg's objects left out.
 */
export function lastUsefulLine(stderrTail: string): string {
  const lines = stderrTail.split(/\r\n|\n|\r/).filter((line) => !chatter.test(stripMarks(line)))
  const line =
    lines.findLast((text) => /\[fatal\]/.test(text)) ?? lines.findLast((text) => /\[error\]/.test(text)) ?? lines.at(-1)
  return line === undefined ? 'it gave no reason' : stripMarks(line).slice(0, 300)
}

function stripMarks(line: string): string {
  return line
    .replace(/^(\[[^\]]*\] ?)+/, '')
    .replace(/(file:)?(?:[A-Za-z]:)?[\\/](?:[^\\/:\n]+[\\/])+/g, '')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
}
