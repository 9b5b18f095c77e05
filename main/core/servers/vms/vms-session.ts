// Signing in, staying signed in and signing out in this dialect (OAuth2 password grant, document 001, 24). One refresh at a
// time per account, across processes: a refresh token works once.
import { AppError, isAppError } from '#contract/errors.ts'
import type { HttpReply } from '#core/http/index.ts'
import { isSuccess, sendCall, signedOutError } from '../connection.ts'
import type { ApiCall, Connection } from '../connection.ts'
import { parseReply } from '../parse-reply.ts'
import type { TokenPair } from '../tokens.ts'
import { zToken } from './generated/zod.gen.ts'
import { vmsError } from './vms-error.ts'

export interface VmsSession {
  /**
   * A successful reply of a call made with the account's token; a token that has run out is refreshed once. Errors: the
   * dialect's, and unauthorized when signed out or when the refresh is refused (the tokens are forgotten then).
   */
  call(call: ApiCall, signal: AbortSignal): Promise<HttpReply>
  /** Ends the tokens on the server, then always forgets them. unreachable or timed-out says only the second happened. */
  signOut(signal: AbortSignal): Promise<void>
}

/** A refresh begins this long before the token runs out, or in the last fifth of its life, whichever is later. */
const refreshAheadMs = 60_000
/** How long another process's refresh is waited for between two looks. */
const lockLookMs = 100

/** The token pair for a password; the password is not kept. Errors: unauthorized (wrong), and those of the network. */
export async function signInToVms(
  connection: Connection,
  credentials: { username: string; password: string },
  signal: AbortSignal,
): Promise<TokenPair> {
  const form = { grant_type: 'password', ...credentials }
  const reply = await sendCall(connection, { method: 'POST', path: '/token', form, retry: 'never' }, signal)
  if (!isSuccess(reply)) {
    const error = vmsError(reply, { nowMs: connection.ports.clock.now() })
    if (reply.status !== 401) throw error
    throw new AppError('unauthorized', 'The user name or the password is wrong.', {
      details: { ...error.details, reason: 'password' },
    })
  }
  return readPair(connection, reply)
}

