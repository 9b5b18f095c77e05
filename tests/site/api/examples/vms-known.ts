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

/** What serves for most operations; the period is the past twenty hours. */
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
    first_name: 'Site',
    last_name: 'Administrator',
    upload_data: makeFile(1),
    descriptor: { ...((image['meta'] as Known)['descriptor'] as Known), version: 1 },
    rtsp_link: 'rtsp://192.0.2.1:554/stream1',
    group_ids: [1],
  }
}

function describeClip(cameraId: unknown, nowMs: number): Known {
  return { camera_id: cameraId, range_start: writeTime(nowMs - 2 * hourMs), range_end: writeTime(nowMs - hourMs) }
}

type Preparations = Record<string, () => Promise<Known>>

/** Changes and removals work on rows made for them, so that the order of the operations does not matter. */
function prepareFreshRows(ask: Ask, shared: Known, nowMs: number): Preparations {
  const clip = describeClip(shared['camera_id'], nowMs)
  const kinds: Record<string, { idName: string; known?: (word: string) => Known }> = {
    Camera: { idName: 'camera_id' },
    Face: { idName: 'face_id' },
    FaceList: { idName: 'facelist_id' },
    Group: { idName: 'group_id' },
    Organization: { idName: 'organization_id' },
    Place: { idName: 'place_id' },
    Plan: { idName: 'plan_id' },
    Plate: { idName: 'plate_id', known: (word) => ({ number: `${word}Z` }) },
    PlateList: { idName: 'platelist_id' },
    Role: { idName: 'role_id' },
    User: { idName: 'user_id', known: (word) => ({ email: `${word}@site.example`, group_ids: [] }) },
    VideoClip: { idName: 'videoclip_id', known: () => clip },
  }
  const preparations: Preparations = {}
  for (const [kind, { idName, known = () => ({}) }] of Object.entries(kinds)) {
    for (const verb of ['update', 'delete']) {
      preparations[`${verb}${kind}`] = async () => {
        const row = await ask(`create${kind}`, { ...shared, name: `To ${verb}`, ...known(verb) })
        return { [idName]: row['id'], name: `After ${verb}`, ...known(`${verb}d`) }
      }
    }
  }
  return preparations
}

function know(known: Known): () => Promise<Known> {
  return async () => known
}

/** What lists and searches are asked for: something that is there from the start and is not changed. */
function prepareLists(nowMs: number): Preparations {
  const [from, to] = [writeTime(nowMs - hourMs), writeTime(nowMs + hourMs)]
  const times = { created_at_from: from, created_at_to: to, created_at_start: from, created_at_end: to }
  const circle = { latitude: 59.9386, longitude: 30.3141, radius: 1000 }
  return {
    listAuditLogs: know({ ...times, user_ids: [1], action_types: ['user_login'] }),
    listFaceLists: know({ name: 'Employees' }),
    listFaces: know({ full_name: 'Person 2' }),
    listPlaces: know({ ...circle, without_groups: false }),
    listPlateLists: know({ name: 'Own vehicles' }),
    listPlates: know({ number: 'A123BC77' }),
    listSegments: know({ ts_from: nowMs - hourMs, ts_to: nowMs }),
    listVideoClips: know(times),
    searchCameras: know({ query: 'Entrance' }),
    searchFaceEvents: know({ threshold: 0.5 }),
    searchGroups: know({ query: 'Guards' }),
    searchOrganizations: know({ query: 'Site' }),
    searchPlaces: know({ query: 'Empty place' }),
    searchPlans: know({ query: 'Entrance hall' }),
    searchPlateEvents: know({ number: 'A123BC77' }),
    searchUsers: know({ query: 'Administrator' }),
  }
}

/** What single operations need beyond the shared values. */
export function prepareOperations(ask: Ask, shared: Known, nowMs: number): Preparations {
  const plan = async (): Promise<Known> => ({ plan_id: (await ask('createPlan', { ...shared, name: 'Plan' }))['id'] })
  const newUser = (word: string) => async (): Promise<Known> => {
    const user = await ask('createUser', { ...shared, email: `${word}@site.example`, group_ids: [] })
    return { user_ids: [user['id']] }
  }
  const newUpload = async (): Promise<Known> => {
    const answer = await ask('createUpload', { ...shared, kind: 'face_image' })
    return { image_ids: [pickRow(answer, 'uploads')['id']] }
  }
  const newPreset = async (): Promise<Known> => {
    await ask('createOnvifPtzPreset', { ...shared, preset_name: 'Removed' })
    return { preset_name: 'Removed' }
  }
  return {
    ...prepareFreshRows(ask, shared, nowMs),
    ...prepareLists(nowMs),
    createFaceList: know({ name: 'New faces' }),
    createPlateList: know({ name: 'New plates' }),
    createPlate: know({ number: 'X997XX99' }),
    createUser: know({ email: 'created@site.example' }),
    createVideoClip: know(describeClip(shared['camera_id'], nowMs)),
    addFaceToFaceList: know({ facelist_id: 3 }),
    addPlateToPlateList: know({ platelist_id: 3 }),
    addFaceImages: newUpload,
    removeFaceImages: newUpload,
    addGroupMembers: newUser('member'),
    removeGroupMembers: newUser('former.member'),
    addGroupPlaces: know({ place_ids: [4] }),
    removeGroupPlaces: know({ place_ids: [4] }),
    addPlanCameras: plan,
    removePlanCameras: plan,
    setOnvifStreamEncoder: know({ resolution: '1280x720', bitrate: 512 }),
    setOnvifExposure: know({ value: 5000 }),
    applyOnvifPtzPreset: know({ preset_name: 'Gate' }),
    deleteOnvifPtzPreset: newPreset,
  }
}
