// Makes a server known to the core and signs in to it, with what this run was given or with what is saved.
import { AppError, isAppError, toErrorValue } from '#contract/errors.ts'
import type { Account, Server, ServerInput } from '#contract/servers.ts'
import type { Client } from './client.ts'
import { chooseCredentials } from './credentials.ts'
import type { Secrets } from './credentials.ts'
import { SpokenError } from './spoken-error.ts'
import type { Texts } from './texts/index.ts'

export interface SignInOptions {
  client: Client
  secrets: Secrets
  /** Certificates of `--trust-sha256`: 64 hexadecimal digits each. */
  fingerprints: readonly string[]
  texts: Texts
  signal: AbortSignal
}

/** Errors: SpokenError (nothing to sign in with), unauthorized (also `forbidden` of the sign-in itself), those of the network. */
export async function signIn(
  input: ServerInput,
  options: SignInOptions,
): Promise<{ server: Server; account: Account | null }> {
  const { client, secrets, texts, signal } = options
  const server = await trustAll(await client.call('servers.save', input, signal), options)
  const credentials = chooseCredentials(secrets, server.dialect)
  if (credentials === null) {
    if (server.isSignedIn) return { server, account: null }
    throw new SpokenError('unauthorized', texts.signIn.none(server.dialect))
  }
  const remember = secrets.passphrase !== undefined
  try {
    return {
      server,
      account: await client.call('servers.signIn', { serverId: server.id, credentials, remember }, signal),
    }
  } catch (error) {
    if (isAppError(error, 'not-found'))
      throw new SpokenError('not-found', texts.signIn.notHere(texts.error(toErrorValue(error)), server.dialect), error)
    if (!isAppError(error, 'forbidden')) throw error
    throw new AppError('unauthorized', error.message, { cause: error, details: error.details })
  }
}

async function trustAll(server: Server, { client, fingerprints, signal }: SignInOptions): Promise<Server> {
  let current = server
  for (const fingerprint of fingerprints) {
    for (const use of ['api', 'media'] as const) {
      const isKnown = current.trusted.some(
        (pin) => pin.use === use && pin.origin === null && pin.fingerprint === fingerprint,
      )
      if (isKnown) continue
      const certificate = { use, origin: null, fingerprint }
      current = await client.call('servers.trustCertificate', { serverId: server.id, certificate }, signal)
    }
  }
  return current
}
