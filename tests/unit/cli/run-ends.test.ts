// How an export of the command line ends when something goes wrong, and that no secret gets out on the way.
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { AppError } from '#contract/errors.ts'
import type { ErrorValue } from '#contract/errors.ts'
import type { Item } from '#contract/exports.ts'
import { fail, fingerprint, finish, running, useCommandLine } from './command-line.ts'
import { createExportingCore, createFakeCore, fakeServer, makeBatch, makeItem } from './fake-core.ts'

const line = useCommandLine()

describe('the end of an export', () => {
  it.each([
    ['disk-full', {}, 5],
    ['unauthorized', {}, 4],
    ['unsupported-media', { suspect: 'x.suspect' }, 6],
    ['link-expired', {}, 3],
  ] as const)('ends with the code of the one cause: %s', async (errorCode, details, code) => {
    const core = createExportingCore(fail({ code: errorCode, message: 'It failed.', details }), {
      state: 'failed',
      error: null,
    })
    const { code: actual, stdout } = await line.start(line.exportArgs(), core)
    expect(actual).toBe(code)
    expect(stdout).toContain('failed: It failed.')
    expect(stdout).toContain('To try what failed again: watchroom resume')
  })

  it('says how to accept an unknown certificate, of the media server or of the server', async () => {
    const error: ErrorValue = {
      code: 'untrusted-certificate',
      message: 'Unknown certificate.',
      details: { fingerprint },
    }
    const media = await line.start(
      line.exportArgs(),
      createExportingCore(fail(error), { state: 'failed', error: null }),
    )
    expect([media.code, media.stdout]).toEqual([3, expect.stringContaining(`--trust-sha256 ${fingerprint}`)])
    const refused = createFakeCore({
      'servers.signIn': () => {
        throw new AppError('untrusted-certificate', 'Unknown certificate.', { details: { fingerprint } })
      },
    })
    const api = await line.start(line.exportArgs(), refused)
    expect([api.code, api.stderr]).toEqual([3, expect.stringContaining(`--trust-sha256 ${fingerprint}`)])
  })

  it('stops when the disk is full, keeps the state and says how to go on', async () => {
    const error: ErrorValue = { code: 'disk-full', message: 'No room left.' }
    const pause = (): Partial<Item>[] => [running(0.2), { state: { kind: 'paused', error } }]
    const { code, stderr } = await line.start(line.exportArgs(), createExportingCore(pause, { state: 'paused', error }))
    expect([code, stderr]).toEqual([5, expect.stringMatching(/No room left\.\n.*watchroom resume/)])
  })

  it('pauses at the first Ctrl+C, keeps the state and says how to go on', async () => {
    let interrupt = (): void => undefined
    const core = createExportingCore(() => [running(0.5)], { state: 'running', error: null })
    const ran = line.start(line.exportArgs(), core, { onStart: (send) => (interrupt = () => send()) })
    await expect.poll(() => core.called.some(({ name }) => name === 'exports.start')).toBe(true)
    interrupt()
    const { code, stderr, exited } = await ran
    expect([code, exited]).toEqual([130, null])
    expect(stderr).toContain(`Paused. To go on: watchroom resume "${join(line.folder, 'out')}"`)
    expect(core.called.at(-1)?.name).toBe('exports.pause')
    expect(core.isClosed).toBe(true)
  })

  it('ends at once at the second Ctrl+C, which is not an echo of the first', async () => {
    let nowMs = 0
    const exits: number[] = []
    let interrupt = (): void => undefined
    let resolvePause = (): void => undefined
    const core = createExportingCore(
      () => [running(0.5)],
      { state: 'running', error: null },
      {
        'exports.pause': () =>
          new Promise(
            (resolve) =>
              (resolvePause = () => resolve(makeBatch('/', [makeItem(0, { kind: 'queued' })], { state: 'paused' }))),
          ),
      },
    )
    const ran = line.start(line.exportArgs(), core, {
      onStart: (send) => (interrupt = () => send('SIGTERM')),
      nowMs: () => nowMs,
      onExit: (code) => exits.push(code),
      terminal: { columns: 60, rows: 10 },
    })
    await expect.poll(() => core.called.some(({ name }) => name === 'exports.start')).toBe(true)
    interrupt()
    await expect.poll(() => core.called.some(({ name }) => name === 'exports.pause')).toBe(true)
    nowMs = 299
    interrupt()
    expect(exits).toEqual([])
    nowMs = 301
    interrupt()
    expect(exits).toEqual([143])
    resolvePause()
    const { stdout } = await ran
    // The first signal is told above the bars, the second gives the terminal back.
    expect(stdout).toContain('· Pausing')
    expect(stdout).toContain('\u001b[?25h\u001b[?7h\n')
  })

  it('needs something to sign in with, or a saved server', async () => {
    const nothing = await line.start(line.exportArgs(), undefined, { environment: { WATCHROOM_TOKEN: '' } })
    expect([nothing.code, nothing.stderr]).toEqual([4, expect.stringContaining('Set WATCHROOM_TOKEN')])
    const saved = createExportingCore(finish, undefined, {
      'servers.save': () => ({ ...fakeServer, isSignedIn: true }),
    })
    expect((await line.start(line.exportArgs(), saved, { environment: { WATCHROOM_TOKEN: '' } })).code).toBe(0)
    expect(saved.called.some(({ name }) => name === 'servers.signIn')).toBe(false)
  })

  it('keeps sign-ins only with a passphrase', async () => {
    const core = createExportingCore(finish)
    await line.start(line.exportArgs(), core, { environment: { WATCHROOM_PASSPHRASE: 'correct horse' } })
    expect(core.called.find(({ name }) => name === 'servers.signIn')?.input).toMatchObject({ remember: true })
    expect(core.ports?.secrets.isPersistent).toBe(true)
  })

  it.each([
    [new AppError('unauthorized', 'Wrong token.'), 4],
    [new AppError('forbidden', 'Not for you.'), 4],
    [new AppError('unreachable', 'No answer.'), 3],
    [new AppError('internal', 'A bug.'), 1],
  ])('ends with the code of a sign-in that fails: %s', async (error, code) => {
    const core = createFakeCore({
      'servers.signIn': () => {
        throw error
      },
    })
    expect(await line.start(line.exportArgs(), core)).toMatchObject({ code, stderr: `watchroom: ${error.message}\n` })
    expect(core.isClosed).toBe(true)
  })

  it('reads the token from a file and warns when others can read it', async () => {
    const core = createExportingCore(finish)
    await writeFile(join(line.folder, 'token'), 'token-in-a-file\nsecond line\n', { mode: 0o644 })
    const { stderr } = await line.start(line.exportArgs('--token-file', join(line.folder, 'token')), core)
    expect(core.called.find(({ name }) => name === 'servers.signIn')?.input).toMatchObject({
      credentials: { token: 'token-in-a-file' },
    })
    expect(stderr).toContain('chmod 600')
    await writeFile(join(line.folder, 'empty'), '\n', { mode: 0o600 })
    expect((await line.start(line.exportArgs('--token-file', join(line.folder, 'empty')))).stderr).toContain(
      'holds no token',
    )
  })

  it('goes on when the reader of its output has left', async () => {
    const broken = new PassThrough()
    broken.write = () => {
      queueMicrotask(() => broken.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })))
      return true
    }
    expect((await line.start(line.exportArgs(), undefined, { stdout: broken })).code).toBe(0)
  })

  it('says so when its output could not be written', async () => {
    const full = new PassThrough()
    full.write = (_chunk: unknown, ...rest: unknown[]) => {
      const error = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' })
      queueMicrotask(() => full.emit('error', error))
      for (const done of rest) if (typeof done === 'function') (done as () => void)()
      return true
    }
    expect(await line.start(line.exportArgs('--json'), undefined, { stdout: full })).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('could not be written (ENOSPC)') as string,
    })
  })

  it('F5, F22: lets no secret out: not by text, not by a link in an error, not into files, not to children', async () => {
    const canaries = [
      'canary-token-0a1b',
      'canary-password-2c3d',
      'canary-passphrase-4e5f',
      'canary-list-6a7b',
      'canary-link-8c9d',
    ]
    const message = `Refused ${canaries.join(' ')} at https://media.example/archive/canary-link-8c9d?sig=canary-link-8c9d.`
    const core = createExportingCore(fail({ code: 'link-expired', message }), { state: 'failed', error: null })
    const secrets = {
      WATCHROOM_TOKEN: canaries[0] ?? '',
      WATCHROOM_PASSWORD: canaries[1] ?? '',
      WATCHROOM_USERNAME: 'clerk',
      WATCHROOM_PASSPHRASE: canaries[2] ?? '',
      WATCHROOM_LIST_TOKEN: canaries[3] ?? '',
    }
    const hidden = canaries.slice(0, 4)
    for (const flags of [[], ['--json'], ['--quiet']]) {
      const { stdout, stderr } = await line.start(line.exportArgs(...flags), core, { environment: secrets })
      for (const canary of hidden) expect(stdout + stderr).not.toContain(canary)
      expect(stdout + stderr).toContain('https://media.example/…')
      expect(stdout + stderr).not.toMatch(/archive|sig=/)
    }
    core.ports?.log({ level: 'error', event: 'bug', fields: { text: message } })
    expect(core.ports?.childEnvironment).toBeDefined()
    const files = await readdir(line.folder, { recursive: true, withFileTypes: true })
    const contents = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
    )
    expect(contents.some((content) => content.includes('"event":"bug"'))).toBe(true)
    for (const canary of hidden)
      expect(`${contents.join()}${JSON.stringify(core.ports?.childEnvironment)}`).not.toContain(canary)
  })
})
