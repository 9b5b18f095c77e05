// Signing in to either dialect: the credentials are tried before anything is kept. Knows not where tokens are kept.
import { AppError, isAppError } from '#contract/errors.ts'
import type { Account, Credentials } from '#contract/servers.ts'
import type { Connection } from './connection.ts'
import { openDialect } from './open-dialect.ts'
import type { Tokens, TokenStore } from './tokens.ts'
import { signInToVms } from './vms/vms-session.ts'

/**
 * Who signed in, and the tokens to keep. Errors: invalid-input (credentials of the other dialect's kind), unauthorized, and
 * those of the network; nothing is kept then.
 */
export async function trySignIn(
  connection: Connection,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<{ account: Account; tokens: Tokens }> {
  const first = await firstTokens(connection, credentials, signal)
  const store = createTrialStore(first)
  const server = openDialect({ ...connection, tokens: store })
  const account = await server.account({ signal }).catch((error: unknown) => {
    // A token that may not even read its own user is still a token.
    const name = credentials.kind === 'password' ? credentials.username : ''
    if (isAppError(error, 'forbidden') && error.details['status'] === 403) return { name, permissions: null }
    throw error
  })
  return { account, tokens: (await store.load()) ?? first }
}

async function firstTokens(connection: Connection, credentials: Credentials, signal: AbortSignal): Promise<Tokens> {
  const { dialect, name } = connection.describe()
  if (dialect === 'vms' && credentials.kind === 'password') {
    const { username, password } = credentials
    return signInToVms(connection, { username, password }, signal)
  }
  if (dialect === 'vsaas' && credentials.kind === 'token') {
    return {
      kind: 'pasted',
      token: headerSafe(credentials.token),
      listToken: credentials.listToken === undefined ? null : headerSafe(credentials.listToken),
    }
  }
  const wanted = dialect === 'vms' ? 'a user name and a password' : 'a token'
  throw new AppError('invalid-input', `${name} is a server of the kind ${dialect}: signing in needs ${wanted}.`, {
    details: { reason: `credentials-of-${dialect}`, name },
  })
}

/** A pasted token often carries spaces or a line end; inside it they would break the header. */
function headerSafe(token: string): string {
  const trimmed = token.trim().replace(/^Bearer\s+/i, '')
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed
  throw new AppError('invalid-input', 'The token holds characters that no token has. Copy it again.', {
    details: { reason: 'token-characters' },
  })
}

/** Holds the tokens of one attempt in memory. */
function createTrialStore(first: Tokens): TokenStore {
  let tokens: Tokens | null = first
  return {
    load: () => Promise.resolve(tokens),
    replace: (changed) => Promise.resolve(void (tokens = changed)),
    forget: () => Promise.resolve(void (tokens = null)),
  }
}
