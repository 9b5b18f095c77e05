// The folder of a new batch: made where it can be, refused with a reason where it cannot, and never waited for.
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimDestination } from '../../../main/core/exports/destination.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watchroom-destination-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('claimDestination', () => {
  it('makes the folder and those above it, also twice at once', async () => {
    const deep = join(folder, 'a', 'ночь', 'c')
    await Promise.all([claimDestination(deep), claimDestination(deep)])
    expect((await stat(deep)).isDirectory()).toBe(true)
  })

  it('takes what a start left behind that was killed before its first line', async () => {
    await mkdir(join(folder, '.watchroom'))
    await writeFile(join(folder, '.watchroom', 'journal.jsonl.new'), '{"vers')
    await claimDestination(folder)
  })

  it.each([
    ['a folder with something in it', async () => writeFile(join(folder, 'x.mp4'), ''), () => folder, 'already-exists'],
    ['a file', async () => writeFile(join(folder, 'x'), ''), () => join(folder, 'x'), 'invalid-input'],
    [
      'a folder below a file',
      async () => writeFile(join(folder, 'x'), ''),
      () => join(folder, 'x', 'y'),
      'invalid-input',
    ],
    ['a relative path', async () => undefined, () => 'here', 'invalid-input'],
  ])('refuses %s', async (_, prepare, path, code) => {
    await prepare()
    await expect(claimDestination(path())).rejects.toMatchObject({ code })
  })

  it.runIf(process.platform === 'linux')('refuses a place that takes no folders, at once', async () => {
    await expect(claimDestination('/proc/watchroom/export')).rejects.toMatchObject({ code: 'not-found' })
  })
})
