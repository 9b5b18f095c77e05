// Where the tokens of saved servers lie: in memory for this session, or in the host's secrets. Knows no dialect's protocol.
import { z } from 'zod'
import type { SecretsPort } from '#core/ports.ts'
import { createSessionSecrets } from '#core/storage/index.ts'

const tokensSchema = z.discriminatedUnion('kind', [
  /** A token that was pasted, and perhaps another one for lists. */
  z.object({ kind: z.literal('pasted'), token: z.string(), listToken: z.string().nullable() }),
  /** An OAuth2 pair; the password itself is never kept. `expiresAtMs`: Unix milliseconds by our own clock. */
  z.object({
    kind: z.literal('pair'),
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresAtMs: z.number(),
    lifetimeMs: z.number(),
  }),
])
export type Tokens = z.infer<typeof tokensSchema>
export type TokenPair = Extract<Tokens, { kind: 'pair' }>

/** The tokens of one saved server. */
export interface TokenStore {
  /** Read anew each time: another process may have written. Null when signed out. */
  load(): Promise<Tokens | null>
  /** Writes where the tokens were found. */
  replace(tokens: Tokens): Promise<void>
  forget(): Promise<void>
}

export interface TokenCabinet {
  of(serverId: string): TokenStore
  /** `remember`: in the host's secrets, else until this process ends. */
  keep(serverId: string, tokens: Tokens, remember: boolean): Promise<void>
  /** Signed in for this session only. */
  hasSession(serverId: string): boolean
}

/** Tokens of this session come before stored ones. `onStored` tells whether the host's secrets hold tokens from now on. */
export function createTokenCabinet(options: {
  secrets: SecretsPort
  onStored(serverId: string, isStored: boolean): void
}): TokenCabinet {
  const { secrets, onStored } = options
  const session = createSessionSecrets()
  const inSession = new Set<string>()

  const keep = async (serverId: string, tokens: Tokens, remember: boolean): Promise<void> => {
    const text = JSON.stringify(tokens)
    if (remember && secrets.isPersistent) {
      await secrets.set(nameOf(serverId), text)
      inSession.delete(serverId)
      await session.delete(nameOf(serverId))
      onStored(serverId, true)
    } else {
      await session.set(nameOf(serverId), text)
      inSession.add(serverId)
    }
  }

  const of = (serverId: string): TokenStore => ({
    async load() {
      const port = inSession.has(serverId) || !secrets.isPersistent ? session : secrets
      const text = await port.get(nameOf(serverId))
      return text === null ? null : tokensSchema.parse(JSON.parse(text))
    },
    replace: (tokens) => keep(serverId, tokens, !inSession.has(serverId)),
    async forget() {
      inSession.delete(serverId)
      await session.delete(nameOf(serverId))
      await secrets.delete(nameOf(serverId))
      onStored(serverId, false)
    },
  })

  return { of, keep, hasSession: (serverId) => inSession.has(serverId) }
}

function nameOf(serverId: string): string {
  return `server/${serverId}/tokens`
}
