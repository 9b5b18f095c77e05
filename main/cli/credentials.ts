// Where secrets come from: the environment (out of which they are taken) and token files. Never from arguments.
import { open } from 'node:fs/promises'
import type { Credentials, Dialect } from '#contract/servers.ts'
import { UsageError } from './usage-error.ts'
import type { Texts } from './texts/index.ts'

export interface Secrets {
  token?: string
  listToken?: string
  username?: string
  password?: string
  passphrase?: string
}

const variables = {
  WATCHROOM_TOKEN: 'token',
  WATCHROOM_LIST_TOKEN: 'listToken',
  WATCHROOM_USERNAME: 'username',
  WATCHROOM_PASSWORD: 'password',
  WATCHROOM_PASSPHRASE: 'passphrase',
} as const satisfies Record<string, keyof Secrets>

const longestToken = 8192

/** Reads the secrets and deletes their variables, so that no child and no worker inherits them. */
export function takeSecrets(environment: Record<string, string | undefined>): Secrets {
  const secrets: Secrets = {}
  for (const [variable, name] of Object.entries(variables)) {
    const value = environment[variable]
    delete environment[variable]
    if (value) secrets[name] = value
  }
  return secrets
}

/** The first line of the file. Errors: UsageError. `warn` hears of a file that others may read. */
export async function readTokenFile(path: string, texts: Texts, warn: (text: string) => void): Promise<string> {
  const handle = await open(path).catch((error: unknown) => {
    throw new UsageError(texts.usage.unreadable(path, reasonOf(error)))
  })
  try {
    const { mode } = await handle.stat()
    const { buffer, bytesRead } = await handle
      .read(Buffer.alloc(longestToken), 0, longestToken, 0)
      .catch((error: unknown) => {
        throw new UsageError(texts.usage.unreadable(path, reasonOf(error)))
      })
    const line =
      buffer
        .toString('utf8', 0, bytesRead)
        .replace(/^\uFEFF/, '')
        .split(/\r?\n/)[0]
        ?.trim() ?? ''
    if (line === '' || bytesRead === longestToken) throw new UsageError(texts.usage.emptyToken(path))
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) warn(texts.usage.openToken(path))
    return line
  } finally {
    await handle.close()
  }
}

/** What to sign in with, of the kind that such a server takes; null when this run was given nothing of it. */
export function chooseCredentials(secrets: Secrets, dialect: Dialect): Credentials | null {
  const { token, listToken, username, password } = secrets
  if (dialect === 'vms') return username && password ? { kind: 'password', username, password } : null
  return token ? { kind: 'token', token, ...(listToken ? { listToken } : {}) } : null
}

export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code || (error instanceof Error ? error.message : String(error))
}
