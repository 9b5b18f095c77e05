// The command line from source: sets up what is missing, builds it if a source changed since the last build, then starts
// it. Built-ins only.
// All output of its own goes to stderr.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'
import { runProgram } from './run-program.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const stampPath = join(root, 'out', '.built-from')
const buildTimeoutMs = 120_000

/** Names, sizes and times of all that goes into the build: a change in any of them, or a file gone, asks for a new build. */
function describeSources() {
  const files = readdirSync(join(root, 'main'), { recursive: true }).map((path) => join('main', path))
  files.push('electron.vite.config.ts', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json')
  const hash = createHash('sha256')
  for (const path of files.sort()) {
    const file = statSync(join(root, path), { throwIfNoEntry: false })
    if (file?.isFile()) hash.update(`${path}\0${file.size}\0${file.mtimeMs}\n`)
  }
  return hash.digest('hex')
}

function isBuilt(sources) {
  const built = existsSync(stampPath) ? readFileSync(stampPath, 'utf8') : ''
  return built === sources && existsSync(join(root, 'out', 'main', 'cli.js'))
}

/** In a new checkout there is nothing to build with yet. The set-up speaks on stderr. */
function setUpIfNew() {
  if (existsSync(join(root, 'node_modules', '.watchroom-setup.json'))) return
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'setup.mjs')], { stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}

/** The Node of the set-up: right after it, the one that runs this may still be older than the build needs. */
function findNode() {
  const pinned = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  return existsSync(pinned) ? pinned : process.execPath
}

async function build(sources) {
  const program = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  const args = [program, 'build', '--logLevel', 'error']
  // what an earlier build left stays: a program started from it may still load its parts
  const env = { ...process.env, WATCHROOM_KEEP_OUT: '1' }
  const { ok, output, reason } = await runProgram(findNode(), args, { cwd: root, env, timeoutMs: buildTimeoutMs })
  if (!ok) throw new Error(`the build failed (${reason})\n${output}`)
  mkdirSync(join(root, 'out'), { recursive: true })
  writeFileSync(stampPath, sources)
}

/** npm runs scripts in the package's folder; relative paths among the arguments mean the folder where npm was called. */
function returnToCallersFolder() {
  const folder = process.env.INIT_CWD
  if (process.env.npm_lifecycle_event === 'cli' && folder && existsSync(folder)) process.chdir(folder)
}

async function buildIfChanged() {
  if (isBuilt(describeSources())) return
  await withLock(join(root, '.cache', 'build.lock'), async () => {
    const sources = describeSources()
    if (!isBuilt(sources)) await build(sources)
  })
}

setUpIfNew()
try {
  await buildIfChanged()
} catch (error) {
  process.stderr.write(`watchroom: ${error.message}\n`)
  process.exit(1)
}
returnToCallersFolder()
await import('./watchroom.mjs')
