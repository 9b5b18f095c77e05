// All that a fresh machine needs before any other npm script: packages, the pinned Node 24, ffmpeg. Safe to repeat, quick when
// nothing is to do. Built-ins only, runs on Node 20: it runs before anything is installed.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'
import { installFfmpeg, isStillThere } from './setup-ffmpeg.mjs'
import { areInstalled, describeNode, installNode, installPackages, nodePath, readLockfile } from './setup-packages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, '.cache')
const logPath = join(cache, 'setup.log')
/** What the last set-up left, inside node_modules so that it goes when they go. */
const stampPath = join(root, 'node_modules', '.watchroom-setup.json')

/** On stderr: the output of the program that runs next stays clean. */
function say(text) {
  process.stderr.write(`setup: ${text}\n`)
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8'))
  } catch {
    return null
  }
}

function isUpToDate(stamp, lockfile, lockSha256) {
  return (
    stamp !== null &&
    stamp.lockSha256 === lockSha256 &&
    stamp.platform === `${process.platform}-${process.arch}` &&
    JSON.stringify(describeNode(root)) === JSON.stringify(stamp.node) &&
    isStillThere(stamp) &&
    areInstalled(root, lockfile)
  )
}

function ready(stamp) {
  say(`ready (Node ${stamp.nodeVersion}, ${stamp.ffmpeg})`)
}

async function timed(name, work) {
  const startedMs = Date.now()
  say(`${name} …`)
  await work()
  say(`${name} done (${Math.round((Date.now() - startedMs) / 1000)} s)`)
}

async function setUp(lockfile, lockSha256) {
  mkdirSync(cache, { recursive: true })
  writeFileSync(logPath, '')
  if (!areInstalled(root, lockfile)) await timed('npm packages', () => installPackages(root, logPath))

  let nodeVersion
  const place = async () => {
    nodeVersion = await installNode(root, logPath, say)
  }
  await (describeNode(root) === null ? timed('Node 24', place) : place())

  const node = existsSync(nodePath(root)) ? nodePath(root) : process.execPath
  const ffmpeg = await installFfmpeg(root, logPath, node, say)
  const stamp = {
    lockSha256,
    platform: `${process.platform}-${process.arch}`,
    node: describeNode(root),
    nodeVersion,
    ffmpeg,
    isFfmpegNamed: Boolean(process.env.FFMPEG_BIN),
  }
  writeFileSync(stampPath, JSON.stringify(stamp))
  return stamp
}

async function main() {
  if (Number(process.versions.node.split('.')[0]) < 20)
    throw new Error(`this is Node ${process.versions.node}. Install Node 20 or newer`)
  const lockfile = readLockfile(root)
  const lockSha256 = createHash('sha256').update(lockfile).digest('hex')
  const before = readStamp()
  if (isUpToDate(before, lockfile, lockSha256)) return ready(before)
  await withLock(
    join(cache, 'setup.lock'),
    async () => {
      const meanwhile = readStamp()
      ready(isUpToDate(meanwhile, lockfile, lockSha256) ? meanwhile : await setUp(lockfile, lockSha256))
    },
    () => say('another set-up is running here, waiting for it …'),
  )
}

try {
  await main()
} catch (error) {
  const log = existsSync(logPath) ? ` Log: ${logPath}` : ''
  say(`failed: ${error.message}; then run "npm run setup" again.${log}`)
  process.exitCode = 1
}
