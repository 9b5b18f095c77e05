// The camera list of this dialect (document 002): a GET with a JSON body, at most 30 ids a call, null for none.
import { z } from 'zod'
import { AppError, isAppError } from '#contract/errors.ts'
import type { Camera } from '#contract/servers.ts'
import type { Connection } from '../connection.ts'
import { parseReply } from '../parse-reply.ts'
import type { CameraQuery } from '../video-server.ts'
import { zBillingCamera, zBillingCameraStream } from './generated/zod.gen.ts'
import { callVsaas } from './vsaas-api.ts'

/** "30 at most" (document 002). */
const idsPerCall = 30

/** What is used of a camera; which other fields are always there is not stated (note V20). */
const replySchema = z
  .array(
    zBillingCamera
      .pick({ id: true })
      .extend(zBillingCamera.pick({ name: true, status: true }).partial().shape)
      .extend({ streams: z.array(zBillingCameraStream.pick({ type: true })).optional() }),
  )
  .nullable()
type BillingCamera = NonNullable<z.infer<typeof replySchema>>[number]

type Selection = { cameras_ids: number[] } | { cameras_uuid: string[] } | { login: string }

const remedy =
  'This account may not list cameras: that list is meant for outside systems. Add an integrator token to the saved server, or name cameras by their id; exports work all the same.'

export interface BillingList {
  list(query: CameraQuery, signal: AbortSignal): Promise<Camera[]>
}

/** Remembers, as long as it lives, that a server reads the values from the query only. */
export function createBillingList(connection: Connection): BillingList {
  let isBodyIgnored = false

  async function ask(selection: Selection, signal: AbortSignal): Promise<BillingCamera[]> {
    try {
      return await askOnce(selection, isBodyIgnored, signal)
    } catch (error) {
      if (isBodyIgnored || !saysNothingSelected(error)) throw error
      const cameras = await askOnce(selection, true, signal).catch(() => {
        throw error
      })
      isBodyIgnored = true
      return cameras
    }
  }

  async function askOnce(selection: Selection, isQueryToo: boolean, signal: AbortSignal): Promise<BillingCamera[]> {
    const call = { method: 'GET', path: '/billing/cameras/list', token: 'list', forbidden: remedy } as const
    const query = isQueryToo ? { query: queryOf(selection) } : {}
    const reply = await callVsaas(connection, { ...call, json: selection, ...query }, signal)
    return parseReply(replySchema, reply.json(), { origin: reply.origin }) ?? []
  }

  async function list(query: CameraQuery, signal: AbortSignal): Promise<Camera[]> {
    const found = new Map<number, BillingCamera>()
    for (const selection of selectionsOf(query)) {
      if (found.size >= query.limit) break
      for (const camera of await ask(selection, signal)) found.set(camera.id, camera)
    }
    const text = query.text?.toLowerCase()
    const cameras = [...found.values()].map(toCamera)
    return cameras.filter(({ name }) => text === undefined || name.toLowerCase().includes(text)).slice(0, query.limit)
  }

  return { list }
}

/** Decimal ids are the server's own; any other text is an id of an outside system (note V04). */
function selectionsOf(query: CameraQuery): Selection[] {
  const ids = [...new Set(query.ids ?? [])]
  const own = ids.filter(isOwnId).map(Number)
  const outside = ids.filter((id) => !isOwnId(id))
  const selections = [
    ...chunks(own).map((part) => ({ cameras_ids: part })),
    ...chunks(outside).map((part) => ({ cameras_uuid: part })),
    ...(query.login === undefined ? [] : [{ login: query.login }]),
  ]
  if (selections.length > 0 || query.ids !== undefined) return selections
  const message =
    'This server has no list of all cameras: name them by id, or give the login of the user who sees them.'
  throw new AppError('invalid-input', message, { details: { reason: 'ids-needed', fields: { ids: message } } })
}

export function isOwnId(id: string): boolean {
  return /^[0-9]{1,15}$/.test(id)
}

function chunks<T>(list: readonly T[]): T[][] {
  const count = Math.ceil(list.length / idsPerCall)
  return Array.from({ length: count }, (_, index) => list.slice(index * idsPerCall, (index + 1) * idsPerCall))
}

/** A body on GET that was dropped on the way shows as a complaint about exactly these fields (note V01). */
function saysNothingSelected(error: unknown): boolean {
  if (!isAppError(error, 'invalid-input') || error.details['status'] !== 422) return false
  const fields = error.details['fields']
  return (
    typeof fields === 'object' &&
    fields !== null &&
    Object.keys(fields).some((field) => /^(cameras_ids|cameras_uuid|login)$/.test(field))
  )
}

function queryOf(selection: Selection): Record<string, string | string[]> {
  if ('login' in selection) return { login: selection.login }
  if ('cameras_ids' in selection) return { 'cameras_ids[]': selection.cameras_ids.map(String) }
  return { 'cameras_uuid[]': selection.cameras_uuid }
}

function toCamera(camera: BillingCamera): Camera {
  const kinds = new Set((camera.streams ?? []).map(({ type }) => (type === 'low' ? 'sub' : 'main')))
  return {
    id: String(camera.id),
    name: (camera.name ?? `Camera ${camera.id}`).slice(0, 1024),
    placeId: null,
    placeName: null,
    status: camera.status ?? null,
    streams: (['main', 'sub'] as const).filter((name) => kinds.has(name)).map((name) => ({ name, id: null })),
  }
}
