// One dialect's pretend installation, the order that is killed again and again, and the program as a process. Judges
// nothing.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Dialect } from '#contract/servers.ts'
import type { MediaBehaviour } from '../../site/media/behaviour.ts'
import { startSite } from '../../site/start-site.ts'
import type { Site } from '../../site/start-site.ts'
import { findGaps } from '../../site/world.ts'
import { cameraIdOf, quietMinute } from './workstation.ts'

export interface LaneItem {
  camera: number
  durationMs: number
  behaviour: Partial<MediaBehaviour>
  /** Whether a killed download goes on where it was. */
  isResumable: boolean
}

const long: LaneItem = {
  camera: 1,
  durationMs: 205_000,
  behaviour: { bytesPerSecond: 8_000_000 },
  isResumable: true,
}
const moovLast: LaneItem = { camera: 2, durationMs: 12_000, behaviour: { layout: 'moov-last' }, isResumable: true }
const transportStream: LaneItem = {
  camera: 3,
  durationMs: 12_000,
  behaviour: { layout: 'mpegts', bytesPerSecond: 8_000_000 },
  isResumable: true,
}
const withoutRanges: LaneItem = {
  camera: 4,
  durationMs: 15_000,
  behaviour: { range: 'none', bytesPerSecond: 4_000_000 },
  isResumable: false,
}
/** Sound that MP4 cannot hold: a viewing copy beside the original. */
const alaw: LaneItem = { camera: 7, durationMs: 12_000, behaviour: {}, isResumable: true }

export const laneItems: Record<Dialect, readonly LaneItem[]> = {
  vsaas: [long, transportStream, withoutRanges],
  vms: [long, moovLast, alaw],
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  durationMs: number
}

export interface Running {
  /** SIGINT goes to all that it has started, too, as from a terminal; any other to the program alone. */
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

export interface Lane {
  readonly dialect: Dialect
  readonly site: Site
  readonly folder: string
  readonly items: readonly LaneItem[]
  /** `environment` is added to what the program is given. */
  start(args: readonly string[], environment?: Record<string, string>): Running
  export(destination: string, environment?: Record<string, string>): Running
  resume(destination: string, environment?: Record<string, string>): Running
  close(): Promise<void>
}

const program = resolve(import.meta.dirname, 'kill-child.ts')
const orderPath: Record<Dialect, RegExp> = {
  vsaas: /^GET .*\/cameras\/\d+\/archive\/link/,
  vms: /^POST .*\/videoclips$/,
}

export async function openLane(dialect: Dialect, items: readonly LaneItem[]): Promise<Lane> {
  const site = await startSite({ only: ['media', dialect] })
  const folder = await mkdtemp(join(tmpdir(), 'watchroom-kills-'))
  await site.media.control.set({
    cameras: Object.fromEntries(items.map(({ camera, behaviour }) => [camera, behaviour])),
  })
  if (dialect === 'vms') await site.vms.control.set({ clipMs: 50, clipQuota: 1_000_000 })
  const plan = join(folder, 'plan.json')
  await writeFile(plan, JSON.stringify(makePlan(site, dialect, items)))
  const { url, certificateSha256 } = site[dialect]
  const trust = [certificateSha256, site.media.certificateSha256].flatMap((hex) => ['--trust-sha256', hex])
  if (url === '') throw new Error('The site has not started.')

  function start(args: readonly string[], environment: Record<string, string> = {}): Running {
    return startProgram([...args, '--json', ...(args[0] === 'verify' ? [] : trust)], {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      TMPDIR: tmpdir(),
      WATCHROOM_HOME: join(folder, 'home'),
      // A kill leaves no time to keep what was compiled: the clean runs do, and every start is fast.
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      ...credentials(site, dialect),
      ...environment,
    })
  }

  return {
    dialect,
    site,
    folder,
    items,
    start,
    export: (destination, environment) => start(['export', '--plan', plan, '--to', destination], environment),
    resume: (destination, environment) => start(['resume', destination], environment),
    async close() {
      await site.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function makePlan(site: Site, dialect: Dialect, items: readonly LaneItem[]): object {
  return {
    server: { url: site[dialect].url, dialect },
    items: items.map(({ camera, durationMs }) => {
      const fromMs = quietStart(camera, durationMs)
      const [from, to] = [fromMs, fromMs + durationMs].map((atMs) => new Date(atMs).toISOString())
      return { camera: cameraIdOf(site, dialect, camera), from, to }
    }),
    options: { concurrency: 3 },
  }
}

/** Recorded without a gap, and long enough ago to stay the same during a test. */
function quietStart(camera: number, durationMs: number): number {
  for (let fromMs = quietMinute(Date.now()); ; fromMs -= 60_000)
    if (findGaps(camera, fromMs, fromMs + durationMs).length === 0) return fromMs
}

function credentials({ vsaas, vms }: Site, dialect: Dialect): Record<string, string> {
  return dialect === 'vsaas'
    ? { WATCHROOM_TOKEN: vsaas.token, WATCHROOM_LIST_TOKEN: vsaas.integratorToken }
    : { WATCHROOM_USERNAME: vms.username, WATCHROOM_PASSWORD: vms.password }
}

function startProgram(args: readonly string[], env: Record<string, string>): Running {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    detached: true,
  })
  const texts = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()))
  return {
    kill(signal) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      process.kill(signal === 'SIGINT' ? -child.pid : child.pid, signal)
    },
    ended: new Promise((done) =>
      child.on('close', (code, signal) => done({ code, signal, ...texts, durationMs: performance.now() - startedMs })),
    ),
  }
}

/** How many links or clips were ordered since the log was cleared. */
export async function countOrders({ site, dialect }: Lane): Promise<number> {
  const records = await site[dialect].control.log()
  return records.filter(({ method, url }) => orderPath[dialect].test(`${method} ${url}`)).length
}

export interface Traffic {
  bytes: number
  /** Answers that did not reach their end. */
  cuts: number
}

/** What the media server has sent since its log was cleared, by camera. */
export async function readTraffic({ site }: Lane): Promise<Map<number, Traffic>> {
  const sums = new Map<number, Traffic>()
  for (const { camera, bytesSent, finished } of await site.media.control.log()) {
    if (camera === undefined) continue
    const { bytes, cuts } = sums.get(camera) ?? { bytes: 0, cuts: 0 }
    sums.set(camera, { bytes: bytes + bytesSent, cuts: cuts + (finished ? 0 : 1) })
  }
  return sums
}

export async function clearLogs({ site, dialect }: Lane): Promise<void> {
  await Promise.all([site.media.control.clearLog(), site[dialect].control.clearLog()])
}
