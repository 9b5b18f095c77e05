// The places, plans, cameras, faces, plates and lists the vms server begins with.
// Knows nothing of what requests do with them.
import { siteCameras } from '../../world.ts'
import type { SiteCamera } from '../../world.ts'
import type { Store } from '../vms/store.ts'
import type { Fields } from '../vms/tables.ts'
import { knownPersonCount, knownPlateCount, makeDescriptor, plateNumbers } from './people-seen.ts'
import { makePicture } from './picture.ts'
import { drawNumber, drawUuid } from './random.ts'

const places = [
  { name: 'Main entrance', description: 'Ground floor', latitude: 59.9386, longitude: 30.3141 },
  { name: 'Двор и парковка', latitude: 59.9391, longitude: 30.3155 },
  { name: 'Коридоры', description: '1–3 floor', latitude: 59.9382, longitude: 30.316 },
  { name: 'Lifts', latitude: 55.7522, longitude: 37.6156 },
  { name: 'Empty place' },
]

function seedUpload(store: Store, kind: string, number: number, nowMs: number, more: Fields = {}): string {
  const id = drawUuid('upload', kind, number)
  store.uploads.insert({ mime_type: 'image/png', kind, ...more }, nowMs, id)
  store.contents.set(id, makePicture(drawNumber('upload', kind, number)))
  return id
}

/** Camera 16 has no device address, as cameras that were added by their stream link only. */
function describeDevice(camera: SiteCamera): Fields {
  if (camera.number === 16) return {}
  return { onvif_host: `192.0.2.${camera.number}`, onvif_port: 80, onvif_login: 'admin', onvif_password: 'not shown' }
}

function seedCameras(store: Store, nowMs: number): void {
  for (const camera of siteCameras) {
    const fields = {
      name: camera.name,
      place_id: camera.placeId,
      source: { type: 'rtsp', rtsp_link: `rtsp://192.0.2.${camera.number}:554/stream1` },
      video_analytics: { face_recognition: true, plate_recognition: true },
      video_storage: { enabled: true, depth_hours: 48 },
      video_streaming: { enabled: true, stream_id: camera.streamUuid },
      ...(camera.number % 2 === 1 ? { ptz: { enabled: true } } : {}),
      ...describeDevice(camera),
      scheduler_group: `group-${1 + (camera.number % 2)}`,
      scheduler_tags: ['site', camera.video],
    }
    store.cameras.insert(fields, nowMs, camera.uuid)
  }
}

function seedPlans(store: Store, nowMs: number): void {
  const names = ['Entrance hall', 'Yard', 'Second floor', 'Plan without cameras']
  for (const [index, name] of names.entries()) {
    const image = seedUpload(store, 'plan', index + 1, nowMs)
    const plan = store.plans.insert({ name, place_id: index + 1, image_id: image }, nowMs)
    const cameras = index === 3 ? [] : siteCameras.filter(({ placeId }) => placeId === index + 1).slice(0, 3)
    for (const [position, { uuid }] of cameras.entries()) {
      store.planCameras.add(plan.id, uuid, { x: 0.2 + position * 0.3, y: 0.5 })
    }
  }
}

function seedFaces(store: Store, nowMs: number): void {
  const lists = [
    { name: 'Employees', description: 'May pass', priority: 'low' },
    { name: 'Розыск', priority: 'high' },
    { name: 'Empty face list', priority: 'medium' },
  ]
  for (const list of lists) store.faceLists.insert(list, nowMs)
  for (let person = 1; person <= knownPersonCount; person++) {
    const sex = person % 2 === 0 ? 'm' : 'f'
    const born = `19${70 + person}-0${person}-15`
    const face = store.faces.insert(
      { full_name: `Person ${person}`, sex, birth_date: born, document_number: `40 00 ${100000 + person}` },
      nowMs,
    )
    const rect = { x_min: 12, y_min: 8, x_max: 40, y_max: 36 }
    const meta = { detection: { rect, landmarks: [] }, descriptor: makeDescriptor(person, 0) }
    store.faceImages.add(face.id, seedUpload(store, 'face_image', person, nowMs, { meta }))
    if (person <= 6) store.listFaces.add(person <= 4 ? 1 : 2, face.id)
  }
  // Faces without a list and without an image, for what needs such.
  store.faces.insert({ full_name: 'Nobody seen' }, nowMs)
}

function seedPlates(store: Store, nowMs: number): void {
  const lists = [
    { name: 'Own vehicles', priority: 'low' },
    { name: 'Чёрный список', description: 'Not to be let in', priority: 'high' },
    { name: 'Empty plate list', priority: 'medium' },
  ]
  for (const list of lists) store.plateLists.insert(list, nowMs)
  for (const [index, number] of plateNumbers.slice(0, knownPlateCount).entries()) {
    const image = seedUpload(store, 'vehicle_image', index + 1, nowMs)
    const vehicle = { vehicle_manufacturer: 'Lada', vehicle_model: 'Niva', vehicle_type: 'car', vehicle_color: 'white' }
    const owner = { owner_full_name: `Owner ${index + 1}`, owner_birth_date: '1980-05-06' }
    const plate = store.plates.insert({ number, ...owner, ...vehicle, vehicle_image_id: image }, nowMs)
    if (index < 6) store.listPlates.add(index < 4 ? 1 : 2, plate.id)
  }
}

/** The ids of places are those `SiteCamera.placeId` speaks of; cameras and streams have the ids of the world. */
export function seedSite(store: Store, nowMs: number): void {
  for (const place of places) store.places.insert(place, nowMs)
  store.groupPlaces.add(1, 1)
  store.groupPlaces.add(2, 2)
  seedCameras(store, nowMs)
  seedPlans(store, nowMs)
  seedFaces(store, nowMs)
  seedPlates(store, nowMs)
  seedUpload(store, 'avatar', 1, nowMs)
  seedUpload(store, 'logo', 1, nowMs)
}
