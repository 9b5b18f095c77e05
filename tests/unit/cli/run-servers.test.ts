// `clock`, `history` and `servers` from arguments to exit code, on a core that only pretends.
import { describe, expect, it } from 'vitest'
import type { Server } from '#contract/servers.ts'
import { server, useCommandLine } from './command-line.ts'
import { createExportingCore, createFakeCore, fakeServer } from './fake-core.ts'

const line = useCommandLine()
const parse = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as unknown)

describe('clock', () => {
  const checking = (clockCheck: Server['clockCheck']): ReturnType<typeof createFakeCore> =>
    createFakeCore({ 'servers.checkClock': () => ({ ...fakeServer, clockCheck }) })
  const args = ['clock', ...server, '--camera', '3']

  it.each([
    ['right', 0, 'Right: video.example reads times as they are meant.'],
    ['misread', 3, '--server-zone Europe/Moscow'],
    ['undecided', 3, 'Undecided: video.example has neither'],
  ] as const)('%s ends with %i and says what to do', async (clockCheck, code, text) => {
    const ran = await line.start(args, checking(clockCheck))
    expect(ran).toMatchObject({ code, stderr: '' })
    expect(ran.stdout).toContain('a minute that is still to come, which must yield nothing')
    expect(ran.stdout).toContain(text)
    const json = await line.start([...args, '--json'], checking(clockCheck))
    expect([json.code, parse(json.stdout)]).toEqual([
      code,
      [{ event: 'clock', server: 'https://video.example', camera: '3', clockCheck, zone: 'UTC' }],
    ])
    const quiet = await line.start([...args, '--quiet'], checking(clockCheck))
    expect(quiet.stdout === '').toBe(clockCheck === 'right')
  })

  it('takes the zone of the server, in one form', async () => {
    const core = checking('right')
    expect((await line.start([...args, '--server-zone', 'europe/moscow'], core)).code).toBe(0)
    expect(core.called[0]).toMatchObject({ name: 'servers.save', input: { settings: { zone: 'Europe/Moscow' } } })
    const refused = await line.start([...args, '--server-zone', 'Mars'])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--server-zone: “Mars” is not')])
    expect((await line.start(['clock', ...server])).stderr).toContain('--camera is needed.')
  })

  it('a misread server refuses to export, and the remedy is named', async () => {
    const problem = { level: 'error' as const, itemIndex: null, code: 'clock', message: 'Not shown.' }
    const core = createExportingCore(() => [], undefined, { 'exports.check': () => [problem] })
    const { code, stderr } = await line.start(line.exportArgs(), core)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/wrong hour, so nothing was ordered.*--server-zone/)])
    expect(core.called.some(({ name }) => name === 'exports.start')).toBe(false)
  })
})

