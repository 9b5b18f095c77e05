// Opens the database file: durable, shared by several processes, migrated; a damaged file is set aside, never a crash.
// Knows no table but its own list of migrations.
import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '#contract/errors.ts'
import type { LogEntry } from '../ports.ts'
import { makeFolder } from './make-folder.ts'
import { migrations } from './migrations.ts'

export interface OpenOptions {
  log: (entry: LogEntry) => void
  /** Unix milliseconds. */
  now: () => number
}

const busyTimeoutMs = 10_000
const repairStaleMs = 30_000
/** Result codes of SQLite (sqlite.org/rescode.html). */
const damagedCodes = new Set([11, 26])

/**
 * Creates the folder and file when absent. A file that is not a sound database is renamed to
 * `watchroom.damaged-<time>.sqlite` and a fresh one made. Errors: invalid-input (made by a newer program), disk-full,
 * internal.
 */
export function openFile(folder: string, options: OpenOptions): DatabaseSync {
  const file = path.join(folder, 'watchroom.sqlite')
  try {
    makeFolder(folder)
  } catch (error) {
    throw toAppError(error, file)
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return openSound(file, options)
    } catch (error) {
      if (!isDamaged(error) || attempt > 100) throw toAppError(error, file)
      repair(file, options)
    }
  }
}

function openSound(file: string, options: OpenOptions): DatabaseSync {
  const connection = new DatabaseSync(file, { timeout: busyTimeoutMs })
  try {
    chmodSync(file, 0o600)
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    const check = connection.prepare('PRAGMA quick_check(1)').get()
    if (check?.['quick_check'] !== 'ok') throw new DamagedError()
    migrate(connection, options.now())
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

function migrate(connection: DatabaseSync, nowMs: number): void {
  connection.exec('BEGIN IMMEDIATE')
  try {
    connection.exec(
      'CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL) STRICT',
    )
    const done = Number(connection.prepare('SELECT count(*) AS done FROM migrations').get()?.['done'])
    if (done > migrations.length) {
      throw new AppError(
        'invalid-input',
        'The settings of this workstation were made by a newer version of the program.',
      )
    }
    for (const [index, sql] of migrations.entries()) {
      if (index < done) continue
      connection.exec(sql)
      connection.prepare('INSERT INTO migrations (id, applied_at_ms) VALUES (?, ?)').run(index + 1, Math.round(nowMs))
    }
    connection.exec('COMMIT')
  } catch (error) {
    connection.exec('ROLLBACK')
    throw error
  }
}

function repair(file: string, options: OpenOptions): void {
  try {
    setAside(file, options)
  } catch (error) {
    throw toAppError(error, file)
  }
}

/** One process repairs, others wait a moment and open again: a fresh file must not be set aside by a late comer. */
function setAside(file: string, options: OpenOptions): void {
  const lock = `${file}.repair`
  if (!takeLock(lock)) return
  try {
    if (!isStillDamaged(file)) return
    const stamp = new Date(options.now()).toISOString().replaceAll(/[:.]/g, '-')
    const aside = path.join(path.dirname(file), `watchroom.damaged-${stamp}.sqlite`)
    for (const suffix of ['-wal', '-shm', '']) {
      if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix)
    }
    options.log({ level: 'error', event: 'storage.damaged', fields: { setAsideAs: path.basename(aside) } })
  } finally {
    rmSync(lock, { force: true })
  }
}

function takeLock(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx'))
    return true
  } catch {
    const touchedMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
    if (touchedMs !== undefined && Date.now() - touchedMs > repairStaleMs) rmSync(lock, { force: true })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    return false
  }
}

function isStillDamaged(file: string): boolean {
  if (!existsSync(file)) return false
  let connection: DatabaseSync | null = null
  try {
    connection = new DatabaseSync(file, { timeout: busyTimeoutMs })
    return connection.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok'
  } catch (error) {
    return isDamaged(error)
  } finally {
    connection?.close()
  }
}

class DamagedError extends Error {}

function isDamaged(error: unknown): boolean {
  if (error instanceof DamagedError) return true
  return error instanceof Error && 'errcode' in error && damagedCodes.has(Number(error.errcode) & 0xff)
}

function toAppError(error: unknown, file: string): AppError {
  if (error instanceof AppError) return error
  const resultCode = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : null
  if (resultCode === 13) {
    return new AppError('disk-full', 'The disk with the settings of this workstation is full.', { cause: error })
  }
  const message = `The settings of this workstation cannot be opened (${file}): may this account write to that folder?`
  return new AppError('internal', message, { cause: error, details: { reason: 'settings', path: file } })
}
