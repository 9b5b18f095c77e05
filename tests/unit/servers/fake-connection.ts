// A connection whose network, clock, locks and tokens are plain values in the test.
import type { HttpReply } from '#core/http/index.ts'
import { defaultDeadlines } from '#core/ports.ts'
import type { Connection } from '../../../main/core/servers/connection.ts'
import type { Tokens } from '../../../main/core/servers/tokens.ts'

export interface Sent {
  method: string
  /** Path below `/api/v1`, with query. */
  path: string
  headers: Record<string, string>
  body: string | undefined
}
export type Answer = { status: number; json?: unknown; headers?: Record<string, string> }

export interface FakeConnection extends Connection {
  sent: Sent[]
  held: { tokens: Tokens | null; lock: { owner: string; untilMs: number } | null; nowMs: number }
}

const origin = 'https://cctv.example'

/** `answer` is asked for every request; sleeping moves the clock at once. */
export function fakeConnection(
  dialect: 'vms' | 'vsaas',
  tokens: Tokens | null,
  answer: (sent: Sent) => Answer,
): FakeConnection {
  const held: FakeConnection['held'] = { tokens, lock: null, nowMs: Date.parse('2026-11-20T10:00:00Z') }
  const sent: Sent[] = []
  let uuids = 0
  const settings = { zone: 'UTC' } as const
  const row = {
    id: 'server',
    name: 'North',
    dialect,
    url: origin,
    trusted: [],
    settings,
    clockCheck: 'not-checked',
    hasStoredSecret: false,
  } as const
  return {
    sent,
    held,
    serverId: 'server',
    describe: () => ({ ...row, trusted: [] }),
    http: {
      send: ({ method, url, headers = {}, body }) => {
        const entry = { method, path: url.replace(`${origin}/api/v1`, ''), headers, body }
        sent.push(entry)
        return Promise.resolve(toReply(answer(entry)))
      },
      inspectCertificate: () => Promise.reject(new Error('not here')),
      close: () => Promise.resolve(),
    },
    tokens: {
      load: () => Promise.resolve(held.tokens),
      replace: (changed) => Promise.resolve(void (held.tokens = changed)),
      forget: () => Promise.resolve(void (held.tokens = null)),
    },
    locks: {
      take(_, owner, nowMs, untilMs) {
        if (held.lock !== null && held.lock.untilMs > nowMs) return false
        held.lock = { owner, untilMs }
        return true
      },
      release(_, owner) {
        if (held.lock?.owner === owner) held.lock = null
      },
    },
    ports: {
      clock: {
        now: () => held.nowMs,
        sleep: (durationMs) => Promise.resolve(void (held.nowMs += durationMs)),
      },
      random: () => 0.5,
      uuid: () => `uuid ${++uuids}`,
      log: () => undefined,
      deadlines: defaultDeadlines,
      language: 'en',
      product: { name: 'Watchroom', version: '0.1.0' },
    },
    installation: 'installation',
  }
}

function toReply({ status, json, headers = {} }: Answer): HttpReply {
  return { status, headers, origin, text: () => JSON.stringify(json), json: () => json }
}
