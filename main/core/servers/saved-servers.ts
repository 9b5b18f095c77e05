// The saved servers of this workstation: what is kept of each, and what a change of address means. Sends nothing.
import { AppError } from '#contract/errors.ts'
import { serverSettingsSchema } from '#contract/servers.ts'
import type { Server, ServerInput, TrustedCertificate } from '#contract/servers.ts'
import type { Database, ServerRow } from '#core/storage/index.ts'
import { normaliseUrl } from './normalise-url.ts'
import { checkZone } from './server-time.ts'

const pinsAtMost = 64

export interface SavedServers {
  /** Throws not-found. */
  get(serverId: string): ServerRow
  list(): ServerRow[]
  /**
   * Saves by id, or by dialect and address: the same one saved twice is one server. `hasMoved` when a server got another
   * address or dialect: its pins and clock check are gone, and its tokens must be forgotten by the caller before `commit`.
   * Throws invalid-input, and already-exists when the address is that of another saved server.
   */
  prepare(input: ServerInput): { row: ServerRow; hasMoved: boolean; commit(): void }
  /** The saved server of that dialect and address, if there is one. */
  findSame(input: ServerInput): ServerRow | null
  update(serverId: string, change: Partial<Omit<ServerRow, 'id'>>): ServerRow
  /** Adds a pin; of more than 64 the oldest goes. Throws invalid-input for an origin that is not https. */
  trust(serverId: string, certificate: TrustedCertificate): ServerRow
  remove(serverId: string): void
}

export function createSavedServers(options: { servers: Database['servers']; uuid: () => string }): SavedServers {
  const { servers, uuid } = options

  function get(serverId: string): ServerRow {
    const row = servers.get(serverId)
    if (row === null)
      throw new AppError('not-found', 'This server is not saved on this workstation any more.', {
        details: { serverId },
      })
    return row
  }

  function prepare(input: ServerInput): ReturnType<SavedServers['prepare']> {
    const url = normaliseUrl(input.url)
    if (input.settings?.zone !== undefined) checkZone(input.settings.zone)
    const byId = input.id === undefined ? null : servers.get(input.id)
    const same = servers.find(input.dialect, url)
    if (byId !== null && same !== null && same.id !== byId.id) {
      throw new AppError('already-exists', `This address is already saved as ${same.name}.`, {
        details: { serverId: same.id },
      })
    }
    const existing = byId ?? same
    const hasMoved = existing !== null && (existing.url !== url || existing.dialect !== input.dialect)
    const kept = hasMoved ? null : existing
    const settings = serverSettingsSchema.parse({ ...existing?.settings, ...input.settings })
    const isZoneKept = settings.zone === existing?.settings.zone
    const row: ServerRow = {
      id: existing?.id ?? input.id ?? uuid(),
      name: input.name ?? existing?.name ?? new URL(url).host.slice(0, 120),
      dialect: input.dialect,
      url,
      trusted: input.trusted ?? kept?.trusted ?? [],
      settings,
      clockCheck: isZoneKept && kept !== null ? kept.clockCheck : 'not-checked',
      hasStoredSecret: kept?.hasStoredSecret ?? false,
    }
    return { row, hasMoved, commit: () => servers.save(row) }
  }

  function update(serverId: string, change: Partial<Omit<ServerRow, 'id'>>): ServerRow {
    const row = { ...get(serverId), ...change }
    servers.save(row)
    return row
  }

  function trust(serverId: string, certificate: TrustedCertificate): ServerRow {
    const { origin } = certificate
    const isOrigin =
      origin === null || (URL.canParse(origin) && new URL(origin).origin === origin && origin.startsWith('https://'))
    if (!isOrigin)
      throw new AppError('invalid-input', 'A certificate is accepted for an address such as https://host:8443.')
    const others = get(serverId).trusted.filter((pin) => !isSamePin(pin, certificate))
    return update(serverId, { trusted: [...others, certificate].slice(-pinsAtMost) })
  }

  return {
    get,
    list: () => servers.list(),
    prepare,
    findSame: (input) => servers.find(input.dialect, normaliseUrl(input.url)),
    update,
    trust,
    remove: (serverId) => servers.remove(serverId),
  }
}

function isSamePin(a: TrustedCertificate, b: TrustedCertificate): boolean {
  return a.use === b.use && a.origin === b.origin && a.fingerprint === b.fingerprint
}

/** What screens see: without a word on where secrets lie. */
export function toServer(row: ServerRow, isSignedIn: boolean): Server {
  const { hasStoredSecret: _, ...server } = row
  return { ...server, isSignedIn }
}
