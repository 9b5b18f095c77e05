// Counts over cameras and events of the vms dialect (section 20), computed from the events themselves.
// Knows nothing of where events come from.
import { listSeenEvents } from '../vms-data/events.ts'
import type { EventType, SeenEvent } from '../vms-data/events.ts'
import { answerJson, notFound, queryNumber, writeTime } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { findMatches, isInGroup, readPeriod } from './events.ts'
import { isPlaceOfGroup } from './places.ts'
import { findRecordedCamera, findStreamCamera } from './streams.ts'
import type { Fields } from './tables.ts'
import type { VmsContext } from './vms-context.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const longestPeriodMs = 366 * dayMs

/** Names of the counts (note SA4). */
const shortNames: Readonly<Record<EventType, string>> = {
  face_recognition: 'fr',
  plate_recognition: 'pr',
  motion_detection: 'md',
  line_crossing: 'lc',
}
const priorities = ['low', 'medium', 'high']

/** One entry per hour, or per day when the period is longer than 24 hours (20.2, 20.3). Steps begin at UTC. */
function countBySteps(
  period: { readonly fromMs: number; readonly toMs: number },
  names: readonly string[],
  marks: readonly { readonly atMs: number; readonly name: string }[],
): Fields[] {
  const stepMs = period.toMs - period.fromMs > dayMs ? dayMs : hourMs
  const entries = new Map<number, Record<string, number>>()
  for (let atMs = Math.floor(period.fromMs / stepMs) * stepMs; atMs < period.toMs; atMs += stepMs) {
    entries.set(atMs, Object.fromEntries(names.map((name) => [name, 0])))
  }
  for (const { atMs, name } of marks) {
    const entry = entries.get(Math.floor(atMs / stepMs) * stepMs)
    if (entry !== undefined) entry[name] = (entry[name] ?? 0) + 1
  }
  return [...entries].map(([atMs, counts]) => ({ ts: writeTime(atMs), ...counts }))
}

/** 404 when the group or organization of the query does not exist. */
function checkScope({ store }: VmsContext, call: Call): void {
  const group = queryNumber(call, 'group_id')
  const organization = queryNumber(call, 'organization_id')
  if (group !== undefined && store.groups.find(group) === undefined) throw notFound(`group ${group}`)
  if (organization !== undefined && store.organizations.find(organization) === undefined) {
    throw notFound(`organization ${organization}`)
  }
}

/** All cameras belong to the first organization. */
function isOfOrganization(call: Call): boolean {
  return [undefined, 1].includes(queryNumber(call, 'organization_id'))
}

function listScope(context: VmsContext, call: Call): { period: { fromMs: number; toMs: number }; events: SeenEvent[] } {
  checkScope(context, call)
  const period = readPeriod(call, longestPeriodMs)
  const group = queryNumber(call, 'group_id')
  const events = listSeenEvents(period.fromMs, period.toMs, call.nowMs)
    .filter(() => isOfOrganization(call))
    .filter((event) => isInGroup(context, event, group))
  return { period, events }
}

const meta = { event_types: Object.fromEntries(Object.entries(shortNames).map(([name, short]) => [short, name])) }

export function handleStats(context: VmsContext): Handlers {
  const { store } = context
  const markTypes = (events: readonly SeenEvent[]): { atMs: number; name: string }[] =>
    events.map(({ atMs, type }) => ({ atMs, name: shortNames[type] }))
  return {
    getCameraStats: (call) => {
      const group = queryNumber(call, 'group_id')
      const cameras = store.cameras
        .all()
        .filter((camera) => isOfOrganization(call) && isPlaceOfGroup(context, camera.fields['place_id'], group))
      const active = cameras.filter((camera) => findRecordedCamera(camera.id) !== undefined)
      return answerJson({ total_count: cameras.length, active_count: active.length })
    },
    getEventStatsByType: (call) => {
      const { period, events } = listScope(context, call)
      return answerJson({ meta, entries: countBySteps(period, Object.values(shortNames), markTypes(events)) })
    },
    getEventMatchStatsByPriority: (call) => {
      const { period, events } = listScope(context, call)
      const marks = events
        .filter(({ type }) => type === 'face_recognition' || type === 'plate_recognition')
        .flatMap((event) => findMatches(context, event).map((match) => ({ atMs: event.atMs, match })))
        .map(({ atMs, match }) => ({ atMs, name: String(match['priority'] ?? 'low') }))
      return answerJson({ entries: countBySteps(period, priorities, marks) })
    },
    getEventIntensity: (call) => {
      const camera = findStreamCamera(context, call.query['stream_id'])
      if (camera === undefined) throw notFound('the stream')
      const { period, events } = listScope(context, call)
      const ofStream = events.filter((event) => event.camera.number === camera.number)
      return answerJson({ meta, entries: countBySteps(period, Object.values(shortNames), markTypes(ofStream)) })
    },
  }
}
