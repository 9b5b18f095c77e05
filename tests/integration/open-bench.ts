// The servers feature on a temporary folder with the real clock, for tests against the pretend installation.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { TrustedCertificate } from '#contract/servers.ts'
import { createCamerasFeature } from '#core/cameras/index.ts'
import { createHttp } from '#core/http/index.ts'
import { defaultDeadlines } from '#core/ports.ts'
import type { ClockPort, Deadlines, LogEntry, Ports, SecretsPort } from '#core/ports.ts'
import { createServersFeature } from '#core/servers/index.ts'
import type { ArchiveLink } from '#core/servers/index.ts'
import { createSessionSecrets, openDatabase } from '#core/storage/index.ts'
import type { Database } from '#core/storage/index.ts'

export const clock: ClockPort = {
  now: () => Date.now(),
  sleep: (durationMs, signal) => wait(durationMs, undefined, signal === undefined ? {} : { signal }),
}

export const testDeadlines: Deadlines = {
  ...defaultDeadlines,
  connectMs: 5000,
  apiMs: 10_000,
  backoffMinMs: 20,
  backoffMaxMs: 100,
  clipMs: 20_000,
  clipPollMs: 50,
}

/** Pins a site's certificate for its API, for every origin. */
export function pinApi(fingerprint: string): TrustedCertificate[] {
  return [{ use: 'api', origin: null, fingerprint }]
}

export interface Bench {
  servers: ReturnType<typeof createServersFeature>
  cameras: ReturnType<typeof createCamerasFeature>
  database: Database
  secrets: SecretsPort
  folder: string
  log: LogEntry[]
  /** `servers.changed`, oldest first. */
  changes: { id: string; isSignedIn: boolean }[]
  close(): Promise<void>
}

export function openBench(
  options: {
    folder?: string
    secrets?: (database: Database) => SecretsPort
    language?: 'en' | 'ru'
    hasMedia?: (link: ArchiveLink) => Promise<boolean>
  } = {},
): Bench {
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'watchroom-servers-'))
  const log: LogEntry[] = []
  const database = openDatabase(folder, { log: (entry) => log.push(entry), now: clock.now })
  const ports: Ports = {
    product: { name: 'Watchroom', version: '0.1.0' },
    folders: { data: folder },
    secrets: options.secrets?.(database) ?? createSessionSecrets(),
    clock,
    random: Math.random,
    uuid: randomUUID,
    log: (entry) => log.push(entry),
    deadlines: testDeadlines,
    ffmpegPath: null,
    canAskPerson: false,
    language: options.language ?? 'en',
    identity: { user: 'tester', workstation: 'bench' },
    childEnvironment: {},
  }
  const http = createHttp(ports)
  const changes: Bench['changes'] = []
  const servers = createServersFeature({
    ports,
    http,
    database,
    publish: (name, value) => {
      if (name === 'servers.changed') changes.push(value as Bench['changes'][number])
    },
    hasMedia: options.hasMedia ?? (() => Promise.resolve(false)),
  })
  const close = async (): Promise<void> => {
    await http.close()
    database.close()
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
  return {
    servers,
    cameras: createCamerasFeature({ servers }),
    database,
    secrets: ports.secrets,
    folder,
    log,
    changes,
    close,
  }
}

export function calm(): { signal: AbortSignal } {
  return { signal: new AbortController().signal }
}
