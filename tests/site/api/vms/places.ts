// Places, plans and cameras of the vms dialect (sections 2, 12 and 13).
// Knows nothing of streams, archives or camera devices.
import { answerJson, badRequest, bodyFields, queryNumber, statusOk, writeTime } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { answerPage } from './paging.ts'
import { handleResource, needRow } from './resources.ts'
import type { Fields, Row } from './tables.ts'
import { describeUpload, needUpload } from './uploads.ts'
import type { VmsContext } from './vms-context.ts'

const earthRadiusM = 6_371_000

export function describePlace({ store }: VmsContext, place: Row<number>): Fields {
  return {
    ...place.fields,
    id: place.id,
    created_at: writeTime(place.createdAtMs),
    updated_at: writeTime(place.updatedAtMs),
    plan_count: store.plans.all().filter((plan) => plan.fields['place_id'] === place.id).length,
    camera_count: store.cameras.all().filter((camera) => camera.fields['place_id'] === place.id).length,
  }
}

function describePlan({ store }: VmsContext, plan: Row<number>, call: Call): Fields {
  const image = store.uploads.find(plan.fields['image_id'])
  return {
    ...plan.fields,
    id: plan.id,
    ...(image === undefined ? {} : { image_url: describeUpload(image, call)['url'] }),
    created_at: writeTime(plan.createdAtMs),
    updated_at: writeTime(plan.updatedAtMs),
  }
}

/** Plan and place a camera belongs to, for `origin` blocks. */
export function describeOrigin({ store }: VmsContext, camera: Row<string>): Fields {
  const planId = store.planCameras.lefts(camera.id)[0]
  const plan = store.plans.find(planId)
  const place = store.places.find(camera.fields['place_id'])
  return {
    ...(plan === undefined ? {} : { plan_id: plan.id, plan_name: plan.fields['name'] }),
    ...(place === undefined ? {} : { place_id: place.id, place_name: place.fields['name'] }),
    ...Object.fromEntries(
      ['description', 'latitude', 'longitude']
        .filter((name) => place?.fields[name] !== undefined)
        .map((name) => [`place_${name}`, place?.fields[name]]),
    ),
  }
}

/** The password of the device is not in answers: the document does not say whether it is masked (note CA3). */
export function describeCamera(context: VmsContext, camera: Row<string>, call: Call): Fields {
  const { onvif_password: _password, ...fields } = camera.fields
  const planId = context.store.planCameras.lefts(camera.id)[0]
  const hidden = context.switches.streamIds === 'camera' ? { video_streaming: { enabled: true } } : {}
  return {
    ...fields,
    ...hidden,
    id: camera.id,
    created_at: writeTime(camera.createdAtMs),
    updated_at: writeTime(camera.updatedAtMs),
    snapshot_url: `${call.origin}/api/v1/camerasnapshots/${camera.id}`,
    ...(planId === undefined ? {} : { plan_id: planId }),
    ...(call.query['with_origin'] === true ? { origin: describeOrigin(context, camera) } : {}),
  }
}

/** Whether a place belongs to a group; true when no group is asked for. */
export function isPlaceOfGroup({ store }: VmsContext, placeId: unknown, groupId: number | undefined): boolean {
  return groupId === undefined || store.groupPlaces.pair(groupId, Number(placeId)) !== undefined
}

function distanceM(one: { latitude: number; longitude: number }, other: Fields): number {
  const toRadians = Math.PI / 180
  const latitude = Number(other['latitude'])
  const longitude = Number(other['longitude'])
  const x = (longitude - one.longitude) * toRadians * Math.cos(((latitude + one.latitude) / 2) * toRadians)
  const y = (latitude - one.latitude) * toRadians
  return Math.hypot(x, y) * earthRadiusM
}

/** The circle is taken to be in metres and to need its three values together (note PL2). */
function isInCircle(place: Row<number>, call: Call): boolean {
  const given = ['latitude', 'longitude', 'radius'].map((name) => queryNumber(call, name))
  if (given.every((value) => value === undefined)) return true
  const [latitude, longitude, radius] = given
  if (latitude === undefined || longitude === undefined || radius === undefined || radius < 0) {
    throw badRequest('latitude, longitude and radius are wanted together')
  }
  if (place.fields['latitude'] === undefined || place.fields['longitude'] === undefined) return false
  return distanceM({ latitude, longitude }, place.fields) <= radius
}

function handlePlaceRows(context: VmsContext): Handlers {
  const { store, switches } = context
  const need = (call: Call): Row<number> => needRow(store.places, call.path['place_id'], 'Place')
  const handlers = handleResource({
    singular: 'Place',
    plural: 'Places',
    idName: 'place_id',
    listKey: 'places',
    table: store.places,
    lastCursor: () => switches.lastCursor,
    view: (row) => describePlace(context, row),
    keep: (row, call) =>
      isPlaceOfGroup(context, row.id, queryNumber(call, 'group_id')) &&
      (call.query['without_groups'] !== true || store.groupPlaces.lefts(row.id).length === 0) &&
      isInCircle(row, call),
    release: (row) => {
      const { plan_count: plans, camera_count: cameras } = describePlace(context, row)
      if (plans !== 0) throw badRequest('plans are attached to the place')
      if (cameras !== 0) throw badRequest('cameras stand in the place')
      store.groupPlaces.dropRight(row.id)
    },
  })
  return {
    ...handlers,
    // Takes neither cursor nor limit and still has a pagination object (note PL1): the whole list.
    listPlaces: (call) => handlers['listPlaces']!({ ...call, query: { ...call.query, limit: Infinity } }),
    listPlacePlans: (call) => {
      const { id } = need(call)
      const plans = store.plans.all().filter((plan) => plan.fields['place_id'] === id)
      const items = plans.map((plan) => describePlan(context, plan, call))
      return answerPage(call, 'plans', items, switches.lastCursor)
    },
    listPlaceCameras: (call) => {
      const { id } = need(call)
      const cameras = store.cameras
        .all()
        .filter((camera) => camera.fields['place_id'] === id)
        .filter((camera) => call.query['without_plans'] !== true || store.planCameras.lefts(camera.id).length === 0)
      const items = cameras.map((camera) => describeCamera(context, camera, call))
      return answerPage(call, 'cameras', items, switches.lastCursor)
    },
  }
}

