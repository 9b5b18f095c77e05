// The cameras of this dialect: pages by cursor, search, or one by one. Document 001, 2 and 12.8.
import { z } from 'zod'
import { AppError, isAppError } from '#contract/errors.ts'
import type { Camera } from '#contract/servers.ts'
import { mapLimited } from '../connection.ts'
import type { ApiCall } from '../connection.ts'
import { parseReply } from '../parse-reply.ts'
import type { CameraQuery } from '../video-server.ts'
import { zCamera, zCameraOrigin, zPagination } from './generated/zod.gen.ts'
import { streamIdsOf } from './stream-id.ts'
import type { VmsSession } from './vms-session.ts'

/** What is used of a camera. Its answer may hold the device's password (note CA3): never keep or log the rest. */
export const cameraSchema = zCamera
  .pick({ id: true, source: true, video_streaming: true })
  .extend(zCamera.pick({ place_id: true, source: true }).partial().shape)
  .extend({ name: z.string(), origin: zCameraOrigin.pick({ place_name: true }).optional() })
export type VmsCamera = z.infer<typeof cameraSchema>

const pageSchema = z.object({ pagination: zPagination.optional(), cameras: z.array(cameraSchema) })

/** Bounds of `limit` (document 001). */
const pageAtLeast = 10
const pageAtMost = 1000
const callsAtOnce = 4

/**
 * Follows the cursor until it is absent, empty, null or one that was there before, or until `limit`. `onCamera` sees every
 * camera as the server gave it.
 */
export async function listCameras(
  session: VmsSession,
  query: CameraQuery,
  signal: AbortSignal,
  onCamera: (camera: VmsCamera) => void,
): Promise<Camera[]> {
  if (query.login !== undefined) {
    throw new AppError('invalid-input', 'This server cannot list the cameras of another login. Leave it out.', {
      details: { reason: 'login-of-vms' },
    })
  }
  if (query.ids !== undefined)
    return (await readCameras(session, query.ids.slice(0, query.limit), signal, onCamera)).filter(fits(query))
  const cameras = new Map<string, Camera>()
  const seen = new Set<string>()
  for (let cursor: string | undefined; ;) {
    const limit = Math.min(pageAtMost, Math.max(pageAtLeast, query.limit - cameras.size))
    const reply = await session.call(pageCall(query, cursor, limit), signal)
    const page = parseReply(pageSchema, reply.json(), reply)
    for (const camera of page.cameras) {
      onCamera(camera)
      const mapped = toCamera(camera)
      if (fits(query)(mapped)) cameras.set(mapped.id, mapped)
    }
    const next = page.pagination?.cursor
    if (next === undefined || next === '' || seen.has(next) || cameras.size >= query.limit) break
    seen.add(next)
    cursor = next
  }
  return [...cameras.values()].slice(0, query.limit)
}

/** The cameras that exist, in the order of the ids; others are left out. Each id is asked for once. */
export async function readCameras(
  session: VmsSession,
  ids: readonly string[],
  signal: AbortSignal,
  onCamera: (camera: VmsCamera) => void,
): Promise<Camera[]> {
  const found = await mapLimited([...new Set(ids)], callsAtOnce, async (id) => {
    const camera = await readCamera(session, id, signal)
    if (camera !== null) onCamera(camera)
    return camera === null ? [] : [toCamera(camera)]
  })
  return found.flat()
}

/** Null when there is no such camera; an id that is no UUID is refused as invalid by the server, and is no camera either. */
export async function readCamera(session: VmsSession, id: string, signal: AbortSignal): Promise<VmsCamera | null> {
  try {
    const path = `/cameras/${encodeURIComponent(id)}`
    const reply = await session.call({ method: 'GET', path, query: { with_origin: true } }, signal)
    return parseReply(cameraSchema, reply.json(), reply)
  } catch (error) {
    if (isAppError(error, 'not-found') || isAppError(error, 'invalid-input')) return null
    throw error
  }
}

function pageCall(query: CameraQuery, cursor: string | undefined, limit: number): ApiCall {
  const paging = { with_origin: true, cursor, limit }
  if (query.text === undefined)
    return { method: 'GET', path: '/cameras', query: { ...paging, place_id: query.placeId } }
  return { method: 'POST', path: '/cameras/search', query: paging, json: { query: query.text }, retry: 'safe' }
}

/** The search cannot be narrowed to a place, nor ids by a text: that is done here. */
function fits(query: CameraQuery): (camera: Camera) => boolean {
  const text = query.text?.toLowerCase()
  return ({ id, name, placeId }) =>
    (query.placeId === undefined || placeId === query.placeId) &&
    (text === undefined || name.toLowerCase().includes(text) || id.toLowerCase() === text)
}

function toCamera(camera: VmsCamera): Camera {
  const streams = streamIdsOf(camera)
  return {
    id: camera.id,
    name: camera.name.slice(0, 1024),
    placeId: camera.place_id === undefined ? null : String(camera.place_id),
    placeName: camera.origin?.place_name ?? null,
    status: null,
    streams: [
      { name: 'main', id: streams.main },
      ...(streams.sub === null ? [] : [{ name: 'sub', id: streams.sub } as const]),
    ],
  }
}
