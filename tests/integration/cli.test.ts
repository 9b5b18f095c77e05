// The command line as a process against the pretend installation: exports, interruptions, exit codes, and no secret
// anywhere outside the process.
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest } from '#core/exports/evidence/index.ts'
import {
  camera,
  exportArgs,
  findIn,
  folder,
  parseLines,
  range,
  run,
  site,
  start,
  trust,
  useSite,
} from './cli-harness.ts'

useSite()

describe('watchroom', () => {
  it('exports, verifies, and finds a changed byte', async () => {
    const exported = await run(exportArgs([1, 3], '--json', '--case-number', '17'))
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    const lines = parseLines(exported.stdout)
    expect(lines.at(-1)).toMatchObject({ event: 'summary', done: 2, failed: 0, cancelled: 0, gaps: 0 })
    expect(lines.filter(({ state }) => state === 'done').map(({ camera: id }) => id)).toEqual(
      expect.arrayContaining([camera(1), camera(3)]),
    )
    const destination = join(folder, 'out')
    const manifest = readManifest(await readFile(join(destination, 'manifest.json'), 'utf8'))
    expect(manifest).toMatchObject({ case: { number: '17' }, items: [{ state: 'done' }, { state: 'done' }] })
    expect(await run(['verify', destination])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Intact/) as string,
    })

    const video = String(lines.find(({ state }) => state === 'done')?.['file'])
    const bytes = await readFile(join(destination, video))
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(join(destination, video), bytes)
    expect(await run(['verify', destination])).toMatchObject({
      code: 6,
      stdout: `changed: ${video}\nNot intact: 1 changed, 0 missing, 0 added.\n`,
    })
    expect(await run(['resume', destination])).toMatchObject({ code: 0 })
    expect(await run(exportArgs([1]))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('watchroom resume') as string,
    })
  })

  it('pauses at Ctrl+C and goes on with resume', async () => {
    await site.media.control.set({ all: { bytesPerSecond: 300_000 } })
    const started = start(exportArgs([1], '--json'))
    await started.seen(/"step":"fetching","bytes":[1-9]\d{5}/)
    started.child.kill('SIGINT')
    const paused = await started.ended
    expect(paused).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('Paused. To go on: watchroom resume') as string,
    })
    await site.media.control.reset()
    const resumed = await run(['resume', join(folder, 'out'), '--json'])
    expect(resumed.code).toBe(0)
    expect(parseLines(resumed.stdout).at(-1)).toMatchObject({ done: 1 })
    const log = await site.media.control.log()
    expect(log.at(-1)?.rangeStart).toBeGreaterThan(0)
    expect(await run(['verify', join(folder, 'out')])).toMatchObject({ code: 0 })
  })

  it('ends with the code of the cause', async () => {
    expect(await run(exportArgs([1]), { WATCHROOM_TOKEN: 'wrong-token' })).toMatchObject({ code: 4 })
    const untrusted = exportArgs([1]).filter((arg, at, all) => !/sha256/.test(arg) && !/sha256/.test(all[at - 1] ?? ''))
    expect(await run(untrusted, { WATCHROOM_HOME: join(folder, 'other-home') })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`--trust-sha256 ${site.vsaas.certificateSha256}`) as string,
    })
    await site.media.control.set({ cameras: { 1: { truncateFileBytes: 100_000 } } })
    const cut = await run(exportArgs([1]))
    expect(cut).toMatchObject({ code: 6, stdout: expect.stringContaining('.suspect') as string })
    await site.media.control.reset()
    expect(await run(['resume', join(folder, 'out')])).toMatchObject({ code: 0 })
  })

  it('shows which certificate of the media server is not known, and accepts it at resume', async () => {
    const args = exportArgs([1]).filter((arg) => arg !== '--trust-sha256' && arg !== site.media.certificateSha256)
    const refused = await run([
      ...args.filter((arg) => !/^[0-9a-f]{64}$/.test(arg)),
      '--trust-sha256',
      site.vsaas.certificateSha256,
    ])
    expect(refused).toMatchObject({
      code: 3,
      stdout: expect.stringContaining(`--trust-sha256 ${site.media.certificateSha256}`) as string,
    })
    expect(await site.media.control.log()).toEqual([])
    const resumed = await run(['resume', join(folder, 'out'), '--trust-sha256', site.media.certificateSha256])
    expect(resumed.code).toBe(0)
  })

  it('lists cameras and exports from a vms server with user and password', async () => {
    const environment = {
      WATCHROOM_TOKEN: '',
      WATCHROOM_USERNAME: site.vms.username,
      WATCHROOM_PASSWORD: site.vms.password,
    }
    const server = ['--server', site.vms.url, '--dialect', 'vms', ...trust()]
    const listed = await run(['cameras', ...server, '--json'], environment)
    expect(listed.code).toBe(0)
    const uuid = site.cameras[0]?.uuid ?? ''
    expect(parseLines(listed.stdout).map(({ id }) => id)).toContain(uuid)
    const args = ['export', ...server, '--camera', uuid, ...range(), '--to', join(folder, 'out'), '--json']
    const exported = await run(args, environment)
    expect([exported.code, parseLines(exported.stdout).at(-1)]).toMatchObject([0, { done: 1 }])
  })

  it.skipIf(process.platform === 'win32')(
    'F5, F22: leaves no secret in output, files, arguments or the environment of children',
    async () => {
      const record = join(folder, 'children')
      const wrapper = join(folder, 'ffmpeg-wrapper')
      await writeFile(
        wrapper,
        `#!/bin/sh\n{ printf '%s\\n' "$@"; env; tr '\\0' '\\n' < /proc/$PPID/cmdline; } >> '${record}'\nexec ffmpeg "$@"\n`,
      )
      await chmod(wrapper, 0o755)
      await site.media.control.set({ cameras: { 2: { cutAtBytes: [100_000] }, 3: { truncateFileBytes: 50_000 } } })
      const secrets = {
        WATCHROOM_TOKEN: site.vsaas.token,
        WATCHROOM_LIST_TOKEN: site.vsaas.integratorToken,
        WATCHROOM_PASSPHRASE: 'canary-passphrase-77',
        WATCHROOM_PASSWORD: 'canary-password-88',
      }
      const { stdout, stderr, code } = await run(exportArgs([1, 2, 3], '--json'), { ...secrets, FFMPEG_BIN: wrapper })
      expect(code).toBe(6)
      expect(await readFile(record, 'utf8')).toContain('-hide_banner')
      const links = (await site.media.control.log()).map(({ url }) => url.split('/').at(-1) ?? '')
      expect(links.length).toBeGreaterThan(3)
      const canaries = [...Object.values(secrets), ...links.flatMap((link) => link.split('.'))].filter(
        (text) => text.length > 8,
      )
      expect(canaries.filter((canary) => (stdout + stderr).includes(canary))).toEqual([])
      expect(await findIn(folder, canaries)).toEqual([])
    },
  )
})
