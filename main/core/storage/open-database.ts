// The workstation's database as typed tables. Every row is parsed when read: a file on disk is outside.
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { z } from 'zod'
import { serverSchema } from '#contract/servers.ts'
import { openFile } from './open-file.ts'
import type { OpenOptions } from './open-file.ts'

const serverRowSchema = serverSchema.omit({ isSignedIn: true }).extend({
  /** Whether the host's secrets port holds its tokens. */
  hasStoredSecret: z.boolean(),
})
export type ServerRow = z.infer<typeof serverRowSchema>

const batchRowSchema = z.object({
  id: z.string(),
  name: z.string(),
  destination: z.string(),
  createdAtMs: z.number(),
  state: z.string(),
  serverIds: z.array(z.string()),
})
/** An index of batches only: the truth is in each batch's folder. */
export type BatchRow = z.infer<typeof batchRowSchema>

export interface Database {
  servers: {
    list(): ServerRow[]
    get(id: string): ServerRow | null
    find(dialect: string, url: string): ServerRow | null
    /** Inserts or replaces by id. */
    save(row: ServerRow): void
    remove(id: string): void
  }
  settings: {
    get(name: string): string | null
    set(name: string, value: string): void
    /** What is there, or what `make` gives; the same for all processes that ask at once. */
    ensure(name: string, make: () => string): string
  }
  /** Ciphertext only; who encrypts is the secrets port. */
  secrets: {
    get(name: string): Uint8Array | null
    set(name: string, ciphertext: Uint8Array): void
    remove(name: string): void
  }
  /** Between processes. A lock whose time is over counts as free. */
  locks: {
    take(name: string, owner: string, nowMs: number, untilMs: number): boolean
    release(name: string, owner: string): void
  }
  batches: {
    /** Newest first. */
    list(): BatchRow[]
    get(id: string): BatchRow | null
    save(row: BatchRow): void
  }
  close(): void
}

type Row = Record<string, SQLOutputValue>

/** Opens or makes `watchroom.sqlite` in the folder; errors and repair as in open-file.ts. Owned by the caller: close it. */
export function openDatabase(folder: string, options: OpenOptions): Database {
  const connection = openFile(folder, options)
  return {
    servers: serverTable(connection),
    settings: settingTable(connection),
    secrets: secretTable(connection),
    locks: lockTable(connection),
    batches: batchTable(connection),
    close: () => connection.close(),
  }
}

function serverTable(connection: DatabaseSync): Database['servers'] {
  const list = connection.prepare('SELECT * FROM servers ORDER BY name, id LIMIT 10000')
  const get = connection.prepare('SELECT * FROM servers WHERE id = ?')
  const find = connection.prepare('SELECT * FROM servers WHERE dialect = ? AND url = ?')
  const save = connection.prepare(
    `INSERT INTO servers (id, name, dialect, url, trusted, settings, clock_check, has_stored_secret)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, dialect = excluded.dialect, url = excluded.url,
       trusted = excluded.trusted, settings = excluded.settings, clock_check = excluded.clock_check,
       has_stored_secret = excluded.has_stored_secret`,
  )
  const remove = connection.prepare('DELETE FROM servers WHERE id = ?')
  const parse = (row: Row): ServerRow =>
    serverRowSchema.parse({
      ...row,
      trusted: JSON.parse(String(row['trusted'])) as unknown,
      settings: JSON.parse(String(row['settings'])) as unknown,
      clockCheck: row['clock_check'],
      hasStoredSecret: row['has_stored_secret'] === 1,
    })
  return {
    list: () => list.all().map(parse),
    get: (id) => first(get.get(id), parse),
    find: (dialect, url) => first(find.get(dialect, url), parse),
    save(row) {
      const json = [JSON.stringify(row.trusted), JSON.stringify(row.settings)]
      save.run(row.id, row.name, row.dialect, row.url, ...json, row.clockCheck, row.hasStoredSecret ? 1 : 0)
    },
    remove: (id) => void remove.run(id),
  }
}

function settingTable(connection: DatabaseSync): Database['settings'] {
  const get = connection.prepare('SELECT value FROM settings WHERE name = ?')
  const set = connection.prepare(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  )
  const add = connection.prepare('INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING')
  const read = (name: string): string | null => first(get.get(name), (row) => z.string().parse(row['value']))
  return {
    get: read,
    set: (name, value) => void set.run(name, value),
    ensure(name, make) {
      const known = read(name)
      if (known !== null) return known
      const made = make()
      add.run(name, made)
      return read(name) ?? made
    },
  }
}

function secretTable(connection: DatabaseSync): Database['secrets'] {
  const get = connection.prepare('SELECT ciphertext FROM secrets WHERE name = ?')
  const set = connection.prepare(
    'INSERT INTO secrets (name, ciphertext) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET ciphertext = excluded.ciphertext',
  )
  const remove = connection.prepare('DELETE FROM secrets WHERE name = ?')
  return {
    get: (name) => first(get.get(name), (row) => z.instanceof(Uint8Array).parse(row['ciphertext'])),
    set: (name, ciphertext) => void set.run(name, ciphertext),
    remove: (name) => void remove.run(name),
  }
}

function lockTable(connection: DatabaseSync): Database['locks'] {
  const take = connection.prepare(
    `INSERT INTO locks (name, owner, until_ms) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until_ms = excluded.until_ms WHERE locks.until_ms <= ?`,
  )
  const release = connection.prepare('DELETE FROM locks WHERE name = ? AND owner = ?')
  return {
    take: (name, owner, nowMs, untilMs) => take.run(name, owner, Math.round(untilMs), Math.round(nowMs)).changes === 1,
    release: (name, owner) => void release.run(name, owner),
  }
}

function batchTable(connection: DatabaseSync): Database['batches'] {
  const list = connection.prepare('SELECT * FROM batches ORDER BY created_at_ms DESC, id LIMIT 10000')
  const get = connection.prepare('SELECT * FROM batches WHERE id = ?')
  const save = connection.prepare(
    `INSERT INTO batches (id, name, destination, created_at_ms, state, server_ids) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, destination = excluded.destination,
       created_at_ms = excluded.created_at_ms, state = excluded.state, server_ids = excluded.server_ids`,
  )
  const parse = (row: Row): BatchRow =>
    batchRowSchema.parse({
      ...row,
      createdAtMs: row['created_at_ms'],
      serverIds: JSON.parse(String(row['server_ids'])) as unknown,
    })
  return {
    list: () => list.all().map(parse),
    get: (id) => first(get.get(id), parse),
    save(row) {
      const createdAtMs = Math.round(row.createdAtMs)
      save.run(row.id, row.name, row.destination, createdAtMs, row.state, JSON.stringify(row.serverIds))
    },
  }
}

function first<T>(row: Row | undefined, parse: (row: Row) => T): T | null {
  return row === undefined ? null : parse(row)
}
