// Secrets at rest: sealed under a passphrase, or not at rest at all.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPassphraseSecrets, createSessionSecrets, openDatabase } from '#core/storage/index.ts'
import type { Database } from '#core/storage/index.ts'

let folder: string
let database: Database

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'watchroom-secrets-'))
  database = openDatabase(folder, { log: () => undefined, now: () => 0 })
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

test('F5 what is sealed is found again with the passphrase, and nowhere on the disk in the clear', async () => {
  const secrets = createPassphraseSecrets({ database, passphrase: 'пароль é' })
  await secrets.set('token', 'canary-7f3a')
  expect(await secrets.get('token')).toBe('canary-7f3a')
  expect(await createPassphraseSecrets({ database, passphrase: 'пароль e\u0301' }).get('token')).toBe('canary-7f3a')
  const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(path.join(folder, name))))
  expect(bytes.includes('canary-7f3a')).toBe(false)
  expect(bytes.includes('пароль')).toBe(false)
  await secrets.delete('token')
  expect(await secrets.get('token')).toBeNull()
})

test('a wrong passphrase is said, also where nothing is stored under the name', async () => {
  await createPassphraseSecrets({ database, passphrase: 'right' }).set('token', 'x')
  const wrong = createPassphraseSecrets({ database, passphrase: 'wrong' })
  await expect(wrong.get('token')).rejects.toMatchObject({ code: 'unauthorized' })
  await expect(wrong.get('other')).rejects.toMatchObject({ code: 'unauthorized' })
  await expect(wrong.set('token', 'y')).rejects.toMatchObject({ code: 'unauthorized' })
})

test('a value that was damaged or moved under another name is refused', async () => {
  const secrets = createPassphraseSecrets({ database, passphrase: 'p' })
  await secrets.set('token', 'x')
  const sealed = Buffer.from(database.secrets.get('token') ?? [])
  database.secrets.set('other', sealed)
  await expect(secrets.get('other')).rejects.toMatchObject({ code: 'internal' })
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    database.secrets.set('token', changed)
    await expect(secrets.get('token')).rejects.toMatchObject({ code: 'internal' })
  }
})

test('secrets of a session are gone with it', async () => {
  const secrets = createSessionSecrets()
  await secrets.set('token', 'x')
  expect([secrets.isPersistent, await secrets.get('token')]).toEqual([false, 'x'])
  await secrets.delete('token')
  expect(await secrets.get('token')).toBeNull()
})
