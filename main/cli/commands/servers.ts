// `watchroom servers`: the servers that this workstation remembers; sign out of one, or forget it.
import type { Server } from '#contract/servers.ts'
import type { Client } from '../client.ts'
import { exitCodes } from '../exit-code.ts'
import { plainText } from '../format.ts'
import type { Session } from '../session.ts'
import { SpokenError } from '../spoken-error.ts'
import { drawTable } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import type { OutputFlags } from './run-batch.ts'

export interface SavedServerFlags extends OutputFlags {
  remove?: string
  signOut?: string
}

/** The exit code. Errors: UsageError, SpokenError, and AppError of what was called. */
export async function runServers(session: Session, flags: SavedServerFlags): Promise<number> {
  const { texts, printer, signal } = session
  const { remove, signOut } = flags
  if (remove !== undefined && signOut !== undefined)
    throw new UsageError(texts.usage.together('--remove', '--sign-out'))
  const client = await session.connect()
  const servers = await client.call('servers.list', {}, signal)
  const named = remove ?? signOut
  if (named === undefined) {
    listServers(session, flags, servers)
    return exitCodes.done
  }
  const server = findServer(servers, named, session)
  session.redactor.allowUrl(server.url)
  if (remove === undefined) await signOutOf(client, server, session)
  else {
    await client.call('servers.remove', { serverId: server.id }, signal)
    if (!hasPassphrase(session)) printer.problem(texts.servers.notRevoked)
  }
  const done = remove === undefined ? texts.servers.signedOut : texts.servers.removed
  if (flags.json)
    printer.json(serverLine({ ...server, isSignedIn: false }, remove === undefined ? 'server' : 'removed'))
  else if (!flags.quiet) printer.line(done(plainText(server.name)))
  return exitCodes.done
}

async function signOutOf(client: Client, server: Server, session: Session): Promise<void> {
  if (!hasPassphrase(session)) throw new SpokenError('unauthorized', session.texts.servers.needsPassphrase)
  await client.call('servers.signOut', { serverId: server.id }, session.signal)
}

const hasPassphrase = ({ secrets }: Session): boolean => secrets.passphrase !== undefined

/** By id, address, or a name that only one has. Errors: SpokenError. */
function findServer(servers: readonly Server[], text: string, { texts }: Session): Server {
  const wanted = text.trim().replace(/\/+$/, '')
  const exact = servers.find(({ id, url }) => id === wanted || url === wanted)
  if (exact) return exact
  const found = servers.filter(({ name, url }) => [name, new URL(url).host, new URL(url).hostname].includes(wanted))
  const [only] = found
  if (only === undefined) throw new SpokenError('not-found', texts.servers.notFound(plainText(text)))
  if (found.length === 1) return only
  throw new SpokenError('invalid-input', texts.servers.several(plainText(text), found.map(({ id }) => id).join(', ')))
}

function listServers(session: Session, flags: OutputFlags, servers: readonly Server[]): void {
  const { texts, printer } = session
  const { id, name, dialect, url, zone, clock, signedIn, yes, no, unknown, clockCheck, none, locked } = texts.servers
  for (const server of servers) session.redactor.allowUrl(server.url)
  if (flags.json) {
    for (const server of servers) printer.json(serverLine(server, 'server'))
    return
  }
  if (servers.length === 0) return printer.problem(none)
  const rows = servers.map((server) => [
    server.id,
    server.name,
    server.dialect,
    server.url,
    server.settings.zone,
    clockCheck[server.clockCheck],
    server.isSignedIn ? yes : hasPassphrase(session) ? no : unknown,
  ])
  for (const line of drawTable([id, name, dialect, url, zone, clock, signedIn], rows, [0, 3])) printer.line(line)
  if (!hasPassphrase(session)) printer.problem(locked)
}

function serverLine(server: Server, event: 'server' | 'removed'): object {
  const { id, name, dialect, url, clockCheck, settings, isSignedIn } = server
  return { event, id, name, dialect, url, zone: settings.zone, clockCheck, isSignedIn }
}
