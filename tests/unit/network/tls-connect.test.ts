// The certificate is judged before a byte of a request leaves, on real TLS sockets.
import { X509Certificate } from 'node:crypto'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:tls'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, test } from 'vitest'
import { connectTcp, connectTls, inspectTls } from '#core/network/index.ts'
import type { TlsTarget } from '#core/network/index.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()
async function closeServers(): Promise<void> {
  const closed = servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await Promise.all(closed)
}
afterEach(closeServers)

async function listen(server: Server): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function startTlsServer() {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' })
  let receivedBytes = 0
  const server = createServer({ key: made.private, cert: made.cert }, (socket) => {
    socket.on('data', (chunk) => (receivedBytes += chunk.length))
  })
  server.on('tlsClientError', () => undefined)
  const port = await listen(server)
  const fingerprint = new X509Certificate(made.cert).fingerprint256.replaceAll(':', '').toLowerCase()
  return { port, fingerprint, receivedBytes: () => receivedBytes }
}

function target(port: number, trusted: TlsTarget['trusted'] = [], isLocalAllowed = true): TlsTarget {
  return { hostname: '127.0.0.1', port, trusted, use: 'api', isLocalAllowed, connectMs: 5000 }
}

describe('connectTls', () => {
  test('an unknown certificate blocks with 0 bytes sent and names its fingerprint', async () => {
    const { port, fingerprint, receivedBytes } = await startTlsServer()
    await expect(connectTls(target(port))).rejects.toMatchObject({
      code: 'untrusted-certificate',
      details: { origin: `https://127.0.0.1:${port}`, fingerprint, use: 'api' },
    })
    expect(receivedBytes()).toBe(0)
  })

  test('F4 a changed certificate blocks and names what was expected', async () => {
    const { port, fingerprint, receivedBytes } = await startTlsServer()
    const origin = `https://127.0.0.1:${port}`
    const pin = { use: 'api', origin, fingerprint: 'f'.repeat(64) } as const
    await expect(connectTls(target(port, [pin]))).rejects.toMatchObject({
      code: 'untrusted-certificate',
      details: { origin, fingerprint, expected: [pin.fingerprint] },
    })
    expect(receivedBytes()).toBe(0)
  })

  test.each(['with origin', 'without origin'])('a pin %s lets the connection through', async (kind) => {
    const { port, fingerprint } = await startTlsServer()
    const origin = kind === 'with origin' ? `https://127.0.0.1:${port}` : null
    const socket = await connectTls(target(port, [{ use: 'api', origin, fingerprint }]))
    expect(socket.encrypted).toBe(true)
    socket.destroy()
  })

  test('F7 local addresses are refused where the server does not live', async () => {
    const { port, fingerprint } = await startTlsServer()
    const trusted = [{ use: 'api', origin: null, fingerprint }] as const
    for (const hostname of ['127.0.0.1', 'localhost', '[::1]']) {
      await expect(connectTls({ ...target(port, trusted, false), hostname })).rejects.toMatchObject({
        code: 'forbidden',
      })
    }
  })

  test('a port without TLS, a closed port, silence and an abort each have their code', async () => {
    const plain = await listen(createTcpServer((socket) => socket.end('HTTP/1.1 400\r\n\r\n')))
    await expect(connectTls(target(plain))).rejects.toMatchObject({ code: 'unreachable' })
    const silent = await listen(createTcpServer())
    await expect(connectTls({ ...target(silent), connectMs: 50 })).rejects.toMatchObject({ code: 'timed-out' })
    const leaving = new AbortController()
    const waiting = connectTls({ ...target(silent), signal: leaving.signal })
    leaving.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    await closeServers()
    await expect(connectTcp(target(plain))).rejects.toMatchObject({ code: 'unreachable' })
  })
})

test('inspectTls reads the certificate without judging it', async () => {
  const { port, fingerprint, receivedBytes } = await startTlsServer()
  const view = await inspectTls(target(port))
  expect(view).toMatchObject({ fingerprint, subject: 'CN=localhost', isPublic: false })
  expect(view.validToMs).toBeGreaterThan(Date.parse('2026-01-01'))
  expect(receivedBytes()).toBe(0)
})
