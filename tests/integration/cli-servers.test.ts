// The command line as a process: saved servers, their clocks and histories, full disks and pipes without a writer.
import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
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
import { makeSmallDisk } from './exports/small-disk.ts'

useSite()

/** What a link of the pretend installation is for. */
function readLink(url: string): { fromMs: number } {
  const token = url.split('/').at(-1)?.split('.')[0] ?? ''
  return JSON.parse(Buffer.from(token, 'base64url').toString()) as { fromMs: number }
}

describe('watchroom', () => {
  it('F25: refuses to export from a server that misreads times, until its zone is set and checked', async () => {
    await site.vsaas.control.set({ misreadZoneMinutes: 180 })
    try {
      const server = ['--server', site.vsaas.url, '--dialect', 'vsaas', '--camera', camera(1), ...trust()]
      expect(await run(['clock', ...server])).toMatchObject({
        code: 3,
        stdout: expect.stringContaining('Exports of this server wait until its zone is set') as string,
      })
      expect(await run(exportArgs([1]))).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--server-zone') as string,
      })
      expect(await run(['clock', ...server, '--server-zone', 'Europe/Moscow', '--language', 'ru'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Верно') as string,
      })
      expect(await run(exportArgs([1], '--quiet'))).toMatchObject({ code: 0, stderr: '' })
      const manifest = readManifest(await readFile(join(folder, 'out', 'manifest.json'), 'utf8'))
      expect(manifest?.servers).toMatchObject([{ zone: 'Europe/Moscow', clockCheck: 'right' }])
      const links = (await site.media.control.log()).filter(({ camera: number }) => number === 1)
      const { fromMs } = readLink(links.at(-1)?.url ?? '')
      expect(fromMs).toBe(Date.parse(range()[1] ?? ''))
    } finally {
      await site.vsaas.control.reset()
    }
  })

  it('shows the history of the server, the saved servers, and forgets one', async () => {
    const passphrase = { WATCHROOM_PASSPHRASE: 'correct horse battery' }
    expect((await run(exportArgs([1], '--quiet'), passphrase)).code).toBe(0)
    const server = ['--server', site.vsaas.url, '--dialect', 'vsaas', '--json']
    const history = await run(['history', ...server, '--limit', '1'], { ...passphrase, WATCHROOM_TOKEN: '' })
    expect([history.code, parseLines(history.stdout)]).toMatchObject([0, [{ event: 'download', cameraId: camera(1) }]])
    const saved = await run(['servers', '--json'], passphrase)
    expect(parseLines(saved.stdout)).toMatchObject([{ url: site.vsaas.url, isSignedIn: true }])
    expect(await run(['servers', '--sign-out', site.vsaas.url], passphrase)).toMatchObject({ code: 0, stderr: '' })
    expect(await run(['history', ...server], { ...passphrase, WATCHROOM_TOKEN: '' })).toMatchObject({ code: 4 })
    expect(await run(['servers', '--remove', site.vsaas.url], passphrase)).toMatchObject({ code: 0 })
    expect((await run(['servers', '--json'], passphrase)).stdout).toBe('')
  })

  it('uses a saved sign-in, and keeps it sealed', async () => {
    const passphrase = { WATCHROOM_PASSPHRASE: 'correct horse battery' }
    expect((await run(exportArgs([1]), passphrase)).code).toBe(0)
    await rm(join(folder, 'out'), { recursive: true })
    const again = await run(exportArgs([1]), { ...passphrase, WATCHROOM_TOKEN: '' })
    expect(again).toMatchObject({ code: 0 })
    await rm(join(folder, 'out'), { recursive: true })
    expect(await run(exportArgs([1]), { WATCHROOM_PASSPHRASE: 'wrong', WATCHROOM_TOKEN: '' })).toMatchObject({
      code: 4,
    })
    expect(await run(exportArgs([1]), { WATCHROOM_TOKEN: '' })).toMatchObject({ code: 4 })
    expect(await findIn(folder, [site.vsaas.token, 'correct horse battery'])).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('leaves a pipe that nobody writes to when asked to end', async () => {
    const pipe = join(folder, 'pipe')
    await new Promise((done) => spawn('mkfifo', [pipe]).on('close', done))
    const { child, ended } = start(['export', '--csv', pipe, '--to', join(folder, 'out'), '--json'])
    await new Promise((done) => setTimeout(done, 2_000))
    child.kill('SIGTERM')
    await ended
    expect([child.exitCode, child.signalCode]).toEqual([null, 'SIGTERM'])
  })

  it('ends with 5 on a full disk, again while it is full, and goes on when there is room', async () => {
    const disk = await makeSmallDisk(600_000)
    try {
      const args = exportArgs([1], '--quiet').map((arg) => (arg === join(folder, 'out') ? disk.destination : arg))
      if (disk.codes.full === 'disk-full') {
        expect(await run(args)).toMatchObject({
          code: 5,
          stderr: expect.stringContaining('watchroom resume') as string,
        })
        expect(await run(['resume', disk.destination, '--quiet'])).toMatchObject({ code: 5 })
        await disk.endTrouble()
        expect(await run(['resume', disk.destination, '--quiet'])).toMatchObject({ code: 0, stderr: '' })
      } else expect(await run(args)).toMatchObject({ code: 0 })
      expect(await run(['verify', disk.destination])).toMatchObject({ code: 0 })
    } finally {
      await disk.remove()
    }
  })
})
