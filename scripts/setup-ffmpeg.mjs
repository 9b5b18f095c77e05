// Makes sure that there is an ffmpeg to run, by the cheapest way that works here. Built-ins only, runs on Node 20.
import { accessSync, constants, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runProgram } from './run-program.mjs'

const probeTimeoutMs = 4_000
const downloadTimeoutMs = 120_000
const aptTimeoutMs = 10 * 60_000
const executable = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg'

/**
 * Ends with the path of an ffmpeg that runs: FFMPEG_BIN, the bundled one, the one on PATH, Debian's package. Throws with what
 * to install. The order is that of the product at run time, where the user's setting comes before all.
 */
export async function installFfmpeg(root, logPath, node, say) {
  const named = process.env.FFMPEG_BIN
  if (named) {
    if (await doesRun(named)) return named
    throw new Error(`FFMPEG_BIN names ${named}, which does not run. Correct or unset it`)
  }
  const bundled = join(root, 'node_modules', 'ffmpeg-static', executable)
  if (!isExecutable(bundled)) await downloadBundled(root, bundled, logPath, node, say)
  if (await doesRun(bundled)) return bundled
  return (await findOnPath()) ?? (await installFromDebian(logPath, say))
}

/** A quick look for the next set-up: is what was found still there, and would it be found the same way? */
export function isStillThere({ ffmpeg, isFfmpegNamed }) {
  const named = process.env.FFMPEG_BIN
  return isExecutable(ffmpeg) && (named ? named === ffmpeg : !isFfmpegNamed)
}

async function doesRun(path) {
  return isExecutable(path) && (await runProgram(path, ['-version'], { timeoutMs: 20_000 })).ok
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** The package's install script, but only if its host answers at once: not reaching it is normal and no failure. */
async function downloadBundled(root, target, logPath, node, say) {
  const folder = join(root, 'node_modules', 'ffmpeg-static')
  if (!existsSync(join(folder, 'install.js')) || !(await isHostReachable(folder, node))) return
  say('downloading ffmpeg …')
  const env = { ...process.env, CI: '1' }
  const { ok } = await runProgram(node, ['install.js'], { cwd: folder, env, timeoutMs: downloadTimeoutMs, logPath })
  if (!ok || !(await doesRun(target))) rmSync(target, { force: true })
}

/** Asked by a child process: a name look-up that hangs cannot be cut short inside this one. */
async function isHostReachable(folder, node) {
  const tag = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))['ffmpeg-static']['binary-release-tag']
  const base = process.env.FFMPEG_BINARIES_URL || 'https://github.com/eugeneware/ffmpeg-static/releases/download'
  const url = `${base}/${process.env.FFMPEG_BINARY_RELEASE || tag}/ffmpeg-${process.platform}-${process.arch}.gz`
  const ask = `fetch(process.argv[1], { method: 'HEAD', redirect: 'manual' }).then(
    (reply) => process.exit(reply.status < 400 ? 0 : 1), () => process.exit(1))`
  return (await runProgram(node, ['-e', ask, url], { timeoutMs: probeTimeoutMs })).ok
}

async function findOnPath() {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, executable)
    if (folder !== '' && (await doesRun(path))) return path
  }
  return null
}

async function installFromDebian(logPath, say) {
  const isRoot = process.getuid?.() === 0
  if (!isRoot || !existsSync('/usr/bin/apt-get')) throw new Error(`no ffmpeg. ${remedy()}`)
  say('installing ffmpeg (apt-get) …')
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs: aptTimeoutMs,
    logPath,
  }
  const lock = ['-o', 'DPkg::Lock::Timeout=300']
  await runProgram('apt-get', [...lock, 'update'], options)
  const installed = await runProgram(
    'apt-get',
    [...lock, 'install', '-y', '--no-install-recommends', 'ffmpeg'],
    options,
  )
  const path = await findOnPath()
  if (path === null) throw new Error(`apt-get install ffmpeg: ${installed.reason}. ${remedy()}`)
  return path
}

function remedy() {
  const install = {
    win32: 'winget install ffmpeg',
    darwin: 'brew install ffmpeg',
  }[process.platform]
  const debian = existsSync('/usr/bin/apt-get') ? 'sudo apt-get install ffmpeg' : "your distribution's package ffmpeg"
  return `Install it (${install ?? debian}) or set FFMPEG_BIN to its path`
}