export function createVmsSession(connection: Connection): VmsSession {
  const { tokens, locks, ports } = connection
  const { clock } = ports
  const lockName = `refresh ${connection.serverId}`
  let refreshing: { failed: string; done: Promise<TokenPair> } | null = null

  async function loadPair(): Promise<TokenPair> {
    const pair = await tokens.load()
    if (pair?.kind !== 'pair') throw signedOutError(connection)
    return pair
  }

  async function call(wanted: ApiCall, signal: AbortSignal): Promise<HttpReply> {
    const pair = await freshPair(signal)
    let reply = await sendWith(pair.accessToken, wanted, signal)
    if (reply.status === 401) reply = await sendWith((await refresh(pair, signal)).accessToken, wanted, signal)
    if (isSuccess(reply)) return reply
    throw vmsError(reply, { nowMs: clock.now() })
  }

  function sendWith(accessToken: string, wanted: ApiCall, signal: AbortSignal): Promise<HttpReply> {
    const headers = { ...wanted.headers, authorization: `Bearer ${accessToken}` }
    return sendCall(connection, { ...wanted, headers }, signal)
  }

  /** Refreshes ahead of the end; while the token still lives, a server that cannot refresh right now is no obstacle. */
  async function freshPair(signal: AbortSignal): Promise<TokenPair> {
    const pair = await loadPair()
    const aheadMs = Math.min(refreshAheadMs, pair.lifetimeMs / 5)
    if (clock.now() < pair.expiresAtMs - aheadMs) return pair
    return refresh(pair, signal).catch((error: unknown) => {
      const isStillGood = clock.now() < pair.expiresAtMs && !isAppError(error, 'unauthorized') && !signal.aborted
      if (isStillGood) return pair
      throw error
    })
  }

  /** All who found the same token dead share one refresh; whoever leaves does not end it for the others. */
  async function refresh(dead: TokenPair, signal: AbortSignal): Promise<TokenPair> {
    if (refreshing?.failed !== dead.accessToken) {
      const done = refreshAcrossProcesses(dead)
      const current = { failed: dead.accessToken, done }
      refreshing = current
      // Settled for itself too: all who waited may have left.
      const clear = (): void => void (refreshing === current && (refreshing = null))
      done.then(clear, clear)
    }
    return untilAborted(refreshing.done, signal)
  }

  async function refreshAcrossProcesses(dead: TokenPair): Promise<TokenPair> {
    const owner = ports.uuid()
    const holdMs = ports.deadlines.apiMs + ports.deadlines.connectMs
    const giveUpMs = clock.now() + 2 * holdMs
    while (!locks.take(lockName, owner, clock.now(), clock.now() + holdMs)) {
      await clock.sleep(lockLookMs * (0.5 + ports.random()))
      const pair = await loadPair()
      if (pair.accessToken !== dead.accessToken) return pair
      if (clock.now() > giveUpMs) throw new AppError('timed-out', 'Another program on this machine holds the sign-in.')
    }
    try {
      const pair = await loadPair()
      return pair.accessToken === dead.accessToken ? await requestRefresh(pair) : pair
    } finally {
      locks.release(lockName, owner)
    }
  }

  async function requestRefresh(used: TokenPair): Promise<TokenPair> {
    const form = { grant_type: 'refresh_token', refresh_token: used.refreshToken }
    // Nobody's signal: the others who wait for it go on. Its deadline is that of every call.
    const { signal } = new AbortController()
    const reply = await sendCall(connection, { method: 'POST', path: '/token/refresh', form, retry: 'never' }, signal)
    if (isSuccess(reply)) {
      const pair = readPair(connection, reply)
      await tokens.replace(pair)
      ports.log({ level: 'info', event: 'servers.refreshed', fields: { serverId: connection.serverId } })
      return pair
    }
    const error = vmsError(reply, { nowMs: clock.now() })
    if (reply.status !== 400 && reply.status !== 401) throw error
    const pair = await loadPair()
    if (pair.refreshToken !== used.refreshToken) return pair
    await tokens.forget()
    const { name } = connection.describe()
    throw new AppError('unauthorized', `The sign-in to ${name} has run out. Sign in again.`, {
      details: { ...error.details, reason: 'run-out', name },
    })
  }

  async function signOut(signal: AbortSignal): Promise<void> {
    const pair = await tokens.load()
    try {
      if (pair?.kind !== 'pair') return
      // The refresh token first: ending it also ends the access tokens made from it (24.3).
      await revoke(pair.refreshToken, 'refresh_token', pair, signal)
      await revoke(pair.accessToken, 'access_token', pair, signal)
    } catch (error) {
      if (!isAppError(error)) throw error
      const { name } = connection.describe()
      const message = `Signed out here, but ${name} could not be told: its tokens stay valid until they run out. ${error.message}`
      throw new AppError(error.code, message, { details: { ...error.details, isForgotten: true }, cause: error })
    } finally {
      await tokens.forget()
    }
  }

  async function revoke(token: string, hint: string, pair: TokenPair, signal: AbortSignal): Promise<void> {
    const form = { token, token_type_hint: hint }
    const headers = { authorization: `Bearer ${pair.accessToken}` }
    const reply = await sendCall(
      connection,
      { method: 'POST', path: '/token/revoke', form, headers, retry: 'never' },
      signal,
    )
    // 400 and 401: the token is not valid any more, which is what was wanted.
    if (isSuccess(reply) || reply.status === 400 || reply.status === 401) return
    throw vmsError(reply, { nowMs: clock.now() })
  }

  return { call, signOut }
}

function readPair(connection: Connection, reply: HttpReply): TokenPair {
  const token = parseReply(
    zToken.pick({ access_token: true, refresh_token: true, expires_in: true }),
    reply.json(),
    reply,
  )
  // Seconds, as in OAuth2 (RFC 6749, 5.1); the document does not say (note TO5).
  const lifetimeMs = Math.max(0, token.expires_in) * 1000
  return {
    kind: 'pair',
    accessToken: token.access_token,
    refreshToken: token.refresh_token,
    lifetimeMs,
    expiresAtMs: connection.ports.clock.now() + lifetimeMs,
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new AppError('cancelled', 'Cancelled.'))
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
