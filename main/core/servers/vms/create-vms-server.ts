// The `vms` dialect (document 001) behind VideoServer. Its types stay in this folder.
import { z } from 'zod'
import { isAppError } from '#contract/errors.ts'
import type { Download, Range } from '#contract/servers.ts'
import { originOf } from '../connection.ts'
import type { Connection } from '../connection.ts'
import { parseReply } from '../parse-reply.ts'
import { formatInstant, parseServerTime } from '../server-time.ts'
import type { VideoServer } from '../video-server.ts'
import { createSegmentCoverage } from './coverage.ts'
import { zCurrentUser, zVideoClip } from './generated/zod.gen.ts'
import { listCameras, readCamera, readCameras } from './list-cameras.ts'
import type { VmsCamera } from './list-cameras.ts'
import { orderClip } from './order-clip.ts'
import { streamIdsOf } from './stream-id.ts'
import { createVmsSession } from './vms-session.ts'
import type { VmsSession } from './vms-session.ts'

/** New permissions may come with a newer server: any name is taken. */
const accountSchema = zCurrentUser
  .pick({ email: true })
  .extend(zCurrentUser.pick({ first_name: true, last_name: true }).partial().shape)
  .extend({ permissions: z.array(z.string()) })

const historySchema = z.object({
  videoclips: z.array(
    zVideoClip.pick({
      id: true,
      camera_id: true,
      camera_name: true,
      range_start: true,
      range_end: true,
      created_at: true,
      status: true,
    }),
  ),
})

const streamsKept = 10_000

export function createVmsServer(connection: Connection): VideoServer {
  const session = createVmsSession(connection)
  const segments = createSegmentCoverage(session, connection.ports.clock.now)
  const streamIds = new Map<string, string>()

  const remember = (camera: VmsCamera): void => {
    if (streamIds.size >= streamsKept) streamIds.clear()
    streamIds.set(camera.id, streamIdsOf(camera).main)
  }

  /** The camera id itself where the camera cannot be read: the server then says what it thinks of it. */
  async function streamIdFor(cameraId: string, signal: AbortSignal): Promise<string> {
    if (!streamIds.has(cameraId)) {
      const camera = await readCamera(session, cameraId, signal).catch((error: unknown) => {
        if (isAppError(error, 'forbidden')) return null
        throw error
      })
      if (camera !== null) remember(camera)
    }
    return streamIds.get(cameraId) ?? cameraId
  }

  return {
    serverId: connection.serverId,
    dialect: 'vms',
    get origin() {
      return originOf(connection)
    },
    async account({ signal }) {
      const reply = await session.call({ method: 'GET', path: '/users/me' }, signal)
      const user = parseReply(accountSchema, reply.json(), reply)
      const name = `${user.first_name ?? ''} ${user.last_name ?? ''}`.trim()
      return { name: name === '' ? user.email : name, permissions: user.permissions }
    },
    listCameras: (query, { signal }) => listCameras(session, query, signal, remember),
    async findCameras(ids, { signal }) {
      try {
        return await readCameras(session, ids, signal, remember)
      } catch (error) {
        if (isAppError(error, 'forbidden')) return 'not-allowed'
        throw error
      }
    },
    async coverage(cameraId, range, { signal }) {
      return segments.read(await streamIdFor(cameraId, signal), range, signal)
    },
    orderArchive: (order, context) => orderClip(connection, session, order, context),
    history: (created, limit, { signal }) => listClips(connection, session, created, limit, signal),
    signOut: ({ signal }) => session.signOut(signal),
  }
}

/** The clips of the account are its history. The list takes neither cursor nor limit (note PL1): what comes is all. */
async function listClips(
  connection: Connection,
  session: VmsSession,
  created: Range,
  limit: number,
  signal: AbortSignal,
): Promise<Download[]> {
  const { zone } = connection.describe().settings
  const [from, to] = [created.fromMs, created.toMs].map((unixMs) => formatInstant(unixMs, zone))
  const query = { created_at_start: from, created_at_end: to }
  const reply = await session.call({ method: 'GET', path: '/videoclips', query }, signal)
  const { videoclips } = parseReply(historySchema, reply.json(), reply)
  return videoclips.slice(0, limit).map((clip) => {
    const fromMs = parseServerTime(clip.range_start, zone)
    const toMs = parseServerTime(clip.range_end, zone)
    return {
      id: clip.id,
      name: clip.camera_name,
      cameraId: clip.camera_id,
      range: fromMs === null || toMs === null ? null : { fromMs, toMs },
      createdAtMs: parseServerTime(clip.created_at, zone) ?? 0,
      isFilePresent: clip.status === 'done',
      userLogin: '',
    }
  })
}
