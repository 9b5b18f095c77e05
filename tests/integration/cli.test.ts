// The command line as a process against the pretend installation: exports, interruptions, exit codes, and no secret
// anywhere outside the process.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readManifest } from '#core/exports/evidence/index.ts'
import { startSite } from '../site/start-site.ts'
import type { Site } from '../site/start-site.ts'

const program = resolve(import.meta.dirname, '../../main/cli/index.ts')
const rangeMs = 20_000

let site: Site
let folder: string
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watchroom-cli-'))
})
afterEach(async () => {
  await site.media.control.reset()
  await site.media.control.clearLog()
  await rm(folder, { recursive: true, force: true })
})

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

interface Started {
  child: ChildProcess
  ended: Promise<Ended>
  /** Resolves when stdout has such a text, rejects when the process ended without. */
  seen(pattern: RegExp): Promise<void>
}

function start(args: readonly string[], environment: Record<string, string> = {}): Started {
  const { PATH = '', HOME = '', TMPDIR } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH,
      HOME,
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      WATCHROOM_HOME: join(folder, 'home'),
      WATCHROOM_TOKEN: site.vsaas.token,
      ...environment,
    },
  })
  const texts = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()))
  return {
    child,
    ended: new Promise((done) => child.on('close', (code) => done({ code, ...texts }))),
    seen: (pattern) =>
      new Promise((done, reject) => {
        const look = (): void => {
          if (pattern.test(texts.stdout)) done()
        }
        child.stdout.on('data', look)
        child.on('close', () => reject(new Error(`ended without ${pattern.source}: ${texts.stdout}${texts.stderr}`)))
        look()
      }),
  }
}

const run = (args: readonly string[], environment?: Record<string, string>): Promise<Ended> =>
  start(args, environment).ended

/** A stretch of the last whole hour in which nothing is missing from cameras 1 to 6. */
function range(): string[] {
  const fromMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000
  return ['--from', new Date(fromMs).toISOString(), '--until', new Date(fromMs + rangeMs).toISOString()]
}

const trust = (): string[] => [
  '--trust-sha256',
  site.vsaas.certificateSha256,
  '--trust-sha256',
  site.vms.certificateSha256,
  '--trust-sha256',
  site.media.certificateSha256,
]
const camera = (number: number): string => String(site.cameras[number - 1]?.vsaasId)
const exportArgs = (numbers: readonly number[], ...more: string[]): string[] => [
  'export',
  '--server',
  site.vsaas.url,
  '--dialect',
  'vsaas',
  ...numbers.flatMap((number) => ['--camera', camera(number)]),
  ...range(),
  '--to',
  join(folder, 'out'),
  ...trust(),
  ...more,
]

/** What a link of the pretend installation is for. */
function readLink(url: string): { fromMs: number } {
  const token = url.split('/').at(-1)?.split('.')[0] ?? ''
  return JSON.parse(Buffer.from(token, 'base64url').toString()) as { fromMs: number }
}