describe('history', () => {
  const row = {
    id: '7',
    name: 'Gate\u001b.mp4',
    cameraId: '3',
    range: { fromMs: Date.parse('2026-11-01T10:00:00Z'), toMs: Date.parse('2026-11-01T11:00:00Z') },
    createdAtMs: Date.parse('2026-11-02T08:00:00.250Z'),
    isFilePresent: true,
    userLogin: 'clerk',
  }
  const since = ['--since', '2026-11-01T00:00:00Z', '--until', '2026-11-03T00:00:00Z']

  it('is a table in the zone of the server, or JSON lines', async () => {
    const core = createFakeCore({
      'servers.save': () => ({ ...fakeServer, settings: { ...fakeServer.settings, zone: 'Europe/Moscow' } }),
      'servers.history': () => [row, { ...row, id: '8', range: null, isFilePresent: false }],
    })
    const { code, stdout } = await line.start(['history', ...server, ...since], core)
    expect(code).toBe(0)
    expect(stdout.split('\n').map((text) => text.split(/ {2,}/))).toEqual([
      ['ORDERED', 'CAMERA', 'FROM', 'TO', 'FILE', 'USER', 'NAME'],
      [
        '2026-11-02 11:00:00+03:00',
        '3',
        '2026-11-01 13:00:00+03:00',
        '2026-11-01 14:00:00+03:00',
        'yes',
        'clerk',
        'Gate .mp4',
      ],
      ['2026-11-02 11:00:00+03:00', '3', 'no', 'clerk', 'Gate .mp4'],
      [''],
    ])
    expect(core.called.at(-1)?.input).toMatchObject({
      created: { fromMs: Date.parse('2026-11-01T00:00:00Z'), toMs: Date.parse('2026-11-03T00:00:00Z') },
      limit: 1000,
    })
    const json = await line.start(['history', ...server, ...since, '--json'], core)
    expect(parse(json.stdout)[0]).toEqual({ event: 'download', ...row })
    expect((await line.start(['history', ...server, '--limit', '2'], core)).stderr).toContain('2 is the limit')
  })

  it.each([
    [['--since', '2026-11-01'], '--since: “2026-11-01” is not a date with a time.'],
    [['--since', since[3] ?? '', '--until', since[1] ?? ''], '--until: must be after --since.'],
    [['--limit', '10001'], '--limit: must be a whole number from 1 to 10000.'],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await line.start(['history', ...server, ...flags])
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('servers', () => {
  const other = { ...fakeServer, id: 's2', url: 'https://other.example:8443', name: 'Other', isSignedIn: true }
  const listing = (): ReturnType<typeof createFakeCore> =>
    createFakeCore({
      'servers.list': () => [fakeServer, other],
      'servers.remove': () => ({}),
      'servers.signOut': () => ({}),
    })
  const unlocked = { environment: { WATCHROOM_PASSPHRASE: 'correct horse' } }

  it('lists what is saved; who is signed in only with the passphrase', async () => {
    const locked = await line.start(['servers'], listing())
    expect(locked).toMatchObject({ code: 0, stderr: expect.stringContaining('WATCHROOM_PASSPHRASE') as string })
    expect(locked.stdout).toMatch(/^s2 +Other +vsaas +https:\/\/other.example:8443 +UTC +not checked +yes$/m)
    expect(locked.stdout).toMatch(/ \?$/m)
    const open = await line.start(['servers'], listing(), unlocked)
    expect([open.stderr, /^s1 .* no$/m.test(open.stdout)]).toEqual(['', true])
    expect(parse((await line.start(['servers', '--json'], listing(), unlocked)).stdout)).toHaveLength(2)
  })

  it.each([
    [['--sign-out', 'Other'], 'servers.signOut', 's2', 'Signed out of Other.'],
    [['--sign-out', 'https://other.example:8443/'], 'servers.signOut', 's2', 'Signed out of Other.'],
    [['--remove', 's1'], 'servers.remove', 's1', 'video.example is forgotten.'],
    [['--remove', 'other.example:8443'], 'servers.remove', 's2', 'Other is forgotten.'],
  ])('%j', async (flags, call, serverId, text) => {
    const core = listing()
    const { code, stdout, stderr } = await line.start(['servers', ...flags], core, unlocked)
    expect([code, stderr, stdout]).toEqual([0, '', expect.stringContaining(text)])
    expect(core.called.at(-1)).toEqual({ name: call, input: { serverId } })
  })

  it('ends no sign-in that it cannot read, and finds no server that is not there', async () => {
    expect(await line.start(['servers', '--sign-out', 's1'], listing())).toMatchObject({ code: 4 })
    expect(await line.start(['servers', '--remove', 's1'], listing())).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('could not be ended on the server') as string,
    })
    expect(await line.start(['servers', '--remove', 'nobody'], listing())).toMatchObject({ code: 2 })
    expect(await line.start(['servers', '--remove', 'a', '--sign-out', 'b'], listing())).toMatchObject({ code: 2 })
  })
})
