// Pools of connections, one per set of accepted certificates: a socket accepted under one set is never reused under
// another. Knows nothing of requests.
import { Agent } from 'undici'
import type { Dispatcher } from 'undici'
import type { TrustedCertificate } from '#contract/servers.ts'
import { connectTcp, connectTls } from '#core/network/index.ts'
import type { TrustUse } from '#core/network/index.ts'

export interface Trust {
  trusted: readonly TrustedCertificate[]
  use: TrustUse
  isLocalAllowed: boolean
}

const poolsKept = 64

export function createDispatchers(options: { connectMs: number }): {
  /** Owned by the pool: do not close it. */
  get(trust: Trust): Dispatcher
  close(): Promise<void>
} {
  const agents = new Map<string, Agent>()

  function get(trust: Trust): Dispatcher {
    const pins = trust.trusted.filter((pin) => pin.use === trust.use)
    const key = JSON.stringify([
      trust.use,
      trust.isLocalAllowed,
      pins.map((pin) => [pin.origin, pin.fingerprint]).sort(),
    ])
    const agent = agents.get(key) ?? createAgent(trust, options.connectMs)
    agents.delete(key)
    agents.set(key, agent)
    const [oldestKey, oldest] = agents.entries().next().value ?? []
    if (agents.size > poolsKept && oldestKey !== undefined && oldest !== undefined) {
      agents.delete(oldestKey)
      void oldest.close()
    }
    return agent
  }

  async function close(): Promise<void> {
    const all = [...agents.values()]
    agents.clear()
    await Promise.all(all.map((agent) => agent.destroy()))
  }

  return { get, close }
}

function createAgent(trust: Trust, connectMs: number): Agent {
  return new Agent({
    connections: 8,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (wanted, done) => {
      const isTls = wanted.protocol === 'https:'
      const port = Number(wanted.port) || (isTls ? 443 : 80)
      const target = { hostname: wanted.hostname, port, isLocalAllowed: trust.isLocalAllowed, connectMs }
      const opened = isTls ? connectTls({ ...target, trusted: trust.trusted, use: trust.use }) : connectTcp(target)
      opened.then(
        (socket) => done(null, socket),
        (error: Error) => done(error, null),
      )
    },
  })
}
