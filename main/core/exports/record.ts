// What the journal of a batch holds: its header, one event a line, and the fold of the events into records. Pure.
import { z } from 'zod'
import { errorSchema } from '#contract/errors.ts'
import {
  caseSchema,
  finishedFileSchema,
  itemOrderSchema,
  itemResultSchema,
  optionsSchema,
  stepSchema,
} from '#contract/exports.ts'
import type { FinishedFile, ItemState } from '#contract/exports.ts'
import { serverInputSchema } from '#contract/servers.ts'
import { parseZone } from './order/index.ts'
import { isFileName, isFileOf } from './paths.ts'
import { transition } from './state.ts'

const span = z.object({ fromMs: z.number(), toMs: z.number() })
const byteRange = z.object({ start: z.number().int().nonnegative(), end: z.number().int().nonnegative() })
const validator = z.object({ kind: z.enum(['etag', 'last-modified']), value: z.string() })

/** Of the workstation that made the folder; whoever made it, nothing in it may lead out of it. */
const ownHeader = z.object({
  version: z.literal(1),
  batchId: z.string(),
  name: z.string(),
  createdAtMs: z.number(),
  options: optionsSchema.refine(({ zone }) => isZone(zone)),
  case: caseSchema.nullable(),
  /** By the ids that the items use. Address, dialect and accepted certificates; never credentials. */
  servers: z.record(
    z.string(),
    serverInputSchema.refine(({ url }) => URL.canParse(url)),
  ),
  items: z.array(
    z.object({
      order: itemOrderSchema,
      cameraName: z.string(),
      placeName: z.string().nullable(),
      /** Of every file of the item, without extension; unique in the batch. */
      stem: z.string().refine(isFileName),
    }),
  ),
})
/** Every item names one of the batch's servers: never one that only this workstation knows. */
export const headerSchema = ownHeader.refine(({ servers, items }) =>
  items.every(({ order }) => Object.hasOwn(servers, order.serverId)),
)
export type BatchHeader = z.infer<typeof headerSchema>

/** What was asked of the server for an item. The link itself is a secret and is not kept: a resumed item asks again. */
const orderedFacts = z.object({
  orderedAtMs: z.number(),
  clipId: z.string().nullable(),
  linkOrigin: z.string().refine((text) => URL.canParse(text)),
  statedRange: span.nullable(),
})

/** A file that is renamed into its place when the item is published; paths are relative to the destination. */
const move = z.object({ from: z.string(), to: z.string() })

const itemEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), step: stepSchema }),
  z.object({ kind: z.literal('covered'), intervals: z.array(span).nullable() }),
  orderedFacts.extend({ kind: z.literal('ordered') }),
  z.object({ kind: z.literal('clip'), clipId: z.string() }),
  z.object({ kind: z.literal('described'), validator: validator.nullable(), totalBytes: z.number().int().nullable() }),
  z.object({ kind: z.literal('flushed'), finished: z.array(byteRange) }),
  z.object({ kind: z.literal('startedOver'), reason: z.string() }),
  z.object({
    kind: z.literal('fetched'),
    sizeBytes: z.number().int(),
    sha256: z.string(),
    /** False: the reply told neither length nor chunks, so its end was only the end of the connection. */
    isEndProven: z.boolean().default(true),
  }),
  z.object({
    kind: z.literal('publishing'),
    moves: z.array(move),
    result: itemResultSchema,
    codecs: z.array(z.string()),
    command: z.array(z.string()).nullable(),
  }),
  z.object({ kind: z.literal('finished') }),
  z.object({ kind: z.literal('waited'), retryAtMs: z.number().nullable(), error: errorSchema }),
  z.object({ kind: z.literal('paused'), error: errorSchema.nullable() }),
  z.object({ kind: z.literal('queued') }),
  /** What was fetched did not pass and goes to `file`: the item, if tried again, begins from nothing. */
  z.object({ kind: z.literal('setAside'), file: finishedFileSchema }),
  z.object({ kind: z.literal('failed'), error: errorSchema }),
  z.object({ kind: z.literal('cancelled') }),
  z.object({ kind: z.literal('retried') }),
])
export type ItemEvent = z.infer<typeof itemEventSchema>
type Publishing = Extract<ItemEvent, { kind: 'publishing' }>

/** One line after the header. */
export const lineSchema = z.object({ atMs: z.number(), item: z.number().int().nonnegative(), event: itemEventSchema })
export type JournalLine = z.infer<typeof lineSchema>

function isZone(text: string): boolean {
  try {
    return parseZone(text) !== ''
  } catch {
    return false
  }
}

/** Whether all files that an event names are those of the item with that stem: a journal may come from anybody. */
export function namesOnlyOwnFiles(event: ItemEvent, stem: string): boolean {
  if (event.kind === 'setAside') return isFileOf(stem, event.file.path)
  if (event.kind !== 'publishing') return true
  const paths = [...event.moves.flatMap(({ from, to }) => [from, to]), ...event.result.files.map(({ path }) => path)]
  return paths.every((path) => isFileOf(stem, path)) && event.moves.every(({ to }) => isFileName(to))
}

/** The bytes of an item that are being fetched, as far as they are known to be on the disk. */
export interface Part {
  validator: z.infer<typeof validator> | null
  totalBytes: number | null
  finished: z.infer<typeof byteRange>[]
  /** How often it was begun again from nothing. */
  restarts: number
}

