// Sign-in of the vms dialect: token pairs by password, by refresh token, and their end (section 24).
// Knows nothing of what a token is used for.
import { createHmac } from 'node:crypto'
import type { Answer } from '../api-server.ts'
import { answerJson, bodyFields, Refusal } from './call.ts'
import type { Call, Handlers } from './call.ts'
import type { Row } from './tables.ts'
import type { VmsContext } from './vms-context.ts'

/** What a token says; signed, so that a token outlives a restart of the server, as it does where tokens are stored. */
interface TokenPayload {
  readonly kind: 'access' | 'refresh'
  /** Common to the two tokens made together. */
  readonly pair: string
  readonly user: number
  /** 0 for refresh tokens, which do not run out. */
  readonly endsAtMs: number
}

export interface TokenBook {
  readonly handlers: Handlers
  /** The user an Authorization header stands for; null when its token is unknown, has run out or was revoked. */
  findUser(authorization: string | undefined, nowMs: number): Row<number> | null
}

function signText(secret: string, text: string): string {
  return createHmac('sha256', secret).update(`token ${text}`).digest('base64url')
}

function writeToken(secret: string, payload: TokenPayload): string {
  const text = Buffer.from(JSON.stringify(payload)).toString('base64url')
  return `${text}.${signText(secret, text)}`
}

function readToken(secret: string, token: unknown, kind: TokenPayload['kind']): TokenPayload | null {
  const [text = '', signature] = String(token).split('.')
  if (signature !== signText(secret, text)) return null
  const payload = JSON.parse(Buffer.from(text, 'base64url').toString()) as TokenPayload
  return payload.kind === kind ? payload : null
}

/** Pairs by what became of them. */
interface Ended {
  readonly refreshed: Set<string>
  readonly revoked: Set<string>
  readonly withoutAccess: Set<string>
}

function answerPair({ settings, switches, makeUuid }: VmsContext, user: number, nowMs: number): Answer {
  const pair = makeUuid()
  const endsAtMs = nowMs + switches.accessTokenTtlMs
  return answerJson({
    access_token: writeToken(settings.linkSecret, { kind: 'access', pair, user, endsAtMs }),
    refresh_token: writeToken(settings.linkSecret, { kind: 'refresh', pair, user, endsAtMs: 0 }),
    token_type: 'bearer',
    expires_in: Math.floor(switches.accessTokenTtlMs / 1000),
  })
}

function signIn(context: VmsContext, call: Call): Answer {
  const { grant_type: grant, username, password } = bodyFields(call)
  const user = context.store.users.all().find((row) => row.fields['email'] === username)
  const isRight = user !== undefined && context.store.passwords.get(user.id) === password
  if (grant !== 'password' || !isRight) {
    throw new Refusal(401, 'token_invalid_credentials', 'wrong name or password')
  }
  return answerPair(context, user.id, call.nowMs)
}

/** A refresh token works once. */
function refresh(context: VmsContext, ended: Ended, call: Call): Answer {
  const { grant_type: grant, refresh_token: token } = bodyFields(call)
  const payload = readToken(context.settings.linkSecret, token, 'refresh')
  const isSpent = payload === null || ended.refreshed.has(payload.pair) || ended.revoked.has(payload.pair)
  const isRefused = grant !== 'refresh_token' || isSpent || !context.switches.refreshTokensValid
  if (isRefused || context.store.users.find(payload.user) === undefined) {
    throw new Refusal(400, 'token_refresh_error', 'the refresh token is not valid')
  }
  ended.refreshed.add(payload.pair)
  return answerPair(context, payload.user, call.nowMs)
}

/** Revoking a refresh token ends the access token made with it too. */
function revoke({ settings }: VmsContext, ended: Ended, call: Call): Answer {
  const { token, token_type_hint: hint } = bodyFields(call)
  const byRefresh = hint === 'access_token' ? null : readToken(settings.linkSecret, token, 'refresh')
  const byAccess = hint === 'refresh_token' ? null : readToken(settings.linkSecret, token, 'access')
  const payload = byRefresh ?? byAccess
  if (payload === null || ended.revoked.has(payload.pair)) {
    throw new Refusal(400, 'token_revoke_error', 'the token is not known')
  }
  if (byRefresh !== null) ended.revoked.add(payload.pair)
  ended.withoutAccess.add(payload.pair)
  return { status: 204 }
}

export function createTokenBook(context: VmsContext): TokenBook {
  const ended: Ended = { refreshed: new Set(), revoked: new Set(), withoutAccess: new Set() }
  return {
    handlers: {
      createToken: (call) => signIn(context, call),
      refreshToken: (call) => refresh(context, ended, call),
      revokeToken: (call) => revoke(context, ended, call),
    },
    findUser(authorization, nowMs) {
      const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
      const payload = readToken(context.settings.linkSecret, token, 'access')
      if (payload === null || nowMs >= payload.endsAtMs || !context.switches.accessTokensValid) return null
      return ended.withoutAccess.has(payload.pair) ? null : (context.store.users.find(payload.user) ?? null)
    },
  }
}
