// The workstation's database: rows survive, several processes at once work, and a damaged file is set aside.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogEntry } from '#core/ports.ts'
import { openDatabase } from '#core/storage/index.ts'
import type { Database, ServerRow } from '#core/storage/index.ts'

let folder: string
let log: LogEntry[]
const opened: Database[] = []
const nowMs = Date.parse('2026-11-20T10:00:00Z')

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'watchroom-storage-'))
  log = []
})
afterEach(() => {
  for (const database of opened.splice(0)) database.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(): Database {
  const database = openDatabase(folder, { log: (entry) => log.push(entry), now: () => nowMs })
  opened.push(database)
  return database
}

const row: ServerRow = {
  id: 'a',
  name: 'Яuzа',
  dialect: 'vms',
  url: 'https://cctv.example',
  trusted: [{ use: 'media', origin: null, fingerprint: 'a'.repeat(64) }],
  settings: { zone: 'Europe/Berlin' },
  clockCheck: 'right',
  hasStoredSecret: true,
}

describe('rows', () => {
  test('survive a restart', () => {
    const database = open()
    const batch = { id: 'b', name: 'x', destination: '/d', createdAtMs: nowMs, state: 'done', serverIds: ['a'] }
    database.servers.save(row)
    database.servers.save({ ...row, name: 'Gate' })
    database.batches.save(batch)
    database.batches.save({ ...batch, id: 'newer', createdAtMs: nowMs + 1 })
    database.settings.set('k', 'v')
    database.secrets.set('s', new Uint8Array([1, 2]))
    opened.pop()?.close()
    const again = open()
    expect(again.servers.list()).toEqual([{ ...row, name: 'Gate' }])
    expect(again.servers.find('vms', row.url)?.id).toBe('a')
    expect(again.servers.find('vsaas', row.url)).toBeNull()
    expect(again.batches.list().map(({ id }) => id)).toEqual(['newer', 'b'])
    expect(again.batches.get('b')).toEqual(batch)
    expect(again.settings.get('k')).toBe('v')
    expect(again.settings.ensure('k', () => 'other')).toBe('v')
    expect([...(again.secrets.get('s') ?? [])]).toEqual([1, 2])
  })

  test('are removed', () => {
    const database = open()
    database.servers.save(row)
    database.servers.remove('a')
    database.secrets.set('s', new Uint8Array([1]))
    database.secrets.remove('s')
    expect([database.servers.get('a'), database.secrets.get('s'), database.batches.get('b')]).toEqual([
      null,
      null,
      null,
    ])
  })

  test('locks belong to one owner until released or over', () => {
    const { locks } = open()
    expect(locks.take('l', 'first', 0, 100)).toBe(true)
    expect(open().locks.take('l', 'second', 50, 150)).toBe(false)
    locks.release('l', 'second')
    expect(locks.take('l', 'second', 50, 150)).toBe(false)
    expect(locks.take('l', 'second', 100, 200)).toBe(true)
    locks.release('l', 'second')
    expect(locks.take('l', 'first', 100, 200)).toBe(true)
  })
})

describe('the file', () => {
  test('is only for this account', () => {
    open()
    expect(statSync(path.join(folder, 'watchroom.sqlite')).mode & 0o077).toBe(0)
  })

  test.each(['text instead of a database', 'zeroed pages'])('is set aside when damaged: %s', (kind) => {
    const file = path.join(folder, 'watchroom.sqlite')
    if (kind === 'zeroed pages') {
      const connection = new DatabaseSync(file)
      connection.exec('CREATE TABLE t (v TEXT)')
      const insert = connection.prepare('INSERT INTO t VALUES (?)')
      for (let count = 0; count < 500; count++) insert.run('x'.repeat(100))
      connection.close()
      writeFileSync(file, Buffer.alloc(8192), { flag: 'r+' })
      writeFileSync(file, 'SQLite format 3\0', { flag: 'r+' })
    } else writeFileSync(file, 'this is no database. '.repeat(500))
    const database = open()
    expect(database.servers.list()).toEqual([])
    expect(readdirSync(folder)).toContain('watchroom.damaged-2026-11-20T10-00-00-000Z.sqlite')
    expect(log).toMatchObject([{ level: 'error', event: 'storage.damaged' }])
  })

  test('of a newer program is left alone', () => {
    open()
    const connection = new DatabaseSync(path.join(folder, 'watchroom.sqlite'))
    connection.exec('INSERT INTO migrations VALUES (999, 0)')
    connection.close()
    expect(open).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })

  test('makes the folders above it, and says so where it cannot', () => {
    const outer = folder
    folder = path.join(outer, 'a', 'b')
    open()
    expect(statSync(folder).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o700)
    writeFileSync(path.join(outer, 'file'), '')
    for (const place of [path.join(outer, 'file'), path.join(outer, 'file', 'c')]) {
      folder = place
      expect(open).toThrow(
        expect.objectContaining({ code: 'internal', message: expect.stringContaining('settings') as string }),
      )
    }
    folder = outer
  })

  test.skipIf(process.platform !== 'linux')('ends where a folder refuses children as if it were absent', () => {
    const outer = folder
    folder = '/proc/watchroom/a'
    expect(open).toThrow(expect.objectContaining({ code: 'internal' }))
    folder = outer
  })

  test('serves several processes at once', async () => {
    const script = `
      import { openDatabase } from '#core/storage/index.ts'
      const database = openDatabase(process.argv[1], { log: () => undefined, now: () => 0 })
      for (let count = 0; count < 40; count++) database.settings.set(process.pid + '/' + count, 'v')
      console.log(database.settings.ensure('installation', () => String(process.pid)))
      database.close()`
    const outputs = await Promise.all([1, 2, 3].map(() => runScript(script)))
    expect(new Set(outputs).size).toBe(1)
    const connection = new DatabaseSync(path.join(folder, 'watchroom.sqlite'))
    expect(connection.prepare('SELECT count(*) AS rows FROM settings').get()).toEqual({ rows: 121 })
    connection.close()
  })
})

function runScript(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const arguments_ = ['--no-warnings', '--input-type=module', '-e', script, folder]
    const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`ended with ${code}`))))
  })
}
