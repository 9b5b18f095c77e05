// `watchroom resume`: goes on with all of a batch folder that is not done.
import { resolve } from 'node:path'
import { isAppError } from '#contract/errors.ts'
import type { Server, ServerInput } from '#contract/servers.ts'
import { chooseCredentials } from '../credentials.ts'
import { readFingerprints } from '../read-order.ts'
import type { ServerFlags } from '../read-order.ts'
import type { Session } from '../session.ts'
import { SpokenError } from '../spoken-error.ts'
import { signIn } from '../sign-in.ts'
import { addTokenOfFile } from './add-token.ts'
import { showServer } from './connect-server.ts'
import { runBatch } from './run-batch.ts'
import type { OutputFlags } from './run-batch.ts'

/** The exit code; 0 when nothing is left. Errors: UsageError, and AppError of what was called. */
export async function runResume(session: Session, folder: string, flags: ServerFlags & OutputFlags): Promise<number> {
  const { texts, signal } = session
  const destination = resolve(folder)
  const fingerprints = readFingerprints(flags.trustSha256, texts)
  const secrets = await addTokenOfFile(session, flags.tokenFile)
  const client = await session.connect()
  const batch = await client.call('exports.inspect', { destination }, signal)
  if (batch.finished < batch.items) {
    const servers = Object.values(batch.servers)
    // Certificates that a folder names count for nothing: anybody may have made it.
    const isOwnServer = servers.length === 1
    const saved = await client.call('servers.list', {}, signal)
    for (const { trusted: _, ...server } of servers) {
      showServer(session, server.url)
      const isSaved = saved.some((known) => isSame(known, server))
      const isSent = isOwnServer && chooseCredentials(secrets, server.dialect) !== null
      if (isSent && !isSaved && isStrange(server, saved, flags))
        throw new SpokenError('unauthorized', texts.signIn.strangeServer(server.url))
      // One token must not be shown to several servers, of which a folder from elsewhere could name any.
      const usable = isOwnServer ? secrets : { ...(secrets.passphrase ? { passphrase: secrets.passphrase } : {}) }
      // Of a server that is saved here, a folder from elsewhere changes neither name nor zone.
      const input: ServerInput = isSaved ? { dialect: server.dialect, url: server.url } : server
      await signIn(input, { client, secrets: usable, fingerprints, texts, signal }).catch((error: unknown) => {
        const isNotSaved = !isOwnServer && (error instanceof SpokenError || isAppError(error, 'unauthorized'))
        throw isNotSaved ? new SpokenError('unauthorized', texts.signIn.manyServers, error) : error
      })
    }
  }
  return runBatch(session, {
    client,
    flags,
    isResumed: true,
    begin: () => client.call('exports.open', { destination }, signal),
  })
}

/** A workstation that has servers knows whom its credentials are for; a folder from elsewhere could name anybody. */
function isStrange({ url }: ServerInput, saved: readonly Server[], { server }: ServerFlags): boolean {
  return saved.length > 0 && server?.trim().replace(/\/+$/, '') !== url
}

function isSame(one: Pick<ServerInput, 'dialect' | 'url'>, other: Pick<ServerInput, 'dialect' | 'url'>): boolean {
  return one.dialect === other.dialect && one.url === other.url
}
