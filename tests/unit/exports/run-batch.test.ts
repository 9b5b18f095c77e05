// The run of a batch where its calls and the work of its items cross: on a folder of its own, with a server that only
// answers.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AppError } from '#contract/errors.ts'
import { defaultDeadlines } from '#core/ports.ts'
import { createBreaker } from '#core/http/index.ts'
import { createSessionSecrets } from '#core/storage/index.ts'
import type { VideoServer } from '#core/servers/index.ts'
import { openBatchBook } from '../../../main/core/exports/batch-book.ts'
import type { EngineDeps } from '../../../main/core/exports/engine-deps.ts'
import { newRecord } from '../../../main/core/exports/record.ts'
import { startBatchRun } from '../../../main/core/exports/run-batch.ts'
import type { BatchRun } from '../../../main/core/exports/run-batch.ts'
import { createTurnstile } from '../../../main/core/exports/turnstile.ts'
import { sampleHeader } from './samples.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watchroom-run-'))
  await mkdir(join(folder, '.watchroom'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function createDeps(server: VideoServer, canAskPerson: () => boolean): EngineDeps {
  const clock = { now: Date.now, sleep: () => Promise.resolve() }
  const unused = () => Promise.reject(new Error('not expected here'))
  return {
    ports: {
      product: { name: 'Watchroom', version: '0' },
      folders: { data: folder },
      secrets: createSessionSecrets(),
      clock,
      random: () => 0,
      uuid: () => 'id',
      log: () => undefined,
      deadlines: defaultDeadlines,
      ffmpegPath: null,
      language: 'en',
      identity: { user: 'clerk', workstation: 'desk' },
      childEnvironment: {},
      get canAskPerson() {
        return canAskPerson()
      },
    },
    fetcher: { fetch: unused, close: () => Promise.resolve() },
    breaker: createBreaker({ clock, random: () => 0, deadlines: defaultDeadlines }),
    locateFfmpeg: unused,
    openServer: () => server,
    trustedOf: () => [],
    turnstileOf: () => createTurnstile(1),
    onItem: () => undefined,
    onBatch: () => undefined,
    writeEvidence: () => Promise.resolve(),
  }
}

test('someone who signs in while a refusal is still on its way does not leave the item waiting for ever', async () => {
  let questions = 0
  const server = {
    serverId: 'one',
    dialect: 'vsaas',
    origin: 'https://127.0.0.1',
    coverage: () => {
      questions += 1
      const code = questions === 1 ? 'unauthorized' : 'not-found'
      return Promise.reject(new AppError(code, 'No.'))
    },
  } as unknown as VideoServer
  const header = sampleHeader(1)
  const journal = { append: () => Promise.resolve(), close: () => Promise.resolve() }
  const book = openBatchBook(folder, header, [newRecord(0)], journal, { now: Date.now, onItem: () => undefined })
  let run: BatchRun | null = null
  // Asked between the refusal and its line in the journal: this is where the sign-in falls.
  const deps = createDeps(server, () => {
    run?.wake()
    return true
  })
  run = startBatchRun(folder, '.watchroom', book, deps)
  await run.ended
  expect(questions).toBe(2)
  expect(run.snapshot().items[0]?.state).toMatchObject({ kind: 'failed', error: { code: 'not-found' } })
})
