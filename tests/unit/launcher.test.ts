// The program `watchroom`: arguments, exit codes and signals reach the command line and come back unchanged.
import { execFile, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const run = promisify(execFile)
const source = resolve(import.meta.dirname, '../../scripts/watchroom.mjs')
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'launcher-'))
  mkdirSync(join(folder, 'scripts'))
  copyFileSync(source, join(folder, 'scripts', 'watchroom.mjs'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function writeCli(code: string): void {
  mkdirSync(join(folder, 'out', 'main'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'out', 'main', 'cli.js'), code)
}

const launch = (...args: string[]): ReturnType<typeof run> =>
  run(process.execPath, [join(folder, 'scripts', 'watchroom.mjs'), ...args], { timeout: 15_000 })

test('passes arguments as they are', async () => {
  writeCli('process.stdout.write(JSON.stringify(process.argv.slice(2)))')
  const { stdout, stderr } = await launch('export', '--to', 'a b', '', '"$x"')
  expect(JSON.parse(String(stdout))).toEqual(['export', '--to', 'a b', '', '"$x"'])
  expect(stderr).toBe('')
})

test('ends with the exit code of the command', async () => {
  writeCli('process.exitCode = 6')
  await expect(launch()).rejects.toMatchObject({ code: 6 })
})

test('a signal reaches the command, once', async () => {
  writeCli(`let count = 0
    process.on('SIGINT', () => { count += 1; setTimeout(() => process.exit(40 + count), 50) })
    setInterval(() => {}, 1000)
    process.stdout.write('up')`)
  const child = spawn(process.execPath, [join(folder, 'scripts', 'watchroom.mjs')])
  child.stdout.once('data', () => child.kill('SIGINT'))
  const code = await new Promise((end) => child.once('close', end))
  expect(code).toBe(41)
})

test('says in one line that it was not built', async () => {
  await expect(launch()).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^watchroom: .+\n$/),
  })
})
