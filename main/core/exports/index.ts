// The feature of exports: its calls, and what ends it. Everything else in this folder is its own business.
import { hostname } from 'node:os'
import type { Handlers, Publish } from '#contract/index.ts'
import { bundledFfmpegPath, locateFfmpeg } from '#core/ffmpeg/index.ts'
import type { LocatedFfmpeg } from '#core/ffmpeg/index.ts'
import type { Ports } from '#core/ports.ts'
import type { ArchiveLink, Servers } from '#core/servers/index.ts'
import type { Database } from '#core/storage/index.ts'
import { createBreaker } from '#core/http/index.ts'
import { isLocalHost } from '#core/network/index.ts'
import { writeBatchEvidence } from './batch-evidence.ts'
import { createBatches } from './batches.ts'
import type { EngineDeps } from './engine-deps.ts'
import { verifyFolder } from './evidence/index.ts'
import { createFetcher, hasMedia, hashFile } from './fetch/index.ts'
import { createExportHandlers } from './handlers.ts'
import type { ExportCalls } from './handlers.ts'
import { createTurnstile } from './turnstile.ts'
import type { Turnstile } from './turnstile.ts'

export interface Exports {
  handlers: Pick<Handlers<AbortSignal>, ExportCalls>
  /** Someone signed in or accepted a certificate: items that waited for it go on. */
  wake(): void
  /** Stops every batch where it is; each folder can be resumed. */
  close(): Promise<void>
}

export interface ExportsDeps {
  ports: Ports
  servers: Servers
  database: Database
  publish: Publish
}

/** Threads that download; more do not help on the two to four cores of a workstation. */
const fetchThreads = 2

export function createExportsFeature({ ports, servers, database, publish }: ExportsDeps): Exports {
  const fetcher = createFetcher({ workers: fetchThreads, log: ports.log })
  const turnstiles = new Map<string, Turnstile>()
  let located: Promise<LocatedFfmpeg> | null = null

  /** Found once; a search that failed is repeated, since the remedy is to install it. */
  function findFfmpeg(): Promise<LocatedFfmpeg> {
    located ??= locateFfmpeg({
      settingPath: ports.ffmpegPath,
      environment: ports.childEnvironment,
      bundledPath: bundledFfmpegPath(),
    }).catch((error: unknown) => {
      located = null
      throw error
    })
    return located
  }

  const deps: EngineDeps = {
    ports,
    fetcher,
    breaker: createBreaker(ports),
    locateFfmpeg: findFfmpeg,
    openServer: servers.open,
    trustedOf: servers.trustedOf,
    turnstileOf(serverId) {
      const turnstile = turnstiles.get(serverId) ?? createTurnstile(1)
      turnstiles.set(serverId, turnstile)
      return turnstile
    },
    onItem: (item) => publish('exports.itemChanged', item),
    onBatch: (batch) => publish('exports.batchChanged', batch),
    writeEvidence: (destination, header, records) =>
      writeBatchEvidence(destination, header, records, {
        product: ports.product,
        identity: ports.identity,
        findServer: (serverId) => database.servers.get(serverId) && servers.describe(serverId),
        ffmpegVersion: () =>
          findFfmpeg().then(
            ({ version }) => version,
            () => null,
          ),
      }),
  }
  const batches = createBatches({ ...deps, host: hostname() }, servers, database)

  return {
    handlers: createExportHandlers({
      batches,
      preflight: () => ({
        nowMs: ports.clock.now(),
        describe: servers.describe,
        open: servers.open,
        locateFfmpeg: findFfmpeg,
      }),
      verify: (destination, signal) =>
        verifyFolder(destination, {
          hashFile: async (path, context) => (await hashFile(path, context)).sha256,
          signal,
          onProgress: ({ doneBytes, totalBytes }) =>
            publish('exports.verifyProgress', { destination, doneBytes, totalBytes }),
        }),
    }),
    wake: () => batches.wakeAll(),
    async close() {
      await batches.close()
      await fetcher.close()
    },
  }
}

/** Whether a link yields media; for the clock check of a server. */
export async function linkHasMedia(
  link: ArchiveLink,
  context: { serverId: string; signal: AbortSignal },
  { ports, servers }: Pick<ExportsDeps, 'ports' | 'servers'>,
): Promise<boolean> {
  return hasMedia(link.url, {
    trusted: [...servers.trustedOf(context.serverId)],
    isLocalAllowed: await isLocalHost(new URL(servers.open(context.serverId).origin).hostname),
    deadlines: ports.deadlines,
    signal: context.signal,
  })
}
