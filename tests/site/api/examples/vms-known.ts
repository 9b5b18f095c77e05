// The ids, times and bodies that the valid requests of the vms operations need, taken from the server or made there.
// Knows nothing of how requests are sent.
import { makePicture } from '../vms-data/picture.ts'
import type { Known } from './example-values.ts'

/** Sends a valid request of another operation and gives back its JSON answer. */
export type Ask = (operationId: string, known?: Known) => Promise<Record<string, unknown>>

const hourMs = 3_600_000

function writeTime(unixMs: number): string {
  return new Date(unixMs).toISOString()
}

function makeFile(seed: number): object {
  return { name: 'picture.png', mediaType: 'image/png', bytes: makePicture(seed) }
}

function pickRow(answer: Record<string, unknown>, key: string, fits = (_row: Known) => true): Known {
  const row = (answer[key] as Known[]).find(fits)
  if (row === undefined) throw new Error(`no row of ${key} fits`)
  return row
}

/** What serves for most operations; the period is the past hour. */
export async function learnKnown(ask: Ask, nowMs: number): Promise<Known> {
  const camera = pickRow(await ask('listCameras'), 'cameras')
  const stream = (camera['video_streaming'] as Known)['stream_id']
  const period = { ts_from: writeTime(nowMs - 20 * hourMs), ts_to: writeTime(nowMs) }
  const face = pickRow(await ask('listFaces'), 'faces')
  const image = (face['images'] as Known[])[0]!
  const audit = pickRow(await ask('listAuditLogs', { limit: 10 }), 'auditlogs')
  const event = pickRow(await ask('listEvents', { ...period, event_type: 'face_recognition' }), 'events')
  const upload = image['id']
  const clip = await ask('createVideoClip', describeClip(camera['id'], nowMs))
  const pictures = { avatar_id: upload, logo_id: upload, image_id: upload, vehicle_image_id: upload }
  const ids = { camera_id: camera['id'], camera_ids: [camera['id']], stream_id: stream, event_id: event['event_id'] }
  return {
    ...period,
    ...ids,
    ...pictures,
    upload_id: upload,
    auditlog_id: audit['id'],
    videoclip_id: clip['id'],
    username: 'admin',
    upload_data: makeFile(1),
    descriptor: { ...((image['meta'] as Known)['descriptor'] as Known), version: 1 },
    rtsp_link: 'rtsp://192.0.2.1:554/stream1',
    group_ids: [1],
  }
}

function describeClip(cameraId: unknown, nowMs: number): Known {
  return { camera_id: cameraId, range_start: writeTime(nowMs - 2 * hourMs), range_end: writeTime(nowMs - hourMs) }
}

/** Removals work on rows made for them, so that the order of the operations does not matter. */
function prepareRemovals(ask: Ask, shared: Known, nowMs: number): Record<string, () => Promise<Known>> {
  const fresh = (singular: string, idName: string, known: Known = {}) => {
    return async (): Promise<Known> => {
      const name = `Removed ${singular}`
      const row = await ask(`create${singular}`, { ...shared, name, email: 'leaving@site.example', ...known })
      return { [idName]: row['id'] }
    }
  }
  return {
    deleteCamera: fresh('Camera', 'camera_id'),
    deleteFaceList: fresh('FaceList', 'facelist_id'),
    deleteFace: fresh('Face', 'face_id'),
    deleteGroup: fresh('Group', 'group_id'),
    deleteOrganization: fresh('Organization', 'organization_id'),
    deletePlace: fresh('Place', 'place_id'),
    deletePlan: fresh('Plan', 'plan_id'),
    deletePlateList: fresh('PlateList', 'platelist_id'),
    deletePlate: fresh('Plate', 'plate_id', { number: 'X999XX99' }),
    deleteRole: fresh('Role', 'role_id'),
    deleteUser: fresh('User', 'user_id', { group_ids: [] }),
    deleteVideoClip: fresh('VideoClip', 'videoclip_id', describeClip(shared['camera_id'], nowMs)),
    updatePlate: fresh('Plate', 'plate_id', { number: 'X998XX99' }),
  }
}

/** What single operations need beyond the shared values. */
export function prepareOperations(ask: Ask, shared: Known, nowMs: number): Record<string, () => Promise<Known>> {
  const know = (known: Known) => async (): Promise<Known> => known
  const placeAt = { latitude: 59.9386, longitude: 30.3141, radius: 1000 }
  const email = { email: 'changed@site.example' }
  const plan = async (): Promise<Known> => ({ plan_id: (await ask('createPlan', { ...shared, name: 'Plan' }))['id'] })
  const newUser = (name: string) => async (): Promise<Known> => {
    const user = await ask('createUser', { ...shared, email: `${name}@site.example`, group_ids: [] })
    return { user_id: user['id'], user_ids: [user['id']], email: `${name}.renamed@site.example` }
  }
  const newUpload = async (): Promise<Known> => {
    const answer = await ask('createUpload', { ...shared, kind: 'face_image' })
    return { image_ids: [pickRow(answer, 'uploads')['id']] }
  }
  return {
    ...prepareRemovals(ask, shared, nowMs),
    createFaceList: know({ name: 'New faces' }),
    createPlateList: know({ name: 'New plates' }),
    createPlate: know({ number: 'X997XX99' }),
    createUser: know({ ...email, group_ids: [1] }),
    createVideoClip: know(describeClip(shared['camera_id'], nowMs)),
    addFaceToFaceList: know({ facelist_id: 3 }),
    addPlateToPlateList: know({ platelist_id: 3 }),
    addFaceImages: newUpload,
    removeFaceImages: newUpload,
    addGroupMembers: newUser('added'),
    removeGroupMembers: newUser('removed'),
    updateUser: newUser('updated'),
    addGroupPlaces: know({ place_ids: [4] }),
    removeGroupPlaces: know({ place_ids: [4] }),
    addPlanCameras: plan,
    removePlanCameras: plan,
    listPlaces: know(placeAt),
    setOnvifStreamEncoder: know({ resolution: '1280x720', bitrate: 512 }),
    setOnvifExposure: know({ value: 5000 }),
    applyOnvifPtzPreset: know({ preset_name: 'Gate' }),
    deleteOnvifPtzPreset: know({ preset_name: 'Example text' }),
    listSegments: know({ ts_from: nowMs - hourMs, ts_to: nowMs }),
    searchUsers: know({ query: 'Site' }),
    searchPlateEvents: know({ number: 'A123BC77' }),
  }
}
