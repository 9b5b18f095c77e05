// Orders a clip of the archive and waits until it can be fetched (document 001, 27).
import { AppError, isAppError } from '#contract/errors.ts'
import type { Range } from '#contract/servers.ts'
import type { HttpReply } from '#core/http/index.ts'
import { originOf, resolveLink } from '../connection.ts'
import type { Connection } from '../connection.ts'
import { parseReply } from '../parse-reply.ts'
import { formatInstant, parseServerTime } from '../server-time.ts'
import type { ArchiveLink, ArchiveOrder, CallContext } from '../video-server.ts'
import { zVideoClip } from './generated/zod.gen.ts'
import type { VmsSession } from './vms-session.ts'

const clipSchema = zVideoClip.pick({
  id: true,
  range_start: true,
  range_end: true,
  progress: true,
  result: true,
  status: true,
})
type Clip = ReturnType<typeof readClip>

export interface ClipContext extends CallContext {
  onProgress?: (fraction: number) => void
  onClip?: (clipId: string) => void | Promise<void>
}

/**
 * A clip ordered before is asked for first, and a new one ordered only when that one is gone or failed. Errors as
 * VideoServer.orderArchive; `unreachable` when the server has lost the clip in the making, `timed-out` when it is not done
 * within `clipMs`, `bad-reply` with `serverStatus` when the server gave up on it.
 */
export async function orderClip(
  connection: Connection,
  session: VmsSession,
  order: ArchiveOrder,
  context: ClipContext,
): Promise<ArchiveLink> {
  const earlier = order.clipId === null ? null : await readUsableClip(session, order.clipId, context.signal)
  if (earlier !== null) return waitForClip(connection, session, earlier, order, context)
  const { zone } = connection.describe().settings
  const json = {
    camera_id: order.cameraId,
    range_start: formatInstant(order.range.fromMs, zone),
    range_end: formatInstant(order.range.toMs, zone),
  }
  const reply = await session.call({ method: 'POST', path: '/videoclips', json, retry: 'never' }, context.signal)
  const clip = readClip(reply)
  await context.onClip?.(clip.id)
  try {
    return await waitForClip(connection, session, clip, order, context)
  } catch (error) {
    if (context.signal.aborted && context.onClip === undefined) await deleteClip(connection, session, clip.id)
    throw error
  }
}

async function readUsableClip(session: VmsSession, clipId: string, signal: AbortSignal): Promise<Clip | null> {
  try {
    const clip = await getClip(session, clipId, signal)
    return clip.status === 'failed' || clip.status === 'aborted' ? null : clip
  } catch (error) {
    if (isAppError(error, 'not-found') || isAppError(error, 'invalid-input')) return null
    throw error
  }
}

async function waitForClip(
  connection: Connection,
  session: VmsSession,
  ordered: Clip,
  order: ArchiveOrder,
  context: ClipContext,
): Promise<ArchiveLink> {
  const { clock, deadlines } = connection.ports
  const orderedAtMs = clock.now()
  for (let clip = ordered; ; clip = await getKnownClip(connection, session, ordered.id, context.signal)) {
    const link = linkOf(connection, clip, order.range, orderedAtMs)
    if (link !== null) return link
    context.onProgress?.(fractionOf(clip.progress ?? 0))
    if (clock.now() - orderedAtMs > deadlines.clipMs) {
      const message = `${originOf(connection)} has not finished the clip in time. It is kept there; try again later.`
      throw new AppError('timed-out', message, { details: { clipId: clip.id } })
    }
    await clock.sleep(deadlines.clipPollMs, context.signal).catch((cause: unknown) => {
      throw new AppError('cancelled', 'Cancelled.', { cause })
    })
  }
}

/** Null while the clip is in the making. */
function linkOf(connection: Connection, clip: Clip, asked: Range, orderedAtMs: number): ArchiveLink | null {
  const origin = originOf(connection)
  if (clip.status === 'failed' || clip.status === 'aborted') {
    const what = clip.status === 'failed' ? 'could not make the clip' : 'ended the making of the clip'
    const details = { origin, clipId: clip.id, serverStatus: clip.status }
    throw new AppError('bad-reply', `${origin} ${what} of this range. Try again, or choose a shorter range.`, {
      details,
    })
  }
  if (clip.status !== 'done') return null
  if (clip.result === undefined) {
    const details = { origin, path: 'result.url', expected: 'the address of a finished clip' }
    throw new AppError('bad-reply', `${origin} says the clip is done but not where it is.`, { details })
  }
  return {
    url: resolveLink(connection, clip.result.url),
    orderedAtMs,
    clipId: clip.id,
    statedRange: statedRange(connection, clip, asked),
  }
}

/** What the server says it cut; null where that cannot be read or is merely the question given back. */
function statedRange(connection: Connection, clip: Clip, asked: Range): Range | null {
  const { zone } = connection.describe().settings
  const fromMs = parseServerTime(clip.range_start, zone)
  const toMs = parseServerTime(clip.range_end, zone)
  if (fromMs === null || toMs === null || fromMs >= toMs) return null
  return fromMs === asked.fromMs && toMs === asked.toMs ? null : { fromMs, toMs }
}

/** Whether progress is a fraction or percent is not stated (note VC3): above one it is percent. */
export function fractionOf(progress: number): number {
  const fraction = progress > 1 ? progress / 100 : progress
  return Math.min(1, Math.max(0, fraction))
}

async function getClip(session: VmsSession, clipId: string, signal: AbortSignal): Promise<Clip> {
  return readClip(await session.call({ method: 'GET', path: `/videoclips/${encodeURIComponent(clipId)}` }, signal))
}

/** A server that was restarted may know nothing of its clips any more: that passes, since the next order makes another one. */
async function getKnownClip(
  connection: Connection,
  session: VmsSession,
  clipId: string,
  signal: AbortSignal,
): Promise<Clip> {
  try {
    return await getClip(session, clipId, signal)
  } catch (error) {
    if (!isAppError(error, 'not-found')) throw error
    const message = `${originOf(connection)} has lost the clip that it was making. It will be ordered again.`
    throw new AppError('unreachable', message, { cause: error, details: { clipId } })
  }
}

function readClip(reply: HttpReply) {
  return parseReply(clipSchema, reply.json(), reply)
}

/** Nobody waits for it any more. Best effort: the account may not be allowed to delete. */
async function deleteClip(connection: Connection, session: VmsSession, clipId: string): Promise<void> {
  const path = `/videoclips/${encodeURIComponent(clipId)}`
  const deadline = AbortSignal.timeout(connection.ports.deadlines.connectMs)
  await session.call({ method: 'DELETE', path }, deadline).catch((error: unknown) => {
    const fields = { serverId: connection.serverId, code: isAppError(error) ? error.code : 'internal' }
    connection.ports.log({ level: 'info', event: 'servers.clipLeft', fields })
  })
}
