// The one composition root: ports in, a core out. Read top to bottom it is the whole product without a screen.
import type { Handlers, Publish } from '#contract/index.ts'
import { createCamerasFeature } from './cameras/index.ts'
import { createExportsFeature, linkHasMedia } from './exports/index.ts'
import { createHttp } from './http/index.ts'
import type { Ports } from './ports.ts'
import { createRouter } from './router.ts'
import type { Dispatch } from './router.ts'
import { createServersFeature } from './servers/index.ts'
import type { Servers } from './servers/index.ts'
import { openDatabase } from './storage/index.ts'

export interface Core {
  dispatch: Dispatch
  /** Every event of the contract, as it is published. Returns what ends it. A listener must not throw. */
  onEvent(listener: (name: string, value: unknown) => void): () => void
  /** Stops what runs, keeps its state, ends every thread. Safe to repeat. */
  close(): Promise<void>
}

/** Errors: those of the data folder (forbidden, disk-full). */
export function createCore(ports: Ports): Core {
  const listeners = new Set<(name: string, value: unknown) => void>()
  const publish: Publish = (name, value) => {
    if (name === 'servers.changed') exports.wake()
    for (const listener of listeners) listener(name, value)
  }
  const database = openDatabase(ports.folders.data, { log: ports.log, now: ports.clock.now })
  const http = createHttp(ports)
  const servers: Servers = createServersFeature({
    ports,
    http,
    database,
    publish,
    hasMedia: (link, context) => linkHasMedia(link, context, { ports, servers }),
  })
  const cameras = createCamerasFeature({ servers })
  const exports = createExportsFeature({ ports, servers, database, publish })
  const handlers: Handlers<AbortSignal> = { ...servers.handlers, ...cameras.handlers, ...exports.handlers }
  let closing: Promise<void> | null = null

  async function close(): Promise<void> {
    await exports.close()
    await http.close()
    database.close()
  }

  return {
    dispatch: createRouter(handlers, ports),
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => (closing ??= close()),
  }
}
