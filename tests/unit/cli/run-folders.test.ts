// `resume`, `verify` and `cameras` from arguments to exit code, on a core that only pretends.
import { describe, expect, it } from 'vitest'
import { AppError } from '#contract/errors.ts'
import { server, useCommandLine } from './command-line.ts'
import { createFakeCore, doneState, fakeServer, makeBatch, makeItem } from './fake-core.ts'

const line = useCommandLine()

describe('resume', () => {
  const summary = (
    finished: number,
    servers = { s9: { dialect: 'vsaas' as const, url: 'https://video.example' } },
  ) => ({
    id: 'b1',
    name: 'Night',
    destination: line.folder,
    servers,
    items: 2,
    finished,
  })
  const done = makeItem(0, doneState('a'))

  it('signs in and goes on', async () => {
    let items = [done, makeItem(1, { kind: 'queued' })]
    const core = createFakeCore({
      'exports.inspect': () => summary(1),
      'exports.open': () => {
        setImmediate(() => {
          items = [done, makeItem(1, doneState('b'))]
          core.publish('exports.itemChanged', items[1])
          const { items: _items, ...head } = makeBatch(line.folder, [], { state: 'done' })
          core.publish('exports.batchChanged', head)
        })
        return makeBatch(line.folder, items)
      },
      'exports.get': () => makeBatch(line.folder, items),
    })
    const { code, stdout } = await line.start(['resume', line.folder], core)
    expect(code).toBe(0)
    expect(stdout).toContain(`Going on in ${line.folder}: 1 of 2 left`)
    expect(stdout).toContain('2 done')
    expect(core.called.map(({ name }) => name)).toEqual([
      'exports.inspect',
      'servers.list',
      'servers.save',
      'servers.signIn',
      'exports.open',
      'exports.get',
    ])
  })

  it('ends with 0 when nothing is left, without signing in', async () => {
    const batch = makeBatch(line.folder, [done, makeItem(1, { kind: 'cancelled' })], { state: 'partial' })
    const core = createFakeCore({
      'exports.inspect': () => summary(2),
      'exports.open': () => batch,
      'exports.get': () => batch,
    })
    const { code, stdout } = await line.start(['resume', line.folder], core, { environment: { WATCHROOM_TOKEN: '' } })
    expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing is left to do')])
  })

  it('sends the credentials of the run to none of several servers', async () => {
    const servers = {
      s8: { dialect: 'vsaas' as const, url: 'https://evil.example' },
      s9: { dialect: 'vsaas' as const, url: 'https://video.example' },
    }
    const core = createFakeCore({ 'exports.inspect': () => summary(0, servers) })
    const { code, stderr } = await line.start(['resume', line.folder], core)
    expect([code, stderr]).toEqual([4, expect.stringContaining('several servers')])
    expect(core.called.some(({ name }) => name === 'servers.signIn')).toBe(false)
  })

  it('sends the credentials of the run to no server that a workstation with servers does not know, unless it is named', async () => {
    const core = () =>
      createFakeCore({
        'exports.inspect': () => summary(0),
        'servers.list': () => [{ ...fakeServer, url: 'https://known.example' }],
        'servers.signIn': () => {
          throw new AppError('unauthorized', 'Wrong token.')
        },
      })
    const strange = core()
    const { code, stderr } = await line.start(['resume', line.folder], strange)
    expect([code, stderr]).toEqual([4, expect.stringContaining('--server https://video.example')])
    expect(strange.called.map(({ name }) => name)).toEqual(['exports.inspect', 'servers.list'])
    const named = core()
    await line.start(['resume', line.folder, '--server', 'https://video.example/'], named)
    expect(named.called.at(-1)?.name).toBe('servers.signIn')
  })

  it('changes nothing of a server that is saved here', async () => {
    const servers = {
      s9: { dialect: 'vsaas' as const, url: fakeServer.url, name: 'Theirs', settings: { zone: '+09:00' } },
    }
    const core = createFakeCore({
      'exports.inspect': () => summary(0, servers),
      'servers.list': () => [fakeServer],
      'servers.signIn': () => {
        throw new AppError('unauthorized', 'Wrong token.')
      },
    })
    await line.start(['resume', line.folder], core)
    expect(core.called).toContainEqual({ name: 'servers.save', input: { dialect: 'vsaas', url: fakeServer.url } })
  })

  it('says so when the folder is no export', async () => {
    const core = createFakeCore({
      'exports.inspect': () => {
        throw new AppError('not-found', 'No export here.')
      },
    })
    expect(await line.start(['resume', line.folder], core)).toMatchObject({
      code: 2,
      stderr: 'watchroom: No export here.\n',
    })
  })
})

describe('verify', () => {
  const result = {
    destination: '/x',
    checked: 7,
    changed: ['a.mp4'],
    missing: ['b\u001b[2J.mp4'],
    added: [],
    isIntact: false,
  }

  it('names each file and ends with 6', async () => {
    const core = createFakeCore({ 'exports.verify': () => result })
    const { code, stdout } = await line.start(['verify', line.folder], core)
    expect(code).toBe(6)
    expect(stdout).toBe('changed: a.mp4\nmissing: b [2J.mp4\nNot intact: 1 changed, 1 missing, 0 added.\n')
    const json = await line.start(['verify', line.folder, '--json'], core)
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      6,
      { event: 'verification', ...result, destination: line.folder },
    ])
  })

  it('ends with 0 when all is as it was', async () => {
    const intact = { destination: '/x', checked: 7, changed: [], missing: [], added: [], isIntact: true }
    const core = createFakeCore({ 'exports.verify': () => intact })
    expect(await line.start(['verify', line.folder], core)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Intact: 7 files/) as string,
    })
    expect(await line.start(['verify', line.folder, '--quiet'], core)).toMatchObject({ code: 0, stdout: '' })
  })
})

describe('cameras', () => {
  const cameras = [
    { id: '3', name: 'Gate', placeId: '1', placeName: 'Yard', status: 'online', streams: [] },
    { id: '1000', name: 'Въезд\u202e', placeId: null, placeName: null, status: null, streams: [] },
  ]

  it('lists them as a table or as JSON lines', async () => {
    const core = createFakeCore({ 'cameras.list': () => cameras })
    const { code, stdout } = await line.start(
      ['cameras', ...server, '--text', 'a', '--camera', '3', '--limit', '5'],
      core,
    )
    expect(code).toBe(0)
    expect(stdout).toBe('ID    NAME    PLACE  STATUS\n3     Gate    Yard   online\n1000  Въезд\n')
    expect(core.called.at(-1)?.input).toEqual({ serverId: 's1', ids: ['3'], text: 'a', limit: 5 })
    const json = await line.start(['cameras', ...server, '--json'], core)
    expect(
      json.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(cameras.map((camera) => ({ event: 'camera', ...camera })))
  })
})
