// Recognition events, their matches with lists, searches and statistics of the vms dialect (sections 3, 17, 19.1, 20).
// Knows nothing of where events come from.
import type { Answer } from '../api-server.ts'
import { findSeenEvent, listSeenEvents } from '../vms-data/events.ts'
import type { SeenEvent } from '../vms-data/events.ts'
import { compareDescriptors, comparePlates, readDescriptor } from '../vms-data/people-seen.ts'
import { makePicture } from '../vms-data/picture.ts'
import { drawNumber } from '../vms-data/random.ts'
import { answerJson, badRequest, bodyFields, notFound, queryNumber, readTime } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { slicePage, answerPage } from './paging.ts'
import { describeOrigin, isPlaceOfGroup } from './places.ts'
import { streamIdOf, writeTimestamp } from './streams.ts'
import { readText } from './tables.ts'
import type { Fields } from './tables.ts'
import type { VmsContext } from './vms-context.ts'

const dayMs = 86_400_000
const resultLimit = 100
/** Below this, plate numbers are not similar (note SE3: the comparison is not documented). */
const plateThreshold = 0.6

/** The period of the query; 400 when it is empty or longer than `limitMs`. */
export function readPeriod(call: Call, limitMs: number): { fromMs: number; toMs: number } {
  const fromMs = readTime(call.query['ts_from'], 'query', 'ts_from')
  const toMs = readTime(call.query['ts_to'], 'query', 'ts_to')
  if (fromMs >= toMs) throw badRequest('ts_from has to be before ts_to')
  if (toMs - fromMs > limitMs) throw badRequest('the period is too long')
  return { fromMs, toMs }
}

function describeEvent(context: VmsContext, event: SeenEvent, call: Call): Fields {
  const camera = context.store.cameras.find(event.camera.uuid)
  const names = camera === undefined ? {} : { ...describeOrigin(context, camera), camera_name: camera.fields['name'] }
  const origin = { ...names, camera_id: event.camera.uuid }
  return {
    ...(call.query['with_origin'] === true ? { origin } : {}),
    streamserver_id: `streamserver-${1 + (event.camera.number % 2)}`,
    stream_id: streamIdOf(context, event.camera),
    object_id: event.id.slice(0, 8),
    event_id: event.id,
    event_action: 'created',
    ts: writeTimestamp(context, event.atMs),
    event_data: event.data,
    event_type: event.type,
  }
}

/** Matches of a face or plate event with the lists as they are now. */
export function findMatches({ store }: VmsContext, event: SeenEvent): Fields[] {
  if (event.type === 'face_recognition') {
    return store.listFaces.lefts(event.person).map((id) => {
      const list = store.faceLists.find(id)
      return {
        face_id: event.person,
        facelist_id: id,
        similarity: 0.9 + (drawNumber('similarity', event.id) % 100) / 1000,
        face_name: readText(store.faces.find(event.person), 'full_name'),
        facelist_name: readText(list, 'name'),
        ...(list?.fields['priority'] === undefined ? {} : { priority: list.fields['priority'] }),
      }
    })
  }
  const plate = store.plates.all().find((row) => row.fields['number'] === event.plate)
  if (plate === undefined) return []
  return store.listPlates.lefts(plate.id).map((id) => {
    const list = store.plateLists.find(id)
    return {
      plate_id: plate.id,
      platelist_id: id,
      plate_number: event.plate,
      similarity: 1,
      platelist_name: readText(list, 'name'),
      ...(list?.fields['priority'] === undefined ? {} : { priority: list.fields['priority'] }),
    }
  })
}

export function isInGroup(context: VmsContext, event: SeenEvent, groupId: number | undefined): boolean {
  return isPlaceOfGroup(context, context.store.cameras.find(event.camera.uuid)?.fields['place_id'], groupId)
}

