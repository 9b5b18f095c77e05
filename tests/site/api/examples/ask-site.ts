// Asks an API server of the pretend installation within the process, without sockets, at a time of the test's choosing.
// Knows nothing of dialects.
import type { ChildSettings } from '../../child-control.ts'
import type { Answer, ApiRequest } from '../api-server.ts'

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as form fields. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as they are; the headers have to name the content type. */
  readonly bytes?: Buffer
}

export interface AskedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** As it would be sent: deliberate departures from the document included. */
  readonly json: unknown
  readonly text: string
}

export type AskSite = (method: string, target: string, options?: AskOptions) => Promise<AskedAnswer>

export const exampleOrigin = 'https://127.0.0.1:8443'

export const exampleSettings: ChildSettings = {
  certificatePem: '',
  privateKeyPem: '',
  httpsPort: 0,
  httpPort: 0,
  linkSecret: 'link secret',
  seed: 1,
  cacheFolder: '',
  mediaHttpsPort: 9443,
  mediaHttpPort: 9080,
  vsaasToken: 'user-token',
  vsaasIntegratorToken: 'integrator-token',
  vmsUsername: 'operator',
  vmsPassword: 'right password',
}

function encode({ json, form, bytes }: AskOptions): { headers: Record<string, string>; body: Buffer } {
  if (json !== undefined) {
    return { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(json)) }
  }
  if (form === undefined) return { headers: {}, body: bytes ?? Buffer.alloc(0) }
  const text = new URLSearchParams(form).toString()
  return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: Buffer.from(text) }
}

export interface AskableSite {
  respond(request: ApiRequest): Promise<Answer>
}

/** `headers` are sent with every request; those of the options win. Accept is application/json unless they say otherwise. */
export function createAskSite(site: AskableSite, headers: Readonly<Record<string, string>>): AskSite {
  return async (method, target, options = {}) => {
    const { headers: bodyHeaders, body } = encode(options)
    const all = { accept: 'application/json', ...headers, ...bodyHeaders, ...options.headers }
    const answer = await site.respond({ method, url: new URL(exampleOrigin + target), headers: all, body })
    const json = answer.depart === undefined ? answer.json : answer.depart(answer.json)
    const text = answer.bytes?.toString() ?? JSON.stringify(json) ?? ''
    return { status: answer.status, headers: answer.headers ?? {}, json, text }
  }
}

/** Asks the vms server as the superuser tests sign in with. */
export async function signInOperator(site: AskableSite): Promise<AskSite> {
  const { vmsUsername: username, vmsPassword: password } = exampleSettings
  const form = { grant_type: 'password', username, password }
  const pair = (await createAskSite(site, {})('POST', '/api/v1/token', { form })).json as Record<string, unknown>
  return createAskSite(site, { authorization: `Bearer ${String(pair['access_token'])}` })
}
