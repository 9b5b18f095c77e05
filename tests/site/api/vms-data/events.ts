// Recognition events of the past 48 hours, computed from the camera and the time slot: asked twice, they are the same.
// Knows nothing of tables, paging or units.
import { archiveDepthMs, recordedIntervals, siteCameras } from '../../world.ts'
import type { SiteCamera } from '../../world.ts'
import { drawItem, drawNumber } from './random.ts'
import { makeDescriptor, personCount, plateNumbers } from './people-seen.ts'

export const eventTypes = ['face_recognition', 'plate_recognition', 'motion_detection', 'line_crossing'] as const
export type EventType = (typeof eventTypes)[number]

export interface SeenEvent {
  readonly id: string
  readonly camera: SiteCamera
  readonly type: EventType
  readonly atMs: number
  /** Number of the person of a face event, 0 otherwise. */
  readonly person: number
  /** Number plate of a plate event, empty otherwise. */
  readonly plate: string
  /** As the document shapes it for this type. */
  readonly data: Record<string, unknown>
}

/** One event per camera and slot, unless nothing was recorded at its time. */
const slotMs = 5 * 60_000

function makeId(cameraNumber: number, slot: number): string {
  const hex = (value: number, length: number): string => (value >>> 0).toString(16).padStart(8, '0').slice(-length)
  const noise = drawNumber('event id', cameraNumber, slot)
  return `${hex(slot, 8)}-${hex(cameraNumber, 4)}-4${hex(noise, 3)}-8${hex(noise >>> 12, 3)}-${hex(noise, 8)}${hex(slot, 4)}`
}

function makeBox(...words: readonly (string | number)[]): number[] {
  const left = (drawNumber('left', ...words) % 60) / 100
  const top = (drawNumber('top', ...words) % 60) / 100
  return [left, top, left + 0.2, top + 0.3].map((value) => Number(value.toFixed(2)))
}

function makeFields(type: EventType, words: readonly (string | number)[]): Record<string, unknown> {
  const detection = { bbox: makeBox(...words) }
  const attributes = { obj_class: drawNumber('class', ...words) % 3 }
  switch (type) {
    case 'face_recognition': {
      const person = 1 + (drawNumber('person', ...words) % personCount)
      return { detection, descriptor: makeDescriptor(person, drawNumber(...words)), attributes: {} }
    }
    case 'plate_recognition':
      return { plate_number: { data: drawItem(plateNumbers, 'plate', ...words) }, detection }
    case 'motion_detection': {
      const area = (drawNumber('area', ...words) % 100) / 100
      return { motion: { roi_bbox: [0, 0, 1, 1], roi_name: 'Whole frame', area_fr: area }, detection, attributes }
    }
    case 'line_crossing': {
      const direction = drawNumber('direction', ...words) % 3
      return {
        line_crossing: { line_coords: [0.1, 0.5, 0.9, 0.5], direction, line_name: 'Line 1' },
        detection,
        attributes,
      }
    }
  }
}

function makeEvent(camera: SiteCamera, slot: number): SeenEvent {
  const words = [camera.number, slot]
  const type = drawItem(eventTypes, 'type', ...words)
  const data = makeFields(type, words)
  return {
    id: makeId(camera.number, slot),
    camera,
    type,
    atMs: slot * slotMs + (drawNumber('offset', ...words) % slotMs),
    person: type === 'face_recognition' ? 1 + (drawNumber('person', ...words) % personCount) : 0,
    plate: type === 'plate_recognition' ? drawItem(plateNumbers, 'plate', ...words) : '',
    data,
  }
}

function isRecorded(event: SeenEvent, nowMs: number): boolean {
  return recordedIntervals(event.camera.number, event.atMs, event.atMs + 1, nowMs).length > 0
}

/** Events of `[fromMs, toMs)` within the past 48 hours, oldest first. */
export function listSeenEvents(fromMs: number, toMs: number, nowMs: number): SeenEvent[] {
  const startMs = Math.max(fromMs, nowMs - archiveDepthMs)
  const endMs = Math.min(toMs, nowMs)
  const events: SeenEvent[] = []
  for (let slot = Math.floor(startMs / slotMs); slot * slotMs < endMs; slot++) {
    for (const camera of siteCameras) {
      const event = makeEvent(camera, slot)
      if (event.atMs >= startMs && event.atMs < endMs && isRecorded(event, nowMs)) events.push(event)
    }
  }
  return events.sort((one, other) => one.atMs - other.atMs)
}

/** Undefined when there is no such event, or it is older than the archive. */
export function findSeenEvent(id: string, nowMs: number): SeenEvent | undefined {
  const [slotHex = '', cameraHex = ''] = id.toLowerCase().split('-')
  const slot = Number.parseInt(slotHex, 16)
  const camera = siteCameras.find(({ number }) => number === Number.parseInt(cameraHex, 16))
  if (camera === undefined || !Number.isSafeInteger(slot)) return undefined
  const event = makeEvent(camera, slot)
  return event.id === id.toLowerCase() && isRecorded(event, nowMs) ? event : undefined
}
