// The command line as a process against the pretend installation, for the tests of it.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { startSite } from '../site/start-site.ts'
import type { Site } from '../site/start-site.ts'

const program = resolve(import.meta.dirname, '../../main/cli/index.ts')
const rangeMs = 20_000

export let site: Site
/** Fresh for each test. */
export let folder: string

/** To be called once at the top of a file of tests. */
export function useSite(): void {
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
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface Started {
  child: ChildProcess
  ended: Promise<Ended>
  /** Resolves when stdout has such a text, rejects when the process ended without. */
  seen(pattern: RegExp): Promise<void>
}

export function start(args: readonly string[], environment: Record<string, string> = {}): Started {
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

export const run = (args: readonly string[], environment?: Record<string, string>): Promise<Ended> =>
  start(args, environment).ended

/** A stretch of the last whole hour in which nothing is missing from cameras 1 to 6. */
export function range(): string[] {
  const fromMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000
  return ['--from', new Date(fromMs).toISOString(), '--until', new Date(fromMs + rangeMs).toISOString()]
}

export const trust = (): string[] => [
  '--trust-sha256',
  site.vsaas.certificateSha256,
  '--trust-sha256',
  site.vms.certificateSha256,
  '--trust-sha256',
  site.media.certificateSha256,
]
export const camera = (number: number): string => String(site.cameras[number - 1]?.vsaasId)
export const exportArgs = (numbers: readonly number[], ...more: string[]): string[] => [
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

export const parseLines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Which of the texts stand in any file below the folder. */
export async function findIn(root: string, texts: readonly string[]): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')))
  return texts.filter((text) => contents.some((content) => content.includes(text)))
}
