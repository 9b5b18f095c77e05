// List, read, create, change, remove and search of one kind of row: the same for all kinds of the vms dialect.
// Knows nothing of what the rows mean.
import { answerJson, bodyFields, notFound, statusOk } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { answerPage } from './paging.ts'
import type { LastCursor } from './paging.ts'
import type { Fields, Id, Row, Table } from './tables.ts'
import { readText } from './tables.ts'

export interface Resource<RowId extends Id> {
  /** As in the operation ids: `createFaceList`, `listFaceLists`. */
  readonly singular: string
  readonly plural: string
  /** Name of the path parameter. */
  readonly idName: string
  /** Key of the list in answers. */
  readonly listKey: string
  readonly table: Table<RowId>
  /** How the last page is told; null: the list is whole and has no `pagination` (note G16). */
  readonly lastCursor: (() => LastCursor) | null
  view(row: Row<RowId>, call: Call): Fields
  /** Whether a row belongs to a list or search, by the filters of the query. */
  keep?(row: Row<RowId>, call: Call): boolean
  /** Whether a row fits a search; default: the text is part of the name, whatever its case. */
  fits?(row: Row<RowId>, text: string): boolean
  /** Throws a Refusal when these fields cannot be stored; returns what is stored. `row` is null on creation. */
  accept?(fields: Fields, row: Row<RowId> | null, call: Call): Fields
  afterCreate?(row: Row<RowId>, call: Call): void
  /** Throws a Refusal when the row has to stay; forgets its relations otherwise. */
  release?(row: Row<RowId>): void
}

/** The row an id of the path names; throws 404. */
export function needRow<RowId extends Id>(table: Table<RowId>, id: unknown, what: string): Row<RowId> {
  const row = table.find(id)
  if (row === undefined) throw notFound(`${what} ${String(id)}`)
  return row
}

function nameHolds(row: Row<Id>, text: string): boolean {
  return readText(row, 'name').toLowerCase().includes(text.toLowerCase())
}

/** Handlers by operation id; those the document does not have are never called. */
export function handleResource<RowId extends Id>(resource: Resource<RowId>): Handlers {
  const { singular, plural, idName, listKey, table, lastCursor, view } = resource
  const need = (call: Call): Row<RowId> => needRow(table, call.path[idName], singular)
  const accept = resource.accept ?? ((fields: Fields) => fields)
  const keep = resource.keep ?? (() => true)
  const fits = resource.fits ?? nameHolds

  function answerRows(call: Call, rows: readonly Row<RowId>[]): ReturnType<Handlers[string]> {
    const items = rows.filter((row) => keep(row, call)).map((row) => view(row, call))
    return lastCursor === null ? answerJson({ [listKey]: items }) : answerPage(call, listKey, items, lastCursor())
  }

  return {
    [`list${plural}`]: (call) => answerRows(call, table.all()),
    [`search${plural}`]: (call) => {
      const text = String(bodyFields(call)['query'])
      return answerRows(
        call,
        table.all().filter((row) => fits(row, text)),
      )
    },
    [`get${singular}`]: (call) => answerJson(view(need(call), call)),
    [`create${singular}`]: (call) => {
      const row = table.insert(accept(bodyFields(call), null, call), call.nowMs)
      resource.afterCreate?.(row, call)
      return answerJson(view(row, call))
    },
    [`update${singular}`]: (call) => {
      const row = need(call)
      table.write(row, accept(bodyFields(call), row, call), call.nowMs)
      return answerJson(view(row, call))
    },
    [`delete${singular}`]: (call) => {
      const row = need(call)
      resource.release?.(row)
      table.remove(row.id)
      return statusOk
    },
  }
}
