// Opens ports on loopback addresses. Knows nothing of the servers behind them.
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

/** Port 0 = any free one. Settles with the port in use; rejects when it is taken. */
export async function listenOn(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const attempts = 20

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

/** The same port on two addresses; with port 0, free ones are tried until one is free on both. */
export async function listenOnBoth(
  servers: readonly [Server, Server],
  hosts: readonly [string, string],
  port: number,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const chosen = await listenOn(servers[0], hosts[0], port)
    try {
      return await listenOn(servers[1], hosts[1], chosen)
    } catch (error) {
      if (port !== 0 || attempt === attempts || !isTaken(error)) throw error
      servers[0].close()
      await once(servers[0], 'close')
    }
  }
}
