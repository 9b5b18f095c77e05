// F6: a token that runs out under load is refreshed once, for all calls of all programs on this workstation.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPassphraseSecrets } from '#core/storage/index.ts'
import { startSite } from '../site/start-site.ts'
import type { Site } from '../site/start-site.ts'
import { calm, openBench, pinApi } from './open-bench.ts'
import type { Bench } from './open-bench.ts'

let site: Site
let bench: Bench
let folder: string
let serverId: string
const childFile = path.join(import.meta.dirname, 'servers-refresh-child.ts')

beforeAll(async () => {
  site = await startSite({ only: ['vms'] })
})
afterAll(() => site.close())

beforeEach(async () => {
  await site.vms.control.reset()
  folder = mkdtempSync(path.join(tmpdir(), 'watchroom-refresh-'))
  bench = openBench({
    folder,
    secrets: (database) => createPassphraseSecrets({ database, passphrase: 'of the test' }),
  })
  const input = { dialect: 'vms', url: site.vms.url, trusted: pinApi(site.vms.certificateSha256) } as const
  serverId = (await bench.servers.handlers['servers.save'](input, calm())).id
})
afterEach(async () => {
  await bench.close()
  rmSync(folder, { recursive: true, force: true })
})

function signIn(remember = true) {
  const credentials = { kind: 'password', username: site.vms.username, password: site.vms.password } as const
  return bench.servers.handlers['servers.signIn']({ serverId, credentials, remember }, calm())
}

const countOf = async (url: string, status = 200): Promise<number> =>
  (await site.vms.control.log()).filter((entry) => entry.url.startsWith(url) && entry.status === status).length

/** Ends the access token on the server behind the client's back; the refresh token stays good. */
async function endAccessToken(): Promise<void> {
  const log = await site.vms.control.log()
  const token = log.findLast(({ headers }) => headers['authorization'] !== undefined)?.headers['authorization'] ?? ''
  const body = new URLSearchParams({ token: token.replace('Bearer ', ''), token_type_hint: 'access_token' })
  expect((await fetch(`${site.vms.httpUrl}/api/v1/token/revoke`, { method: 'POST', body })).status).toBe(204)
  await site.vms.control.clearLog()
}

async function startChild(): Promise<{ go(): void; output: Promise<string> }> {
  const child = spawn(process.execPath, ['--no-warnings', childFile, folder, serverId, '50'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(child.stdout, 'data')
  const output = once(child, 'close').then(() => text)
  return { go: () => void child.stdin.write('go\n'), output }
}

/** Calls a program has on the way at once to one server. */
const callsAtOnce = 8

/**
 * Answers no call with the first token before all three programs have as many on the way as they can: then 401 to all of
 * them. A refresh takes its time, and works once for each refresh token.
 */
async function startSlowServer() {
  const counts = { refreshes: 0, dead: 0 }
  let isSpent = false
  let hasEnded = false
  const held: (() => void)[] = []
  const user = { email: 'operator', first_name: '', last_name: '', permissions: [] }
  const token = (name: string) => ({ access_token: name, refresh_token: name, token_type: 'bearer', expires_in: 3600 })
  const server = createServer((request, response) => {
    const reply = (status: number, json: object): void => void response.writeHead(status).end(JSON.stringify(json))
    if (request.url === '/api/v1/token') return reply(200, token('first'))
    if (request.url === '/api/v1/token/refresh') {
      counts.refreshes++
      if (isSpent) return reply(400, { status: 'token_refresh_error', detail: 'spent' })
      isSpent = true
      return void setTimeout(() => reply(200, token('second')), 400)
    }
    if (request.headers.authorization === 'Bearer second' || !hasEnded) return reply(200, user)
    counts.dead++
    held.push(() => reply(401, { status: 'unauthorized', detail: 'dead' }))
    if (counts.dead >= 3 * callsAtOnce) for (const answer of held.splice(0)) answer()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = (): void => server.close().closeAllConnections()
  return { url, counts, endFirst: () => void (hasEnded = true), close }
}

test('F6 50 simultaneous 401 in each of three programs are one refresh', async () => {
  const slow = await startSlowServer()
  serverId = (await bench.servers.handlers['servers.save']({ dialect: 'vms', url: slow.url }, calm())).id
  await signIn()
  slow.endFirst()
  const children = await Promise.all([startChild(), startChild()])
  for (const child of children) child.go()
  const server = bench.servers.open(serverId)
  const own = await Promise.allSettled(Array.from({ length: 50 }, () => server.account(calm())))
  expect(own.filter(({ status }) => status === 'fulfilled')).toHaveLength(50)
  expect(await Promise.all(children.map(({ output }) => output))).toEqual(['ready\n50\n', 'ready\n50\n'])
  expect(slow.counts.refreshes).toBe(1)
  expect(slow.counts.dead).toBe(150)
  slow.close()
})

test('a token is refreshed before it runs out, without a 401', async () => {
  await site.vms.control.set({ accessTokenTtlMs: 3000 })
  await signIn()
  await site.vms.control.clearLog()
  const server = bench.servers.open(serverId)
  await expect
    .poll(
      async () => {
        await server.account(calm())
        return countOf('/api/v1/token/refresh')
      },
      { timeout: 10_000 },
    )
    .toBe(1)
  expect(await countOf('/api/v1/users/me', 401)).toBe(0)
})

test('a refused refresh asks the person, and forgets', async () => {
  await signIn()
  await site.vms.control.set({ accessTokensValid: false, refreshTokensValid: false })
  const server = bench.servers.open(serverId)
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => server.account(calm())))
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'unauthorized' } })
  expect(bench.servers.describe(serverId).isSignedIn).toBe(false)
  expect(bench.changes.at(-1)).toMatchObject({ isSignedIn: false })
  await site.vms.control.reset()
  await signIn()
  expect(bench.servers.describe(serverId).isSignedIn).toBe(true)
})

test('who leaves does not end the refresh for the others', async () => {
  await signIn()
  await endAccessToken()
  const server = bench.servers.open(serverId)
  const leaving = new AbortController()
  const left = server.account({ signal: leaving.signal })
  const staying = server.account(calm())
  leaving.abort()
  await expect(left).rejects.toMatchObject({ code: 'cancelled' })
  await expect(staying).resolves.toMatchObject({ name: expect.any(String) })
})

test('F5 password and tokens are nowhere in the clear; what is not to be remembered is not on the disk', async () => {
  await signIn(false)
  expect(bench.database.secrets.get(`server/${serverId}/tokens`)).toBeNull()
  await signIn()
  await bench.servers.open(serverId).account(calm())
  const log = await site.vms.control.log()
  const tokens = log.flatMap(({ headers }) => headers['authorization']?.replace('Bearer ', '') ?? [])
  const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(path.join(folder, name))))
  for (const canary of [site.vms.password, ...tokens]) {
    expect(bytes.includes(canary)).toBe(false)
    expect(JSON.stringify([bench.log, bench.changes])).not.toContain(canary)
  }
})

test('a server that moves loses its tokens and pins; the same address is the same server', async () => {
  await signIn()
  const save = bench.servers.handlers['servers.save']
  expect((await save({ dialect: 'vms', url: `${site.vms.url}/` }, calm())).isSignedIn).toBe(true)
  const moved = await save({ id: serverId, dialect: 'vms', url: 'https://elsewhere.example' }, calm())
  expect(moved).toMatchObject({ id: serverId, isSignedIn: false, trusted: [] })
  expect(bench.database.secrets.get(`server/${serverId}/tokens`)).toBeNull()
})
