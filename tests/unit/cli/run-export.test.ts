// `watchroom export` from arguments to exit code, on a core that only pretends.
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fingerprint, finish, range, server, useCommandLine } from './command-line.ts'
import { createExportingCore } from './fake-core.ts'

const line = useCommandLine()

describe('export', () => {
  it('saves the server, signs in, checks, starts, follows and sums up', async () => {
    const core = createExportingCore(finish)
    const args = line.exportArgs(
      '--camera',
      '4',
      '--trust-sha256',
      fingerprint.toUpperCase(),
      '--case-number',
      '17',
      '--no-keep-original',
    )
    const { code, stdout, stderr } = await line.start(args, core)
    expect([code, stderr]).toEqual([0, ''])
    expect(core.called.map(({ name }) => name)).toEqual([
      'servers.save',
      'servers.trustCertificate',
      'servers.trustCertificate',
      'servers.signIn',
      'exports.check',
      'exports.start',
      'exports.get',
    ])
    expect(core.called[1]?.input).toEqual({ serverId: 's1', certificate: { use: 'api', origin: null, fingerprint } })
    expect(core.called[2]?.input).toEqual({ serverId: 's1', certificate: { use: 'media', origin: null, fingerprint } })
    expect(core.called[3]?.input).toEqual({
      serverId: 's1',
      credentials: { kind: 'token', token: 'token-of-the-test' },
      remember: false,
    })
    expect(core.called[5]?.input).toMatchObject({
      name: 'out',
      destination: join(line.folder, 'out'),
      items: [
        { serverId: 's1', cameraId: '3', range: { fromMs: Date.parse('2026-11-01T07:00:00Z') }, stream: 'main' },
        { serverId: 's1', cameraId: '4' },
      ],
      case: { number: '17' },
      options: { keepOriginal: false, container: 'mp4', concurrency: 4 },
    })
    expect(stdout).toContain('[1/2] Camera 3: done, camera 0.mp4, 1.0 kB')
    expect(stdout).toContain('[2/2] Camera 4: done, camera 1.mp4, 1.0 kB, 1 gap')
    expect(stdout).toContain('2 done, 2.0 kB, 1 gap in the recordings')
    expect(core.isClosed).toBe(true)
  })

  it('prints only JSON lines with --json', async () => {
    const { code, stdout } = await line.start(line.exportArgs('--camera', '4', '--json'))
    expect(code).toBe(0)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    const item = (index: number, state: string, step: string | null, bytes: number, file: string | null) => ({
      event: 'item',
      index,
      camera: String(index + 3),
      state,
      step,
      bytes,
      totalBytes: 1000,
      file,
    })
    expect(lines).toEqual([
      item(0, 'running', 'fetching', 500, null),
      item(0, 'done', null, 1000, 'camera 0.mp4'),
      item(1, 'running', 'fetching', 500, null),
      item(1, 'done', null, 1000, 'camera 1.mp4'),
      {
        event: 'summary',
        done: 2,
        failed: 0,
        cancelled: 0,
        gaps: 1,
        bytes: 2000,
        destination: join(line.folder, 'out'),
      },
    ])
  })

  it('reads a plan; flags win over it', async () => {
    const core = createExportingCore(finish)
    const plan = {
      name: 'Night',
      server: { url: 'https://planned.example', dialect: 'vms', name: 'Planned' },
      items: [{ camera: 7, from: range[1], to: range[3], label: 'North', stream: 'sub' }],
      case: { number: '1', note: 'n' },
      options: { concurrency: 2, zone: 'Europe/Berlin' },
    }
    await writeFile(join(line.folder, 'plan.json'), JSON.stringify(plan))
    const args = [
      'export',
      '--plan',
      join(line.folder, 'plan.json'),
      '--to',
      join(line.folder, 'out'),
      '--case-number',
      '2',
      '--zone',
      '+03:00',
    ]
    const environment = { WATCHROOM_USERNAME: 'clerk', WATCHROOM_PASSWORD: 'password-of-the-test' }
    expect((await line.start(args, core, { environment })).code).toBe(0)
    expect(core.called[0]?.input).toMatchObject({ url: 'https://planned.example', dialect: 'vms', name: 'Planned' })
    expect(core.called.find(({ name }) => name === 'exports.start')?.input).toMatchObject({
      name: 'Night',
      items: [{ cameraId: '7', label: 'North', stream: 'sub' }],
      case: { number: '2', note: 'n' },
      options: { concurrency: 2, zone: '+03:00', container: 'mp4' },
    })
  })

  it('reads a table', async () => {
    const core = createExportingCore(finish)
    await writeFile(
      join(line.folder, 'list.csv'),
      `camera,from,to\n7,${range[1]},${range[3]}\n8,${range[1]},${range[3]}\n`,
    )
    const args = ['export', '--csv', join(line.folder, 'list.csv'), ...server, '--to', join(line.folder, 'out')]
    expect((await line.start(args, core)).code).toBe(0)
    expect(core.called.find(({ name }) => name === 'exports.start')?.input).toMatchObject({
      items: [{ cameraId: '7' }, { cameraId: '8' }],
    })
  })

  it.each([
    ['plan.json', '{"items": [', 'is not JSON'],
    ['plan.json', '{"items": [{"camera": 1}]}', '--plan: The plan cannot be used. items[0].from is missing.'],
    ['list.csv', 'camera,from,to\n3,x,y', '--csv: The CSV file cannot be used: line 2: “x”'],
  ])('refuses %s with %j', async (name, text, message) => {
    await writeFile(join(line.folder, name), text)
    const flag = name.endsWith('json') ? '--plan' : '--csv'
    const { code, stderr } = await line.start([
      'export',
      flag,
      join(line.folder, name),
      ...server,
      '--to',
      join(line.folder, 'out'),
    ])
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  it('does not write into a folder in use, and names resume', async () => {
    const other = await line.start(['export', ...server, ...range, '--camera', '3', '--to', tmpdir()])
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('is not empty. Nothing was changed.')])
    const out = join(line.folder, 'out')
    await mkdir(join(out, '.watchroom'), { recursive: true })
    await writeFile(join(out, '.watchroom', 'journal.jsonl'), '')
    const { code, stderr } = await line.start(line.exportArgs())
    expect([code, stderr]).toEqual([2, expect.stringContaining(`watchroom resume "${out}"`)])
  })

  it.each([
    [
      [{ level: 'warning', itemIndex: 0, code: 'future', message: 'Ends in the future.' }],
      0,
      'Warning: Item 1 (3): ends in the future',
    ],
    [
      [{ level: 'error', itemIndex: 0, code: 'future', message: 'In the future.' }],
      2,
      'Error: Item 1 (3): lies in the future',
    ],
    [[{ level: 'error', itemIndex: null, code: 'disk-full', message: 'No room.' }], 5, 'Error: No room.'],
  ])('shows what the check finds: %j', async (problems, code, text) => {
    const core = createExportingCore(finish, undefined, { 'exports.check': () => problems })
    expect(await line.start(line.exportArgs(), core)).toMatchObject({
      code,
      stderr: expect.stringContaining(text) as string,
    })
    expect(core.called.some(({ name }) => name === 'exports.start')).toBe(code === 0)
  })
})
