// One owner of a batch folder (F23): dead owners are followed at once, living ones never, and a lost one stops.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeOwnership } from '../../../main/core/exports/owner.ts'
import type { OwnerOptions } from '../../../main/core/exports/owner.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watchroom-owner-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function options(change: Partial<OwnerOptions> = {}): OwnerOptions {
  return {
    host: 'here',
    pid: 100,
    token: 'mine',
    heartbeatMs: 40,
    clock: { now: Date.now, sleep: (durationMs) => sleep(durationMs) },
    isAlive: () => true,
    onLost: () => undefined,
    ...change,
  }
}

const path = () => join(folder, '.watchroom', 'owner')
const { signal } = new AbortController()

async function leaveNote(note: object): Promise<void> {
  await mkdir(join(folder, '.watchroom'), { recursive: true })
  await writeFile(path(), JSON.stringify(note))
}

describe('takeOwnership', () => {
  it('refuses a second program while the first one lives, and lets it in afterwards', async () => {
    const first = await takeOwnership(folder, options(), signal)
    await expect(takeOwnership(folder, options({ token: 'other', pid: 101 }), signal)).rejects.toMatchObject({
      code: 'already-exists',
    })
    await first.release()
    await (await takeOwnership(folder, options({ token: 'other' }), signal)).release()
    await expect(readFile(path())).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('takes the folder of a program that ends while it is being watched', async () => {
    const first = await takeOwnership(folder, options(), signal)
    let releasing: Promise<void> | null = null
    const clock = { now: Date.now, sleep: async () => void (await (releasing ??= first.release())) }
    const second = await takeOwnership(folder, options({ token: 'other', pid: 101, clock }), signal)
    expect(JSON.parse(await readFile(path(), 'utf8'))).toMatchObject({ token: 'other' })
    await second.release()
  })

  it('follows a dead process of this host without waiting', async () => {
    await leaveNote({ token: 'dead', host: 'here', pid: 99, beat: 4 })
    const waits: number[] = []
    const clock = { now: Date.now, sleep: (durationMs: number) => (waits.push(durationMs), sleep(durationMs)) }
    const ownership = await takeOwnership(folder, options({ isAlive: () => false, clock }), signal)
    expect(waits).toEqual([])
    await ownership.release()
  })

  it('follows a silent owner of another host after three beats, and a torn note too', async () => {
    for (const text of [JSON.stringify({ token: 'far', host: 'there', pid: 100, beat: 4 }), '{"tok']) {
      await mkdir(join(folder, '.watchroom'), { recursive: true })
      await writeFile(path(), text)
      const ownership = await takeOwnership(folder, options(), signal)
      expect(JSON.parse(await readFile(path(), 'utf8'))).toMatchObject({ token: 'mine' })
      await ownership.release()
    }
  })

  it('tells a program that was followed while it slept, which then leaves the note alone', async () => {
    let lost = 0
    const first = await takeOwnership(folder, options({ onLost: () => (lost += 1) }), signal)
    await leaveNote({ token: 'successor', host: 'there', pid: 5, beat: 1 })
    await expect.poll(() => lost).toBe(1)
    await first.release()
    expect(JSON.parse(await readFile(path(), 'utf8'))).toMatchObject({ token: 'successor' })
  })

  it('lets exactly one of many in that find the same dead owner', async () => {
    await leaveNote({ token: 'dead', host: 'here', pid: 99, beat: 4 })
    const isAlive = (pid: number) => pid !== 99
    const tries = Array.from({ length: 6 }, (_, index) =>
      takeOwnership(folder, options({ token: `t${index}`, pid: 200 + index, isAlive }), signal),
    )
    const won = (await Promise.allSettled(tries)).filter((result) => result.status === 'fulfilled')
    expect(won).toHaveLength(1)
    await won[0]!.value.release()
  })
})

describe('what killed programs left beside the note', () => {
  it('is removed, but for the note of a living one', async () => {
    await leaveNote({ token: 'dead', host: 'here', pid: 99, beat: 4 })
    const beside = (name: string) => join(folder, '.watchroom', name)
    await writeFile(beside('owner.dead'), JSON.stringify({ token: 'dead', host: 'here', pid: 99, beat: 5 }))
    await writeFile(beside('owner.torn'), '{"tok')
    await writeFile(beside('owner.gone'), JSON.stringify({ token: 'older', host: 'here', pid: 98, beat: 5 }))
    await writeFile(beside('owner.back'), JSON.stringify({ token: 'quick', host: 'here', pid: 100, beat: 0 }))
    const ownership = await takeOwnership(folder, options({ isAlive: (pid) => pid === 100 }), signal)
    expect((await readdir(join(folder, '.watchroom'))).sort()).toEqual(['owner', 'owner.back'])
    await ownership.release()
  })
})
