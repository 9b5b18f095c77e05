// Cursor paging of the vms dialect, with the ways in which a server may say that a list has ended (note G09).
// Knows nothing of what is listed.
import { createHash } from 'node:crypto'
import type { Answer } from '../api-server.ts'
import { InvalidValue } from './call.ts'
import type { Call } from './call.ts'
import type { Fields } from './tables.ts'

/** How the last page is told: no cursor, an empty one, null, or the cursor that was sent. */
export type LastCursor = 'absent' | 'empty' | 'null' | 'repeated'

const defaultLimit = 20

/** A cursor belongs to a list and its filters: one from another list is refused. */
function signQuery(call: Call): string {
  const { cursor: _cursor, limit: _limit, ...filters } = call.query
  const text = JSON.stringify([call.operation.id, call.path, filters, call.body ?? null])
  return createHash('sha256').update(text).digest('base64url').slice(0, 10)
}

function readOffset(call: Call): number {
  const cursor = call.query['cursor']
  if (cursor === undefined || cursor === '') return 0
  const [offset = '', signature] = Buffer.from(String(cursor), 'base64url').toString().split('.')
  if (!/^\d{1,9}$/.test(offset) || signature !== signQuery(call)) {
    throw new InvalidValue({ place: 'query', steps: ['cursor'], rule: 'format', wanted: 'cursor' })
  }
  return Number(offset)
}

export interface Slice<Item> {
  readonly items: readonly Item[]
  /** Undefined on the last page. */
  readonly next: string | undefined
}

export function slicePage<Item>(call: Call, items: readonly Item[]): Slice<Item> {
  const offset = readOffset(call)
  const limit = Number(call.query['limit'] ?? defaultLimit)
  const end = offset + limit
  const next = end < items.length ? Buffer.from(`${end}.${signQuery(call)}`).toString('base64url') : undefined
  return { items: items.slice(offset, end), next }
}

/** `pagination` of the page: a null cursor is put in only after the check, since the document wants a text. */
function describeEnd(call: Call, last: LastCursor): { pagination: Fields; depart?: (json: unknown) => unknown } {
  const sent = call.query['cursor']
  if (last === 'empty') return { pagination: { cursor: '' } }
  if (last === 'repeated' && sent !== undefined) return { pagination: { cursor: sent } }
  if (last !== 'null') return { pagination: {} }
  return { pagination: {}, depart: (json) => ({ ...(json as Fields), pagination: { cursor: null } }) }
}

/** One page under `key`, with `pagination`. */
export function answerPage(call: Call, key: string, items: readonly unknown[], last: LastCursor): Answer {
  const { items: page, next } = slicePage(call, items)
  if (next !== undefined) return { status: 200, json: { pagination: { cursor: next }, [key]: page } }
  const { pagination, depart } = describeEnd(call, last)
  const answer = { status: 200, json: { pagination, [key]: page } }
  return depart === undefined ? answer : { ...answer, depart }
}
