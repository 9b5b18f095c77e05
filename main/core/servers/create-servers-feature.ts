// The feature of saved servers: their calls, and what other features may ask of a server. Knows no dialect's details.
import type { Handlers, Publish } from '#contract/index.ts'
import type { Server, ServerInput, TrustedCertificate } from '#contract/servers.ts'
import { isAppError } from '#contract/errors.ts'
import type { Http } from '#core/http/index.ts'
import type { Ports } from '#core/ports.ts'
import type { Database } from '#core/storage/index.ts'
import { checkClock } from './check-clock.ts'
import type { Connection } from './connection.ts'
import { openDialect } from './open-dialect.ts'
import { createSavedServers, toServer } from './saved-servers.ts'
import { trySignIn } from './sign-in.ts'
import { createTokenCabinet } from './tokens.ts'
import type { ArchiveLink, VideoServer } from './video-server.ts'

type ServerCall =
  | 'servers.list'
  | 'servers.save'
  | 'servers.remove'
  | 'servers.inspectCertificate'
  | 'servers.trustCertificate'
  | 'servers.signIn'
  | 'servers.signOut'
  | 'servers.checkClock'
  | 'servers.history'

export interface Servers {
  handlers: Pick<Handlers<AbortSignal>, ServerCall>
  /** The same object each time until the server moves or is removed. Throws not-found. */
  open(serverId: string): VideoServer
  /** Throws not-found. */
  describe(serverId: string): Server
  trustedOf(serverId: string): readonly TrustedCertificate[]
  /**
   * The saved server of that dialect and address, unchanged; else a new one. Pins of the input are not taken over: they
   * come from a folder that anybody may have made. Throws invalid-input.
   */
  adopt(input: ServerInput): Promise<Server>
}

export interface ServersDeps {
  ports: Ports
  http: Http
  database: Pick<Database, 'servers' | 'settings' | 'locks'>
  publish: Publish
  /** Whether a link answers with at least one byte of media; for "Check the clock". */
  hasMedia: (link: ArchiveLink, context: { serverId: string; signal: AbortSignal }) => Promise<boolean>
}

export function createServersFeature(deps: ServersDeps): Servers {
  const { ports, http, database, publish } = deps
  const saved = createSavedServers({ servers: database.servers, uuid: ports.uuid })
  const opened = new Map<string, VideoServer>()
  const installation = database.settings.ensure('installation', ports.uuid)
  const cabinet = createTokenCabinet({ secrets: ports.secrets, onStored: noteStored })

  function describe(serverId: string): Server {
    const row = saved.get(serverId)
    const isStored = row.hasStoredSecret && ports.secrets.isPersistent
    return toServer(row, isStored || cabinet.hasSession(serverId))
  }

  function publishChanged(serverId: string): Server {
    const server = describe(serverId)
    publish('servers.changed', server)
    return server
  }

  function noteStored(serverId: string, isStored: boolean): void {
    const row = database.servers.get(serverId)
    if (row === null) return
    if (row.hasStoredSecret !== isStored) saved.update(serverId, { hasStoredSecret: isStored })
    publishChanged(serverId)
  }

  function connect(serverId: string): Connection {
    const tokens = cabinet.of(serverId)
    return { serverId, describe: () => saved.get(serverId), http, tokens, locks: database.locks, ports, installation }
  }

  function open(serverId: string): VideoServer {
    const known = opened.get(serverId)
    if (known !== undefined) return known
    const server = openDialect(connect(serverId))
    opened.set(serverId, server)
    return server
  }

  async function save(input: ServerInput): Promise<Server> {
    const { row, hasMoved, commit } = saved.prepare(input)
    if (hasMoved) {
      // Tokens never go to another address than the one they were given for.
      await cabinet.of(row.id).forget()
      opened.delete(row.id)
    }
    commit()
    return publishChanged(row.id)
  }

  async function remove(serverId: string, signal: AbortSignal): Promise<void> {
    const isKnown = database.servers.get(serverId) !== null
    if (isKnown) {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(ports.deadlines.connectMs)])
      await open(serverId)
        .signOut({ signal: soon })
        .catch((error: unknown) => {
          const code = isAppError(error) ? error.code : 'internal'
          ports.log({ level: 'warn', event: 'servers.removedUnrevoked', fields: { serverId, code } })
        })
    }
    opened.delete(serverId)
    saved.remove(serverId)
  }

  const handlers: Servers['handlers'] = {
    'servers.list': async () => saved.list().map(({ id }) => describe(id)),
    'servers.save': (input) => save(input),
    'servers.remove': async ({ serverId }, { signal }) => {
      await remove(serverId, signal)
      return {}
    },
    'servers.inspectCertificate': ({ url }, { signal }) => http.inspectCertificate(url, { signal }),
    'servers.trustCertificate': async ({ serverId, certificate }) => {
      saved.trust(serverId, certificate)
      return publishChanged(serverId)
    },
    'servers.signIn': async ({ serverId, credentials, remember }, { signal }) => {
      const { account, tokens } = await trySignIn(connect(serverId), credentials, signal)
      await cabinet.keep(serverId, tokens, remember)
      publishChanged(serverId)
      return account
    },
    'servers.signOut': async ({ serverId }, { signal }) => {
      await open(serverId).signOut({ signal })
      return {}
    },
    'servers.checkClock': async ({ serverId, cameraId }, { signal }) => {
      const nowMs = ports.clock.now()
      const hasMedia = (link: ArchiveLink): Promise<boolean> => deps.hasMedia(link, { serverId, signal })
      const clockCheck = await checkClock({ server: open(serverId), cameraId, nowMs, hasMedia, signal })
      saved.update(serverId, { clockCheck })
      return publishChanged(serverId)
    },
    'servers.history': ({ serverId, created, limit }, { signal }) => open(serverId).history(created, limit, { signal }),
  }

  return {
    handlers,
    open,
    describe,
    trustedOf: (serverId) => saved.get(serverId).trusted,
    adopt: async (input) => {
      const same = saved.findSame(input)
      if (same !== null) return describe(same.id)
      const { id: _, trusted: __, ...rest } = input
      return save(rest)
    },
  }
}
