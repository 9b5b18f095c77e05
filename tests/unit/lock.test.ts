// The lock of the set-up and build scripts: one at a time, and no crash leaves it behind.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const run = promisify(execFile)
const module = resolve(import.meta.dirname, '../../scripts/lock.mjs')
/** Takes the lock argv[2], notes `in` and `out` in argv[3], and in between ends as argv[4] says. */
const program = `
  import { appendFileSync } from 'node:fs'
  import { setTimeout as sleep } from 'node:timers/promises'
  import { withLock } from ${JSON.stringify(module)}
  const [path, journal, end] = process.argv.slice(1)
  await withLock(path, async () => {
    appendFileSync(journal, 'in\\n')
    if (end === 'exit') process.exit(3)
    if (end === 'kill') process.kill(process.pid, 'SIGKILL')
    if (end === 'throw') throw new Error('no luck')
    await sleep(20)
    appendFileSync(journal, 'out\\n')
  })`

let folder = ''
const path = (): string => join(folder, 'a.lock')
const journal = (): string => readFileSync(join(folder, 'journal'), 'utf8')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function hold(end = 'return'): Promise<unknown> {
  const args = ['--input-type=module', '-e', program, path(), join(folder, 'journal'), end]
  return run(process.execPath, args, { timeout: 15_000 })
}

test('many at once come one after the other', async () => {
  await Promise.all(Array.from({ length: 6 }, () => hold()))
  expect(journal()).toBe('in\nout\n'.repeat(6))
  expect(readdirSync(folder)).toEqual(['journal'])
})

test.each(['exit', 'throw'])('work that ends by %s drops the lock', async (end) => {
  await expect(hold(end)).rejects.toThrow()
  expect(existsSync(path())).toBe(false)
})

test('an owner that was killed is succeeded, by one of those who wait', async () => {
  await expect(hold('kill')).rejects.toThrow()
  expect(existsSync(path())).toBe(true)
  await Promise.all(Array.from({ length: 4 }, () => hold()))
  expect(journal()).toBe(`in\n${'in\nout\n'.repeat(4)}`)
  expect(readdirSync(folder)).toEqual(['journal'])
})

test('an owner elsewhere counts as gone only after it was silent for long', async () => {
  writeFileSync(path(), JSON.stringify({ pid: process.pid, host: `not-${hostname()}`, id: 'a' }))
  const waiting = hold()
  await expect(Promise.race([waiting, new Promise((go) => setTimeout(go, 700, 'waits'))])).resolves.toBe('waits')
  utimesSync(path(), new Date(Date.now() - 31_000), new Date(Date.now() - 31_000))
  await waiting
  expect(journal()).toBe('in\nout\n')
})
