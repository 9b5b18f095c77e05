// Staying signed in, where other programs on the workstation refresh the same tokens.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { defaultDeadlines } from '#core/ports.ts'
import { createHttp } from '../../../main/core/http/index.ts'
import { createVmsSession, signInToVms } from '../../../main/core/servers/vms/vms-session.ts'
import { fakeConnection } from './fake-connection.ts'
import type { Answer, FakeConnection, Sent } from './fake-connection.ts'

const hourMs = 3_600_000
const startMs = Date.parse('2026-11-20T10:00:00Z')
const pair = (name: string, expiresAtMs = startMs + hourMs) =>
  ({
    kind: 'pair',
    accessToken: `access ${name}`,
    refreshToken: `refresh ${name}`,
    expiresAtMs,
    lifetimeMs: hourMs,
  }) as const

let good: string
let refreshAnswer: () => Answer
let connection: FakeConnection

function answer({ path, headers }: Sent): Answer {
  if (path === '/token/refresh') return refreshAnswer()
  return headers['authorization'] === `Bearer access ${good}` ? { status: 200, json: {} } : { status: 401 }
}

const refreshed = (name: string): Answer => ({
  status: 200,
  json: { access_token: `access ${name}`, refresh_token: `refresh ${name}`, token_type: 'bearer', expires_in: 3600 },
})
const refused: Answer = { status: 400, json: { status: 'token_refresh_error', status_code: 400, detail: 'no' } }
const call = () => createVmsSession(connection).call({ method: 'GET', path: '/users/me' }, new AbortController().signal)
const paths = () => connection.sent.map(({ path }) => path)

beforeEach(() => {
  good = 'new'
  refreshAnswer = () => refreshed('new')
  connection = fakeConnection('vms', pair('old'), answer)
})

test('a 401 is refreshed once and the call repeated; a second 401 is final', async () => {
  expect((await call()).status).toBe(200)
  expect(paths()).toEqual(['/users/me', '/token/refresh', '/users/me'])
  expect(connection.sent[1]?.body).toBe('grant_type=refresh_token&refresh_token=refresh+old')
  expect(connection.held).toMatchObject({ tokens: pair('new'), lock: null })
  good = 'another'
  await expect(call()).rejects.toMatchObject({ code: 'unauthorized' })
})

test('a refresh without an answer has timed out: nobody cancelled it', async () => {
  const server = createServer(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const clock = { now: () => Date.now(), sleep: (durationMs: number) => sleep(durationMs) }
  const deadlines = { ...defaultDeadlines, apiMs: 100 }
  const http = createHttp({ clock, random: () => 0, deadlines, log: () => undefined })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { describe: describeServer, ports } = connection
  const slow = {
    ...connection,
    http,
    describe: () => ({ ...describeServer(), url }),
    ports: { ...ports, clock, deadlines },
  }
  connection.held.tokens = pair('old', startMs - hourMs)
  try {
    const waiting = createVmsSession(slow).call({ method: 'GET', path: '/users/me' }, new AbortController().signal)
    await expect(waiting).rejects.toMatchObject({ code: 'timed-out' })
  } finally {
    await http.close()
    server.closeAllConnections()
    server.close()
  }
})

test('a token near its end is refreshed first; one that still lives is used when that fails', async () => {
  connection.held.tokens = pair('old', startMs + 30_000)
  await call()
  expect(paths()).toEqual(['/token/refresh', '/users/me'])
  good = 'old'
  connection.held.tokens = pair('old', startMs + 30_000)
  refreshAnswer = () => ({ status: 503 })
  expect((await call()).status).toBe(200)
  connection.held.tokens = pair('old', startMs - 1)
  await expect(call()).rejects.toMatchObject({ code: 'unreachable' })
  expect(connection.held.tokens).not.toBeNull()
})

test('tokens that another program refreshed meanwhile are used', async () => {
  connection.held.lock = { owner: 'another program', untilMs: startMs + 60_000 }
  const sleep = connection.ports.clock.sleep
  connection.ports.clock.sleep = (durationMs) => {
    connection.held.tokens = pair('new')
    return sleep(durationMs)
  }
  await call()
  expect(paths()).toEqual(['/users/me', '/users/me'])
})

test('the lock of a program that was killed runs out', async () => {
  connection.held.lock = { owner: 'killed', untilMs: startMs + 40_000 }
  await call()
  expect(connection.held.nowMs).toBeGreaterThanOrEqual(startMs + 40_000)
  expect(paths()).toEqual(['/users/me', '/token/refresh', '/users/me'])
})

describe('a refused refresh', () => {
  test('reads the store once more: another program may have been quicker', async () => {
    refreshAnswer = () => {
      connection.held.tokens = pair('new')
      return refused
    }
    expect((await call()).status).toBe(200)
  })

  test('asks the person to sign in, and forgets what is of no use any more', async () => {
    refreshAnswer = () => refused
    await expect(call()).rejects.toMatchObject({ code: 'unauthorized' })
    expect(connection.held).toMatchObject({ tokens: null, lock: null })
  })
})

test('a wrong password and a strange answer to it', async () => {
  const credentials = { username: 'u', password: 'p' }
  const { signal } = new AbortController()
  const invalid = { status: 'token_invalid_credentials', status_code: 401, detail: 'wrong' }
  connection = fakeConnection('vms', null, () => ({ status: 401, json: invalid }))
  await expect(signInToVms(connection, credentials, signal)).rejects.toMatchObject({ code: 'unauthorized' })
  connection = fakeConnection('vms', null, () => ({ status: 200, json: { access_token: 'canary' } }))
  const error: unknown = await signInToVms(connection, credentials, signal).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'bad-reply', details: { path: 'refresh_token' } })
  expect(JSON.stringify(error) + String(error)).not.toContain('canary')
})