/** Newest first. 400 when more than one of stream, place and group is named (note EV10). */
function listEvents(context: VmsContext, call: Call): SeenEvent[] {
  const { fromMs, toMs } = readPeriod(call, dayMs)
  const { stream_id: stream, place_id: place, event_type: type } = call.query
  const group = queryNumber(call, 'group_id')
  if ([stream, place, group].filter((value) => value !== undefined).length > 1) {
    throw badRequest('only one of stream_id, place_id and group_id may be sent')
  }
  return listSeenEvents(fromMs, toMs, call.nowMs)
    .filter((event) => event.type === type)
    .filter(({ camera }) => context.store.cameras.find(camera.uuid) !== undefined)
    .filter((event) => stream === undefined || streamIdOf(context, event.camera) === stream)
    .filter(
      ({ camera }) => place === undefined || context.store.cameras.find(camera.uuid)?.fields['place_id'] === place,
    )
    .filter((event) => isInGroup(context, event, group))
    .reverse()
}

/** The next cursor also comes in a header (note EV3). */
function answerEvents(context: VmsContext, call: Call, describe: (event: SeenEvent) => Fields): Answer {
  const events = listEvents(context, call)
  const { next } = slicePage(call, events)
  const answer = answerPage(call, 'events', events.map(describe), context.switches.lastCursor)
  return next === undefined ? answer : { ...answer, headers: { 'pagination-cursor': next } }
}

function needEvent(call: Call): SeenEvent {
  const event = findSeenEvent(String(call.path['event_id']), call.nowMs)
  if (event === undefined || event.type !== call.query['event_type']) throw notFound('the event')
  return event
}

function needMatchType(call: Call): void {
  const type = call.query['event_type']
  if (type !== 'face_recognition' && type !== 'plate_recognition') throw badRequest('only face and plate events match')
}

function handleSearch(context: VmsContext): Handlers {
  function search(call: Call, compare: (event: SeenEvent) => number, threshold: number): Answer {
    const group = queryNumber(call, 'group_id')
    const events = listSeenEvents(0, call.nowMs, call.nowMs)
      .filter((event) => isInGroup(context, event, group))
      .map((event) => ({ event, similarity: compare(event) }))
      .filter(({ similarity }) => similarity >= threshold)
      .sort((one, other) => other.similarity - one.similarity || other.event.atMs - one.event.atMs)
      .slice(0, resultLimit)
    const found = events.map(({ event, similarity }) => {
      return { ...describeEvent(context, event, call), match_data: findMatches(context, event), similarity }
    })
    return answerJson({ events: found })
  }
  return {
    searchFaceEvents: (call) => {
      const { descriptor, threshold } = bodyFields(call) as { descriptor: { data: string }; threshold: number }
      const wanted = readDescriptor(descriptor.data)
      if (wanted === null) throw badRequest('the descriptor cannot be read')
      const compare = ({ type, data }: SeenEvent): number => {
        const seen = readDescriptor((data['descriptor'] as { data: string } | undefined)?.data ?? '')
        return type === 'face_recognition' && seen !== null ? compareDescriptors(wanted, seen) : -1
      }
      return search(call, compare, threshold)
    },
    searchPlateEvents: (call) => {
      const { number } = (bodyFields(call) as { plate: { number: string } }).plate
      const wanted = number.toUpperCase().replaceAll(' ', '')
      const compare = ({ type, plate }: SeenEvent): number =>
        type === 'plate_recognition' ? comparePlates(wanted, plate) : -1
      return search(call, compare, plateThreshold)
    },
  }
}

export function handleEvents(context: VmsContext): Handlers {
  const withMatches = (event: SeenEvent, call: Call): Fields => ({
    ...describeEvent(context, event, call),
    match_data: findMatches(context, event),
  })
  return {
    ...handleSearch(context),
    listEvents: (call) => answerEvents(context, call, (event) => describeEvent(context, event, call)),
    getEvent: (call) => answerJson(describeEvent(context, needEvent(call), call)),
    listEventMatches: (call) => {
      needMatchType(call)
      return answerEvents(context, call, (event) => withMatches(event, call))
    },
    getEventMatch: (call) => {
      needMatchType(call)
      return answerJson(withMatches(needEvent(call), call))
    },
    getEventSnapshot: (call) => ({ status: 200, bytes: makePicture(drawNumber('snapshot', needEvent(call).id)) }),
  }
}
