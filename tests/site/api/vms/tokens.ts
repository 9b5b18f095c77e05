// Sign-in of the vms dialect: token pairs by password, by refresh token, and their end (section 24).
// Knows nothing of what a token is used for.
import type { Answer } from '../api-server.ts'
import { answerJson, bodyFields, Refusal } from './call.ts'
import type { Call, Handlers } from './call.ts'
import type { Row } from './tables.ts'
import type { VmsContext } from './vms-context.ts'

interface TokenPair {
  readonly userId: number
  readonly accessToken: string
  readonly refreshToken: string
  readonly accessEndsAtMs: number
  /** A refresh token works once. */
  isRefreshed: boolean
  isRevoked: boolean
  isAccessRevoked: boolean
}

export interface TokenBook {
  readonly handlers: Handlers
  /** The user an Authorization header stands for; null when its token is unknown, has run out or was revoked. */
  findUser(authorization: string | undefined, nowMs: number): Row<number> | null
}

/** Pairs beyond this are forgotten, oldest first. */
const pairLimit = 10_000

export function createTokenBook(context: VmsContext): TokenBook {
  const { store, switches, makeToken } = context
  let pairs: TokenPair[] = []

  function addPair(userId: number, nowMs: number): Answer {
    const accessEndsAtMs = nowMs + switches.accessTokenTtlMs
    const pair = {
      userId,
      accessToken: makeToken(),
      refreshToken: makeToken(),
      accessEndsAtMs,
      isRefreshed: false,
      isRevoked: false,
      isAccessRevoked: false,
    }
    pairs = [...pairs, pair].slice(-pairLimit)
    return answerJson({
      access_token: pair.accessToken,
      refresh_token: pair.refreshToken,
      token_type: 'bearer',
      expires_in: Math.floor(switches.accessTokenTtlMs / 1000),
    })
  }

  function signIn(call: Call): Answer {
    const { grant_type: grant, username, password } = bodyFields(call)
    const user = store.users.all().find((row) => row.fields['email'] === username)
    const isRight = user !== undefined && store.passwords.get(user.id) === password
    if (grant !== 'password' || !isRight) {
      throw new Refusal(401, 'token_invalid_credentials', 'wrong name or password')
    }
    return addPair(user.id, call.nowMs)
  }

  function refresh(call: Call): Answer {
    const { grant_type: grant, refresh_token: token } = bodyFields(call)
    const pair = pairs.find(({ refreshToken }) => refreshToken === token)
    const isGood = pair !== undefined && !pair.isRefreshed && !pair.isRevoked && switches.refreshTokensValid
    if (grant !== 'refresh_token' || !isGood || store.users.find(pair.userId) === undefined) {
      throw new Refusal(400, 'token_refresh_error', 'the refresh token is not valid')
    }
    pair.isRefreshed = true
    return addPair(pair.userId, call.nowMs)
  }

  function revoke(call: Call): Answer {
    const { token, token_type_hint: hint } = bodyFields(call)
    const byRefresh = hint === 'access_token' ? undefined : pairs.find((pair) => pair.refreshToken === token)
    const byAccess = hint === 'refresh_token' ? undefined : pairs.find((pair) => pair.accessToken === token)
    const pair = byRefresh ?? byAccess
    if (pair === undefined || pair.isRevoked) throw new Refusal(400, 'token_revoke_error', 'the token is not known')
    if (byRefresh !== undefined) pair.isRevoked = true
    pair.isAccessRevoked = true
    return { status: 204 }
  }

  return {
    handlers: { createToken: signIn, refreshToken: refresh, revokeToken: revoke },
    findUser(authorization, nowMs) {
      const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
      const pair = pairs.find(({ accessToken }) => accessToken === token)
      const isGood = pair !== undefined && nowMs < pair.accessEndsAtMs && !pair.isAccessRevoked
      return isGood && switches.accessTokensValid ? (store.users.find(pair.userId) ?? null) : null
    },
  }
}
