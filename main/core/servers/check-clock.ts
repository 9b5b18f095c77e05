// "Check the clock": whether a server reads our times in the zone they are meant in (export.md, Verifying; F25). Knows no
// dialect and no file.
import { isAppError } from '#contract/errors.ts'
import type { ErrorCode } from '#contract/errors.ts'
import type { Range } from '#contract/servers.ts'
import type { ArchiveLink, VideoServer } from './video-server.ts'

const minuteMs = 60_000

/** An answer of this kind is "there is nothing", not a failure of the check. */
const nothingCodes: readonly ErrorCode[] = [
  'not-found',
  'invalid-input',
  'link-expired',
  'unsupported-media',
  'bad-reply',
]

/**
 * `misread`: a range wholly in the future yields media, so the server shifts what is asked. `right`: it yields nothing, and
 * a recent recorded range does. `undecided`: neither yields anything. Orders one or two archives. Errors other than
 * "nothing there" are those of ordering and fetching.
 */
export async function checkClock(options: {
  server: VideoServer
  cameraId: string
  nowMs: number
  /** Whether the link answers with at least one byte of media. */
  hasMedia: (link: ArchiveLink) => Promise<boolean>
  signal: AbortSignal
}): Promise<'right' | 'misread' | 'undecided'> {
  const { server, cameraId, hasMedia, signal } = options
  const nowMs = Math.floor(options.nowMs / 1000) * 1000

  async function yieldsMedia(range: Range): Promise<boolean> {
    try {
      return await hasMedia(await server.orderArchive({ cameraId, range, stream: 'main', clipId: null }, { signal }))
    } catch (error) {
      if (isAppError(error) && nothingCodes.includes(error.code)) return false
      throw error
    }
  }

  if (await yieldsMedia({ fromMs: nowMs + 5 * minuteMs, toMs: nowMs + 6 * minuteMs })) return 'misread'
  const past = await findRecorded(server, cameraId, nowMs, signal)
  return past !== null && (await yieldsMedia(past)) ? 'right' : 'undecided'
}

/** A minute that should have media: by the server's coverage, or a recent one where it tells none. Null: nothing recorded. */
async function findRecorded(
  server: VideoServer,
  cameraId: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<Range | null> {
  const day = { fromMs: nowMs - 24 * 60 * minuteMs, toMs: nowMs - 2 * minuteMs }
  const coverage = await server.coverage(cameraId, day, { signal })
  if (coverage.kind === 'unknown') return { fromMs: nowMs - 11 * minuteMs, toMs: nowMs - 10 * minuteMs }
  const last = coverage.intervals.findLast(({ fromMs, toMs }) => toMs - fromMs >= 2 * minuteMs)
  if (last === undefined) return null
  const toMs = Math.floor(last.toMs / 1000) * 1000
  return { fromMs: toMs - minuteMs, toMs }
}
