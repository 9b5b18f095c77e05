// The npm packages of the lockfile, and the Node 24 among them that every npm script runs on. Built-ins only, runs on Node 20.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, delimiter, join, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runProgram } from './run-program.mjs'

/** SHA-256 of the program in the npm packages `node-<platform>-<arch>` of nodeVersion. */
const nodeVersion = '24.21.0'
const nodeSha256 = {
  'linux-x64': '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
  'linux-arm64': '0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584',
  'win32-x64': 'ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32',
}
const platform = `${process.platform}-${process.arch}`
const installTimeoutMs = 15 * 60_000
const nodeTimeoutMs = 10 * 60_000

/** Another program changes the same folder: what a killed set-up left running, a virus scanner, an editor. */
const conflict =
  /\b(ENOTEMPTY|EEXIST|EBUSY|uv_cwd|ENOENT: no such file or directory, (rename|rmdir|chdir|open|mkdir))\b/
const conflictPauseMs = 20_000

export function readLockfile(root) {
  return readFileSync(join(root, 'package-lock.json'))
}

/** True if npm's own record of node_modules agrees with the lockfile in every package that is not optional. */
export function areInstalled(root, lockfile) {
  const recordPath = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(recordPath)) return false
  const wanted = JSON.parse(lockfile).packages
  const present = JSON.parse(readFileSync(recordPath, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      entry.optional === true ||
      (present[path]?.version === entry.version &&
        present[path].integrity === entry.integrity &&
        existsSync(join(root, path))),
  )
}

export async function installPackages(root, logPath) {
  const args = [
    'ci',
    '--include=dev',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--loglevel=error',
  ]
  const install = () => runNpm(root, args, { timeoutMs: installTimeoutMs, logPath })
  let result = await install()
  if (!result.ok && conflict.test(result.output)) {
    await sleep(conflictPauseMs)
    result = await install()
  }
  if (result.ok) return
  throw new Error(`npm ci: ${result.reason}. Check the network and npm's registry setting (npm config get registry)`)
}

/** Size and time of the program, for a quick look whether it is still the one that was checked; null if there is none. */
export function describeNode(root) {
  const file = statSync(nodePath(root), { throwIfNoEntry: false })
  const hasLink = existsSync(join(root, 'node_modules', '.bin', 'node'))
  return file && hasLink ? { sizeBytes: file.size, modifiedMs: file.mtimeMs } : null
}

/**
 * Puts the checked Node in place. Ends with the version that npm scripts will run on. Where npm has no such package for this
 * machine, or it does not run here, the machine's own Node will do if it is as new.
 */
export async function installNode(root, logPath, say) {
  if (!(await isNodeGenuine(root))) {
    removeNode(root)
    const args = ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']
    await runNpm(root, args, { timeoutMs: nodeTimeoutMs, logPath })
    if (describeNode(root) === null) return acceptOwnNode(`npm has no Node ${nodeVersion} for ${platform}`)
    if (!(await isNodeGenuine(root))) {
      removeNode(root)
      throw new Error('the Node program from the npm registry is not the published one (SHA-256). Check the registry')
    }
  }
  if (nodeSha256[platform] === undefined)
    say(`no checksum of Node is known for ${platform}: only its version is checked`)
  const { ok, output } = await runProgram(nodePath(root), ['--version'], { timeoutMs: 20_000 })
  if (ok && output.trim() === `v${nodeVersion}`) return nodeVersion
  removeNode(root)
  return acceptOwnNode(`the Node ${nodeVersion} of the npm registry does not run here`)
}

export function nodePath(root) {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

/** In place and, where its checksum is known, the published program. */
async function isNodeGenuine(root) {
  if (describeNode(root) === null) return false
  const wanted = nodeSha256[platform]
  if (wanted === undefined) return true
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(nodePath(root), { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex') === wanted
}

/** All of it: the program is a hard link to the package beside it, and npm would run install scripts with a broken one. */
function removeNode(root) {
  for (const name of ['bin', 'node_modules'])
    rmSync(join(root, 'node_modules', 'node', name), { recursive: true, force: true })
  for (const name of ['node', 'node.cmd', 'node.ps1']) rmSync(join(root, 'node_modules', '.bin', name), { force: true })
}

function acceptOwnNode(problem) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.versions.node
  throw new Error(`${problem}. Install Node 24 or newer, or check the network`)
}

/** npm runs on the machine's Node: the one in node_modules is replaced meanwhile. */
function runNpm(root, args, options) {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(join(root, 'node_modules') + sep))
  const env = { ...process.env, PATH: path.join(delimiter) }
  const cli = process.env.npm_execpath
  const node = path.map((folder) => join(folder, 'node')).find((file) => existsSync(file))
  if (cli && node && basename(cli) === 'npm-cli.js' && existsSync(cli))
    return runProgram(node, [cli, ...args], { ...options, cwd: root, env })
  const isWindows = process.platform === 'win32'
  return runProgram(isWindows ? 'npm.cmd' : 'npm', args, { ...options, cwd: root, env, shell: isWindows })
}