function handlePlanCameras(context: VmsContext): Handlers {
  const { store, switches } = context
  const need = (call: Call): Row<number> => needRow(store.plans, call.path['plan_id'], 'Plan')
  return {
    listPlanCameras: (call) => {
      const plan = need(call)
      const items = store.planCameras.rights(plan.id).map((id) => {
        const camera = describeCamera(context, needRow(store.cameras, id, 'Camera'), call)
        return { ...camera, ...store.planCameras.pair(plan.id, id), plan_id: plan.id, camera_id: id }
      })
      return answerPage(call, 'cameras', items, switches.lastCursor)
    },
    addPlanCameras: (call) => {
      const plan = need(call)
      const ids = bodyFields(call)['camera_ids'] as string[]
      for (const id of ids) {
        const camera = store.cameras.find(id)
        if (camera === undefined) throw badRequest(`camera ${id} does not exist`)
        if (store.planCameras.pair(plan.id, id) !== undefined) throw badRequest(`camera ${id} is on the plan already`)
        if (camera.fields['place_id'] !== plan.fields['place_id']) throw badRequest(`camera ${id} stands elsewhere`)
      }
      for (const id of ids) store.planCameras.add(plan.id, id)
      return statusOk
    },
    removePlanCameras: (call) => {
      const plan = need(call)
      for (const id of bodyFields(call)['camera_ids'] as string[]) store.planCameras.remove(plan.id, id)
      return statusOk
    },
    setPlanCameraPosition: (call) => {
      const plan = need(call)
      const camera = needRow(store.cameras, call.path['camera_id'], 'Camera')
      const position = store.planCameras.pair(plan.id, camera.id)
      if (position === undefined) throw badRequest('the camera is not on this plan')
      const { x = position['x'], y = position['y'] } = bodyFields(call)
      Object.assign(position, { x, y })
      return answerJson({ ...position, camera_id: camera.id, plan_id: plan.id })
    },
  }
}

function handlePlans(context: VmsContext): Handlers {
  const { store, switches } = context
  return {
    ...handleResource({
      singular: 'Plan',
      plural: 'Plans',
      idName: 'plan_id',
      listKey: 'plans',
      table: store.plans,
      lastCursor: () => switches.lastCursor,
      view: (row, call) => describePlan(context, row, call),
      keep: (row, call) => isPlaceOfGroup(context, row.fields['place_id'], queryNumber(call, 'group_id')),
      accept: (fields, row) => {
        // Changing a plan lists no 400 (note PN3): what is missing is then a 404.
        const refuse = row === null ? badRequest : undefined
        needUpload(context, fields['image_id'], refuse)
        if (store.places.find(fields['place_id']) === undefined) {
          if (refuse !== undefined) throw refuse('the place does not exist')
          needRow(store.places, fields['place_id'], 'Place')
        }
        return fields
      },
      release: (row) => {
        if (store.planCameras.rights(row.id).length > 0) throw badRequest('cameras are still on the plan')
      },
    }),
    ...handlePlanCameras(context),
  }
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function handleCameras(context: VmsContext): Handlers {
  const { store, switches } = context
  return handleResource({
    singular: 'Camera',
    plural: 'Cameras',
    idName: 'camera_id',
    listKey: 'cameras',
    table: store.cameras,
    lastCursor: () => switches.lastCursor,
    view: (row, call) => describeCamera(context, row, call),
    keep: (row, call) => {
      const placeId = queryNumber(call, 'place_id')
      const isHere = placeId === undefined || row.fields['place_id'] === placeId
      return isHere && isPlaceOfGroup(context, row.fields['place_id'], queryNumber(call, 'group_id'))
    },
    fits: (row, text) =>
      uuidPattern.test(text)
        ? row.id === text.toLowerCase()
        : String(row.fields['name']).toLowerCase().includes(text.toLowerCase()),
    accept: (fields, row) => {
      if (store.places.find(fields['place_id']) === undefined) throw badRequest('the place does not exist')
      // A change without these keeps them: clients cannot send back what answers do not hold.
      const kept = { onvif_password: row?.fields['onvif_password'], video_streaming: row?.fields['video_streaming'] }
      const known = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined))
      return { ...known, ...fields }
    },
    release: (row) => store.planCameras.dropRight(row.id),
  })
}

export function handlePlaces(context: VmsContext): Handlers {
  return { ...handlePlaceRows(context), ...handlePlans(context), ...handleCameras(context) }
}
