// A workstation for tests: a whole core on a temporary folder, signed in to the pretend installation.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromErrorValue } from '#contract/errors.ts'
import type { Batch, Item } from '#contract/exports.ts'
import type { CallInput, CallName, Output } from '#contract/index.ts'
import type { Dialect } from '#contract/servers.ts'
import { createCore } from '#core/create-core.ts'
import type { Core } from '#core/create-core.ts'
import { defaultDeadlines } from '#core/ports.ts'
import type { Deadlines, LogEntry, Ports } from '#core/ports.ts'
import { createSessionSecrets } from '#core/storage/index.ts'
import type { Site } from '../../site/start-site.ts'

/** Seconds in place of minutes, so that a test waits for nothing but the work. */
export const testDeadlines: Deadlines = {
  ...defaultDeadlines,
  connectMs: 3_000,
  apiMs: 10_000,
  firstByteMs: 20_000,
  stallMs: 1_000,
  backoffMinMs: 20,
  backoffMaxMs: 200,
  clipPollMs: 50,
  heartbeatMs: 200,
  diskRecheckMs: 100,
}

export interface Workstation {
  core: Core
  folder: string
  log: LogEntry[]
  serverIds: Record<Dialect, string>
  /** Errors: the AppError of the reply. */
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<Output<N>>
  signIn(dialect: Dialect): Promise<void>
  /** Starts a batch and waits until it has ended. */
  export(order: Omit<CallInput<'exports.start'>, 'destination'>, destination?: string): Promise<Batch>
  /** Waits until a batch is neither running nor paused. */
  endOf(batchId: string): Promise<Batch>
  close(): Promise<void>
}

export function testPorts(folder: string, log: LogEntry[], change: Partial<Ports> = {}): Ports {
  return {
    product: { name: 'Watchroom', version: '0.0.0-test' },
    folders: { data: join(folder, 'data') },
    secrets: createSessionSecrets(),
    clock: { now: Date.now, sleep: (durationMs, signal) => sleep(durationMs, undefined, signal ? { signal } : {}) },
    random: Math.random,
    uuid: () => crypto.randomUUID(),
    log: (entry) => log.push(entry),
    deadlines: testDeadlines,
    ffmpegPath: null,
    language: 'en',
    identity: { user: 'clerk', workstation: 'desk-7' },
    childEnvironment: { PATH: process.env['PATH'] ?? '' },
    canAskPerson: false,
    ...change,
  }
}

/** `isFresh`: no server is saved and nobody is signed in; `signIn` does both. */
export async function openWorkstation(
  site: Site,
  change: Partial<Ports> = {},
  { isFresh = false } = {},
): Promise<Workstation> {
  const folder = await mkdtemp(join(tmpdir(), 'watchroom-desk-'))
  const log: LogEntry[] = []
  const core = createCore(testPorts(folder, log, change))

  async function call<N extends CallName>(name: N, input: CallInput<N>): Promise<Output<N>> {
    const reply = await core.dispatch(name, input, { signal: AbortSignal.timeout(60_000) })
    if (!reply.ok) throw fromErrorValue(reply.error)
    return reply.value as Output<N>
  }

  async function endOf(batchId: string): Promise<Batch> {
    for (;;) {
      const batch = await call('exports.get', { batchId })
      if (batch.state !== 'running' && batch.state !== 'paused') return batch
      await sleep(20)
    }
  }

  const serverIds: Workstation['serverIds'] = { vsaas: '', vms: '' }
  async function signInTo(dialect: Dialect): Promise<void> {
    serverIds[dialect] = await signIn(call, site, dialect)
  }

  if (!isFresh) for (const dialect of ['vsaas', 'vms'] as const) await signInTo(dialect)
  return {
    core,
    folder,
    log,
    serverIds,
    call,
    signIn: signInTo,
    endOf,
    async export(order, destination = join(folder, 'exports', crypto.randomUUID())) {
      const { id } = await call('exports.start', { ...order, destination })
      return endOf(id)
    },
    async close() {
      await core.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function signIn(call: Workstation['call'], site: Site, dialect: Dialect): Promise<string> {
  const { url, certificateSha256 } = site[dialect]
  const trusted = (['api', 'media'] as const).map((use) => ({
    use,
    origin: null,
    fingerprint: use === 'api' ? certificateSha256 : site.media.certificateSha256,
  }))
  const server = await call('servers.save', { dialect, url, name: dialect, trusted })
  const credentials =
    dialect === 'vsaas'
      ? { kind: 'token' as const, token: site.vsaas.token, listToken: site.vsaas.integratorToken }
      : { kind: 'password' as const, username: site.vms.username, password: site.vms.password }
  await call('servers.signIn', { serverId: server.id, credentials, remember: false })
  return server.id
}

/** The id that a dialect gives to a camera of the site. */
export function cameraIdOf(site: Site, dialect: Dialect, number: number): string {
  const camera = site.cameras.find((candidate) => candidate.number === number)
  if (!camera) throw new Error(`The site has no camera ${number}.`)
  return dialect === 'vsaas' ? String(camera.vsaasId) : camera.uuid
}

/** The only item of a batch, and the result if it is done. */
export function onlyItem(batch: Batch): Item {
  const [item] = batch.items
  if (!item || batch.items.length !== 1) throw new Error('One item was expected.')
  return item
}

/** Every file below a folder, relative, sorted; without what the batch keeps to itself. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true })
  return entries.filter((entry) => !entry.startsWith('.watchroom')).sort()
}

export async function readManifest(destination: string): Promise<{ items: { index: number; state: string }[] }> {
  return JSON.parse(await readFile(join(destination, 'manifest.json'), 'utf8'))
}

/** The beginning of a minute, two hours ago: recorded by every camera 1–6 without a gap. */
export function quietMinute(nowMs: number): number {
  const hourMs = 3_600_000
  return Math.floor(nowMs / hourMs) * hourMs - 2 * hourMs + 5 * 60_000
}