export interface ItemRecord {
  readonly index: number
  readonly state: ItemState
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  /** Null: not asked yet. `intervals: null`: the server does not tell. */
  readonly coverage: { intervals: z.infer<typeof span>[] | null } | null
  readonly ordered: z.infer<typeof orderedFacts> | null
  readonly orders: number
  readonly clipId: string | null
  readonly part: Part
  readonly fetched: { sizeBytes: number; sha256: string; isEndProven: boolean } | null
  readonly publishing: Omit<Publishing, 'kind'> | null
  /** Files that were set aside because they did not pass, of every try. */
  readonly suspects: readonly FinishedFile[]
}

const emptyPart: Part = { validator: null, totalBytes: null, finished: [], restarts: 0 }

export function newRecord(index: number): ItemRecord {
  return {
    index,
    state: { kind: 'queued' },
    startedAtMs: null,
    endedAtMs: null,
    coverage: null,
    ordered: null,
    orders: 0,
    clipId: null,
    part: emptyPart,
    fetched: null,
    publishing: null,
    suspects: [],
  }
}

/** The record after one event. Total: what does not fit the state leaves the state as it is; done is done. */
export function applyEvent(record: ItemRecord, event: ItemEvent, atMs: number): ItemRecord {
  if (record.state.kind === 'done') return record
  switch (event.kind) {
    case 'covered':
      return { ...record, coverage: { intervals: event.intervals } }
    case 'ordered': {
      const { kind: _, ...ordered } = event
      return { ...record, ordered, orders: record.orders + 1, clipId: event.clipId ?? record.clipId }
    }
    case 'clip':
      return { ...record, clipId: event.clipId }
    case 'described':
      return { ...record, part: { ...record.part, validator: event.validator, totalBytes: event.totalBytes } }
    case 'flushed':
      return { ...record, part: { ...record.part, finished: event.finished } }
    case 'setAside':
      return { ...record, fetched: null, publishing: null, part: emptyPart, suspects: [...record.suspects, event.file] }
    case 'startedOver':
      return { ...record, fetched: null, publishing: null, part: { ...emptyPart, restarts: record.part.restarts + 1 } }
    case 'fetched':
      return {
        ...record,
        fetched: { sizeBytes: event.sizeBytes, sha256: event.sha256, isEndProven: event.isEndProven },
      }
    case 'publishing': {
      const { kind: _, ...publishing } = event
      return { ...record, publishing }
    }
    case 'finished': {
      if (!record.publishing) return record
      const state = transition(record.state, { kind: 'finished', result: record.publishing.result })
      return { ...record, state, endedAtMs: atMs }
    }
    case 'failed':
    case 'cancelled':
      return ended(record, event, atMs)
    case 'retried':
      return retried(record, transition(record.state, event))
    case 'started':
      return { ...record, state: transition(record.state, event), startedAtMs: record.startedAtMs ?? atMs }
    default:
      return { ...record, state: transition(record.state, event) }
  }
}

/** A new try goes on with the bytes that are there. */
function retried(record: ItemRecord, state: ItemState): ItemRecord {
  if (state === record.state) return record
  const { part, fetched, clipId, suspects } = record
  return { ...newRecord(record.index), part: { ...part, restarts: 0 }, fetched, clipId, suspects, state }
}

function ended(
  record: ItemRecord,
  event: Extract<ItemEvent, { kind: 'failed' | 'cancelled' }>,
  atMs: number,
): ItemRecord {
  const state = transition(record.state, event)
  return state === record.state ? record : { ...record, state, endedAtMs: atMs }
}

/** What was at work when the program ended is queued again when it starts. */
export function recoverState(record: ItemRecord): ItemRecord {
  const isInterrupted = ['running', 'waiting', 'paused'].includes(record.state.kind)
  return isInterrupted ? { ...record, state: { kind: 'queued' } } : record
}

/**
 * The events that, folded from nothing, make this record again; what a compacted journal holds in place of its history.
 * A record whose fold cannot be said in events (restarts, orders) repeats those events.
 */
export function eventsOf(record: ItemRecord): ItemEvent[] {
  const events: ItemEvent[] = []
  if (record.startedAtMs !== null) events.push({ kind: 'started', step: 'ordering' })
  for (const file of record.suspects) events.push({ kind: 'setAside', file })
  if (record.coverage) events.push({ kind: 'covered', intervals: record.coverage.intervals })
  if (record.clipId !== null) events.push({ kind: 'clip', clipId: record.clipId })
  if (record.ordered)
    for (let count = 0; count < record.orders; count += 1) events.push({ kind: 'ordered', ...record.ordered })
  for (let count = 0; count < record.part.restarts; count += 1)
    events.push({ kind: 'startedOver', reason: 'compacted' })
  const { validator: witness, totalBytes, finished } = record.part
  if (witness !== null || totalBytes !== null) events.push({ kind: 'described', validator: witness, totalBytes })
  if (finished.length > 0) events.push({ kind: 'flushed', finished })
  if (record.fetched) events.push({ kind: 'fetched', ...record.fetched })
  if (record.publishing) events.push({ kind: 'publishing', ...record.publishing })
  const last = closingEvent(record)
  if (last) events.push(last)
  return events
}

function closingEvent({ state }: ItemRecord): ItemEvent | null {
  switch (state.kind) {
    case 'done':
      return { kind: 'finished' }
    case 'failed':
      return { kind: 'failed', error: state.error }
    case 'cancelled':
      return { kind: 'cancelled' }
    case 'waiting':
      return { kind: 'waited', retryAtMs: state.retryAtMs, error: state.error }
    case 'paused':
      return { kind: 'paused', error: state.error }
    case 'queued':
      return { kind: 'queued' }
    case 'running':
      return null
  }
}
