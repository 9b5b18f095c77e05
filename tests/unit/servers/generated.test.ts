// The committed types and schemas are exactly what the documents give.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '../../..')

test('generating anew changes nothing', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'watchroom-generated-'))
  try {
    await promisify(execFile)(process.execPath, [path.join(root, 'scripts/generate-api.mjs'), folder])
    for (const dialect of ['vms', 'vsaas']) {
      const committed = path.join(root, 'main/core/servers', dialect, 'generated')
      expect(readdirSync(path.join(folder, dialect))).toEqual(readdirSync(committed))
      for (const name of readdirSync(committed)) {
        const made = readFileSync(path.join(folder, dialect, name), 'utf8')
        expect(made === readFileSync(path.join(committed, name), 'utf8'), `${dialect}/${name}`).toBe(true)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
