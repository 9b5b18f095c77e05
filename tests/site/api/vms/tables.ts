// The in-memory tables behind the vms dialect: rows by id, and relations between rows.
// Knows nothing of what the rows mean.

export type Fields = Record<string, unknown>
export type Id = number | string

export interface Row<RowId extends Id> {
  readonly id: RowId
  /** As last written; what is computed (counts, links, names of others) is not in here. */
  fields: Fields
  readonly createdAtMs: number
  updatedAtMs: number
}

export interface Table<RowId extends Id> {
  /** In the order of insertion. */
  all(): Row<RowId>[]
  find(id: unknown): Row<RowId> | undefined
  insert(fields: Fields, nowMs: number, id?: RowId): Row<RowId>
  /** Replaces all fields. */
  write(row: Row<RowId>, fields: Fields, nowMs: number): void
  remove(id: RowId): void
}

/** Rows that can be made over the network are limited, so that a client in a loop is noticed. */
const rowLimit = 20_000

export function createTable<RowId extends Id>(makeId: (count: number) => RowId): Table<RowId> {
  const rows = new Map<Id, Row<RowId>>()
  let made = 0
  return {
    all: () => [...rows.values()],
    find: (id) => rows.get(id as Id),
    insert(fields, nowMs, id = makeId(++made)) {
      if (rows.size >= rowLimit) throw new Error('too many rows')
      const row = { id, fields, createdAtMs: nowMs, updatedAtMs: nowMs }
      rows.set(id, row)
      return row
    },
    write(row, fields, nowMs) {
      row.fields = fields
      row.updatedAtMs = nowMs
    },
    remove: (id) => void rows.delete(id),
  }
}

export interface Relation<Left extends Id, Right extends Id> {
  /** Does nothing when the pair is there. `fields` are about the pair. */
  add(left: Left, right: Right, fields?: Fields): void
  remove(left: Left, right: Right): void
  pair(left: Left, right: Right): Fields | undefined
  rights(left: Left): Right[]
  lefts(right: Right): Left[]
  /** Forgets every pair with this row, when the row goes. */
  dropLeft(left: Left): void
  dropRight(right: Right): void
}

export function createRelation<Left extends Id, Right extends Id>(): Relation<Left, Right> {
  let pairs: { readonly left: Left; readonly right: Right; readonly fields: Fields }[] = []
  const pick = (left: Left, right: Right) => pairs.find((pair) => pair.left === left && pair.right === right)
  return {
    add(left, right, fields = {}) {
      if (pick(left, right) === undefined) pairs.push({ left, right, fields })
    },
    remove(left, right) {
      const gone = pick(left, right)
      pairs = pairs.filter((pair) => pair !== gone)
    },
    pair: (left, right) => pick(left, right)?.fields,
    rights: (left) => pairs.filter((pair) => pair.left === left).map(({ right }) => right),
    lefts: (right) => pairs.filter((pair) => pair.right === right).map(({ left }) => left),
    dropLeft(left) {
      pairs = pairs.filter((pair) => pair.left !== left)
    },
    dropRight(right) {
      pairs = pairs.filter((pair) => pair.right !== right)
    },
  }
}

/** A text of a row; empty when it has none. */
export function readText(row: Row<Id> | undefined, name: string): string {
  const value = row?.fields[name]
  return typeof value === 'string' ? value : ''
}