const parseLines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('watchroom', () => {
  it('exports, verifies, and finds a changed byte', async () => {
    const exported = await run(exportArgs([1, 3], '--json', '--case-number', '17'))
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    const lines = parseLines(exported.stdout)
    expect(lines.at(-1)).toMatchObject({ event: 'summary', done: 2, failed: 0, cancelled: 0, gaps: 0 })
    expect(lines.filter(({ state }) => state === 'done').map(({ camera: id }) => id)).toEqual(
      expect.arrayContaining([camera(1), camera(3)]),
    )
    const destination = join(folder, 'out')
    const manifest = readManifest(await readFile(join(destination, 'manifest.json'), 'utf8'))
    expect(manifest).toMatchObject({ case: { number: '17' }, items: [{ state: 'done' }, { state: 'done' }] })
    expect(await run(['verify', destination])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Intact/) as string,
    })

    const video = String(lines.find(({ state }) => state === 'done')?.['file'])
    const bytes = await readFile(join(destination, video))
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(join(destination, video), bytes)
    expect(await run(['verify', destination])).toMatchObject({
      code: 6,
      stdout: `changed: ${video}\nNot intact: 1 changed, 0 missing, 0 added.\n`,
    })
    expect(await run(['resume', destination])).toMatchObject({ code: 0 })
    expect(await run(exportArgs([1]))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('watchroom resume') as string,
    })
  })

  it('pauses at Ctrl+C and goes on with resume', async () => {
    await site.media.control.set({ all: { bytesPerSecond: 300_000 } })
    const started = start(exportArgs([1], '--json'))
    await started.seen(/"step":"fetching","bytes":[1-9]\d{5}/)
    started.child.kill('SIGINT')
    const paused = await started.ended
    expect(paused).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('Paused. To go on: watchroom resume') as string,
    })
    await site.media.control.reset()
    const resumed = await run(['resume', join(folder, 'out'), '--json'])
    expect(resumed.code).toBe(0)
    expect(parseLines(resumed.stdout).at(-1)).toMatchObject({ done: 1 })
    const log = await site.media.control.log()
    expect(log.at(-1)?.rangeStart).toBeGreaterThan(0)
    expect(await run(['verify', join(folder, 'out')])).toMatchObject({ code: 0 })
  })

  it('ends with the code of the cause', async () => {
    expect(await run(exportArgs([1]), { WATCHROOM_TOKEN: 'wrong-token' })).toMatchObject({ code: 4 })
    const untrusted = exportArgs([1]).filter((arg, at, all) => !/sha256/.test(arg) && !/sha256/.test(all[at - 1] ?? ''))
    expect(await run(untrusted, { WATCHROOM_HOME: join(folder, 'other-home') })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`--trust-sha256 ${site.vsaas.certificateSha256}`) as string,
    })
    await site.media.control.set({ cameras: { 1: { truncateFileBytes: 100_000 } } })
    const cut = await run(exportArgs([1]))
    expect(cut).toMatchObject({ code: 6, stdout: expect.stringContaining('.suspect') as string })
    await site.media.control.reset()
    expect(await run(['resume', join(folder, 'out')])).toMatchObject({ code: 0 })
  })

  it('shows which certificate of the media server is not known, and accepts it at resume', async () => {
    const args = exportArgs([1]).filter((arg) => arg !== '--trust-sha256' && arg !== site.media.certificateSha256)
    const refused = await run([
      ...args.filter((arg) => !/^[0-9a-f]{64}$/.test(arg)),
      '--trust-sha256',
      site.vsaas.certificateSha256,
    ])
    expect(refused).toMatchObject({
      code: 3,
      stdout: expect.stringContaining(`--trust-sha256 ${site.media.certificateSha256}`) as string,
    })
    expect(await site.media.control.log()).toEqual([])
    const resumed = await run(['resume', join(folder, 'out'), '--trust-sha256', site.media.certificateSha256])
    expect(resumed.code).toBe(0)
  })

  it('lists cameras and exports from a vms server with user and password', async () => {
    const environment = {
      WATCHROOM_TOKEN: '',
      WATCHROOM_USERNAME: site.vms.username,
      WATCHROOM_PASSWORD: site.vms.password,
    }
    const server = ['--server', site.vms.url, '--dialect', 'vms', ...trust()]
    const listed = await run(['cameras', ...server, '--json'], environment)
    expect(listed.code).toBe(0)
    const uuid = site.cameras[0]?.uuid ?? ''
    expect(parseLines(listed.stdout).map(({ id }) => id)).toContain(uuid)
    const args = ['export', ...server, '--camera', uuid, ...range(), '--to', join(folder, 'out'), '--json']
    const exported = await run(args, environment)
    expect([exported.code, parseLines(exported.stdout).at(-1)]).toMatchObject([0, { done: 1 }])
  })

  it('F25: refuses to export from a server that misreads times, until its zone is set and checked', async () => {
    await site.vsaas.control.set({ misreadZoneMinutes: 180 })
    try {
      const server = ['--server', site.vsaas.url, '--dialect', 'vsaas', '--camera', camera(1), ...trust()]
      expect(await run(['clock', ...server])).toMatchObject({
        code: 3,
        stdout: expect.stringContaining('Exports of this server wait until its zone is set') as string,
      })
      expect(await run(exportArgs([1]))).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--server-zone') as string,
      })
      expect(await run(['clock', ...server, '--server-zone', 'Europe/Moscow', '--language', 'ru'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Верно') as string,
      })
      expect(await run(exportArgs([1], '--quiet'))).toMatchObject({ code: 0, stderr: '' })
      const manifest = readManifest(await readFile(join(folder, 'out', 'manifest.json'), 'utf8'))
      expect(manifest?.servers).toMatchObject([{ zone: 'Europe/Moscow', clockCheck: 'right' }])
      const links = (await site.media.control.log()).filter(({ camera: number }) => number === 1)
      const { fromMs } = readLink(links.at(-1)?.url ?? '')
      expect(fromMs).toBe(Date.parse(range()[1] ?? ''))
    } finally {
      await site.vsaas.control.reset()
    }
  })

  it('shows the history of the server, the saved servers, and forgets one', async () => {
    const passphrase = { WATCHROOM_PASSPHRASE: 'correct horse battery' }
    expect((await run(exportArgs([1], '--quiet'), passphrase)).code).toBe(0)
    const server = ['--server', site.vsaas.url, '--dialect', 'vsaas', '--json']
    const history = await run(['history', ...server, '--limit', '1'], { ...passphrase, WATCHROOM_TOKEN: '' })
    expect([history.code, parseLines(history.stdout)]).toMatchObject([0, [{ event: 'download', cameraId: camera(1) }]])
    const saved = await run(['servers', '--json'], passphrase)
    expect(parseLines(saved.stdout)).toMatchObject([{ url: site.vsaas.url, isSignedIn: true }])
    expect(await run(['servers', '--sign-out', site.vsaas.url], passphrase)).toMatchObject({ code: 0, stderr: '' })
    expect(await run(['history', ...server], { ...passphrase, WATCHROOM_TOKEN: '' })).toMatchObject({ code: 4 })
    expect(await run(['servers', '--remove', site.vsaas.url], passphrase)).toMatchObject({ code: 0 })
    expect((await run(['servers', '--json'], passphrase)).stdout).toBe('')
  })

  it.skipIf(process.platform === 'win32')('leaves a pipe that nobody writes to when asked to end', async () => {
    const pipe = join(folder, 'pipe')
    await new Promise((done) => spawn('mkfifo', [pipe]).on('close', done))
    const { child, ended } = start(['export', '--csv', pipe, '--to', join(folder, 'out'), '--json'])
    await new Promise((done) => setTimeout(done, 2_000))
    child.kill('SIGTERM')
    await ended
    expect([child.exitCode, child.signalCode]).toEqual([null, 'SIGTERM'])
  })

  it('uses a saved sign-in, and keeps it sealed', async () => {
    const passphrase = { WATCHROOM_PASSPHRASE: 'correct horse battery' }
    expect((await run(exportArgs([1]), passphrase)).code).toBe(0)
    await rm(join(folder, 'out'), { recursive: true })
    const again = await run(exportArgs([1]), { ...passphrase, WATCHROOM_TOKEN: '' })
    expect(again).toMatchObject({ code: 0 })
    await rm(join(folder, 'out'), { recursive: true })
    expect(await run(exportArgs([1]), { WATCHROOM_PASSPHRASE: 'wrong', WATCHROOM_TOKEN: '' })).toMatchObject({
      code: 4,
    })
    expect(await run(exportArgs([1]), { WATCHROOM_TOKEN: '' })).toMatchObject({ code: 4 })
    expect(await findIn(folder, [site.vsaas.token, 'correct horse battery'])).toEqual([])
  })

  it.skipIf(process.platform === 'win32')(
    'F5, F22: leaves no secret in output, files, arguments or the environment of children',
    async () => {
      const record = join(folder, 'children')
      const wrapper = join(folder, 'ffmpeg-wrapper')
      await writeFile(
        wrapper,
        `#!/bin/sh\n{ printf '%s\\n' "$@"; env; tr '\\0' '\\n' < /proc/$PPID/cmdline; } >> '${record}'\nexec ffmpeg "$@"\n`,
      )
      await chmod(wrapper, 0o755)
      await site.media.control.set({ cameras: { 2: { cutAtBytes: [100_000] }, 3: { truncateFileBytes: 50_000 } } })
      const secrets = {
        WATCHROOM_TOKEN: site.vsaas.token,
        WATCHROOM_LIST_TOKEN: site.vsaas.integratorToken,
        WATCHROOM_PASSPHRASE: 'canary-passphrase-77',
        WATCHROOM_PASSWORD: 'canary-password-88',
      }
      const { stdout, stderr, code } = await run(exportArgs([1, 2, 3], '--json'), { ...secrets, FFMPEG_BIN: wrapper })
      expect(code).toBe(6)
      expect(await readFile(record, 'utf8')).toContain('-hide_banner')
      const links = (await site.media.control.log()).map(({ url }) => url.split('/').at(-1) ?? '')
      expect(links.length).toBeGreaterThan(3)
      const canaries = [...Object.values(secrets), ...links.flatMap((link) => link.split('.'))].filter(
        (text) => text.length > 8,
      )
      expect(canaries.filter((canary) => (stdout + stderr).includes(canary))).toEqual([])
      expect(await findIn(folder, canaries)).toEqual([])
    },
  )
})

/** Which of the texts stand in any file below the folder. */
async function findIn(root: string, texts: readonly string[]): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')))
  return texts.filter((text) => contents.some((content) => content.includes(text)))
}
