// Sends calls in this dialect: headers, the right token, errors. Knows nothing of what the calls mean.
import type { HttpReply } from '#core/http/index.ts'
import { isSuccess, sendCall, signedOutError } from '../connection.ts'
import type { ApiCall, Connection } from '../connection.ts'
import { vsaasError } from './vsaas-error.ts'

export interface VsaasCall extends ApiCall {
  /** `list`: the integrator's token where there is one; the billing list may refuse a user's. */
  token?: 'user' | 'list'
  /** The remedy shown when the server answers 403. */
  forbidden?: string
}

/** A successful reply; throws the dialect's error for any other, and unauthorized when nobody is signed in. */
export async function callVsaas(connection: Connection, call: VsaasCall, signal: AbortSignal): Promise<HttpReply> {
  const tokens = await connection.tokens.load()
  if (tokens?.kind !== 'pasted') throw signedOutError(connection)
  const token = call.token === 'list' ? (tokens.listToken ?? tokens.token) : tokens.token
  const headers = {
    authorization: `Bearer ${token}`,
    hl: connection.ports.language,
    // Only the thick client is given links (document 003).
    'x-client': 'thick-legal',
    'x-uuid': connection.installation,
    ...call.headers,
  }
  const reply = await sendCall(connection, { ...call, headers }, signal)
  if (isSuccess(reply)) return reply
  const nowMs = connection.ports.clock.now()
  throw vsaasError(reply, { nowMs, ...(call.forbidden === undefined ? {} : { forbidden: call.forbidden }) })
}
