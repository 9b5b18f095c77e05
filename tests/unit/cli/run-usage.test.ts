// Wrong calls of the command line: one line that helps, code 2, and no secret repeated.
import { describe, expect, it } from 'vitest'
import { AppError } from '#contract/errors.ts'
import { batchOrderSchema, caseSchema, itemOrderSchema, optionsSchema } from '#contract/exports.ts'
import { cameraQuerySchema, serverInputSchema } from '#contract/servers.ts'
import { range, server, useCommandLine } from './command-line.ts'
import { createFakeCore } from './fake-core.ts'
import { commandNames } from '../../../main/cli/program.ts'
import { longestTexts } from '../../../main/cli/check-flags.ts'

const line = useCommandLine()

describe('wrong calls', () => {
  it.each([
    [[], 'Usage: watchroom'],
    [['exprot'], 'There is no command exprot. Did you mean export? Help: watchroom --help'],
    [['export', '--camra', '3'], 'There is no option --camra. Did you mean --camera? Help: watchroom export --help'],
    [['export', '--zzz=canary'], 'There is no option --zzz. Help: watchroom export --help'],
    [['verify'], 'The argument folder is missing. Help: watchroom verify --help'],
    [['export', '--to'], '--to needs a value.'],
    [['resume', 'a', 'b'], 'Too many arguments.'],
    [['export'], '--to is needed.'],
    [['export', '--to', 'x'], 'Say what to export'],
    [['export', '--to', 'x', '--camera', '3', '--from', '2026-11-01T10:00:00Z'], '--until is needed.'],
    [['export', '--to', 'x', '--camera', '3', ...range], '--server is needed.'],
    [['export', '--to', 'x', '--camera', '3', ...range, '--server', 'https://v'], '--dialect is needed.'],
    [['export', '--to', 'x', '--plan', 'a', '--csv', 'b'], '--plan and --csv cannot be used together.'],
    [['export', '--to', 'x', '--plan', 'a', '--camera', '3'], '--plan and --camera cannot be used together.'],
    [
      ['export', '--to', 'x', '--plan', '/nowhere/plan.json'],
      '/nowhere/plan.json cannot be read: there is no such file or folder.',
    ],
    [['cameras', '--server', 'https://v', '--dialect', 'onvif'], '--dialect: must be one of: vms, vsaas.'],
    [['cameras', ...server, '--limit', '0'], '--limit: must be a whole number from 1 to 100000.'],
    [['cameras', ...server, '--trust-sha256', 'abc'], '--trust-sha256: must be the SHA-256 of a certificate'],
    [
      ['cameras', '--server', 'https://clerk:canary@v', '--dialect', 'vms'],
      'The address holds a user name or a secret.',
    ],
    [
      ['cameras', '--server', 'https://v/?token=canary', '--dialect', 'vms'],
      'The address holds a user name or a secret.',
    ],
    [['export', '--to', '', ...server, ...range, '--camera', '3'], '--to needs a value.'],
    [['export', '--to', 'x', ...server, ...range, '--camera', ''], '--camera needs a value.'],
    [
      ['export', '--to', 'x', '--legal-basis', 'x'.repeat(1001)],
      '--legal-basis: must be at most 1000 characters long.',
    ],
    [['resume', ''], 'The argument folder is missing. Help: watchroom resume --help'],
    [['verify', 'x', '--language', 'de'], '--language: must be one of: en, ru.'],
  ])('%j', async (args, message) => {
    const core = createFakeCore()
    const { code, stdout, stderr } = await line.start(args, core)
    expect(code).toBe(2)
    expect(stdout + stderr).toContain(message)
    expect(stdout + stderr).not.toContain('canary')
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(core.called).toEqual([])
  })

  it.each(['--container=avi', '--audio=loud', '--zone=Mars', '--template={x}', '--concurrency=99'])(
    'refuses export %s and names the flag',
    async (flag) => {
      const { code, stderr } = await line.start(line.exportArgs(flag))
      expect([code, stderr]).toEqual([2, expect.stringContaining(`watchroom: ${flag.split('=')[0]}: `)])
    },
  )

  it.each(['--token', '--password', '--token=canary-1', '--passphrase', '--api-key=canary-1', '--secret', '-token'])(
    'refuses the secret argument %s, says why, and does not repeat it',
    async (flag) => {
      const { code, stdout, stderr } = await line.start(line.exportArgs(flag, 'canary-1'))
      expect(code).toBe(2)
      expect(stderr).toContain('arguments can be seen by every user')
      expect(stdout + stderr).not.toContain('canary-1')
    },
  )

  it('has the limits of the contract', () => {
    const whole = { ...caseSchema.shape, ...batchOrderSchema.shape, ...cameraQuerySchema.shape }
    const schemas: Record<string, { safeParse(text: string): { success: boolean } }> = {
      ...whole,
      camera: itemOrderSchema.shape.cameraId,
      caseNumber: caseSchema.shape.number,
      place: cameraQuerySchema.shape.placeId,
      server: serverInputSchema.shape.url,
      template: optionsSchema.shape.nameTemplate,
      to: batchOrderSchema.shape.destination,
    }
    for (const [name, most] of Object.entries(longestTexts)) {
      const taken = [most, most + 1].map((length) => schemas[name]?.safeParse('x'.repeat(length)).success)
      expect([name, ...taken]).toEqual([name, true, false])
    }
  })

  it.each([
    ['vms', {}, 'Set WATCHROOM_USERNAME and WATCHROOM_PASSWORD'],
    ['vsaas', { WATCHROOM_TOKEN: '', WATCHROOM_USERNAME: 'a', WATCHROOM_PASSWORD: 'b' }, 'Set WATCHROOM_TOKEN'],
  ])('names what signs in to %s, whatever else was given', async (dialect, environment, text) => {
    const { code, stderr } = await line.start(['cameras', '--server', 'https://v', '--dialect', dialect], undefined, {
      environment,
    })
    expect([code, stderr]).toEqual([4, expect.stringContaining(text)])
  })

  it('asks for address and dialect where the API is not', async () => {
    const core = createFakeCore({
      'servers.signIn': () => {
        throw new AppError('not-found', 'https://v does not have what was asked for (404).')
      },
    })
    const { code, stderr } = await line.start(['cameras', ...server], core)
    expect([code, stderr]).toEqual([2, expect.stringContaining('a server of the kind vsaas? Check --server')])
  })

  it('warns of an address that is not encrypted', async () => {
    const core = createFakeCore({ 'cameras.list': () => [] })
    const { stderr } = await line.start(['cameras', '--server', 'http://v', '--dialect', 'vsaas'], core)
    expect(stderr).toContain('Warning: http://v is not encrypted')
    expect((await line.start(['cameras', ...server], core)).stderr).not.toContain('Warning')
  })

  it('shows help in the chosen language and ends with 0', async () => {
    for (const command of [[], ...commandNames.map((name) => [name])]) {
      const english = await line.start([...command, '--help'])
      const russian = await line.start([...command, '--help', '--language', 'ru'])
      expect([english.code, russian.code, english.stderr, russian.stderr]).toEqual([0, 0, '', ''])
      expect(english.stdout).toMatch(/^Usage: watchroom[^]*Examples:/)
      expect(russian.stdout).toMatch(/^Использование: watchroom[^]*Примеры:/)
    }
    expect((await line.start(['--version'])).stdout).toBe('1.2.3\n')
    expect((await line.start(['export'], undefined, { environment: { LANG: 'ru_RU.UTF-8' } })).stderr).toContain(
      'Нужен параметр --to',
    )
  })
})
