// Shared work, the limit on work side by side, and the trimming of the cache folder.
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { trimFolder } from '../../site/media/file-shelf.ts'
import { createLimiter, createSharedWork } from '../../site/media/shared-work.ts'

const never = new AbortController().signal

function createGate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}

describe('shared work', () => {
  it('is done once for all who ask meanwhile, and again for who asks later', async () => {
    const shared = createSharedWork()
    const gate = createGate()
    let runs = 0
    const work = () => {
      runs += 1
      return gate.opened
    }
    const asked = [shared.run('a', never, work), shared.run('a', never, work), shared.run('b', never, work)]
    gate.open()
    await Promise.all(asked)
    expect(runs).toBe(2)
    await shared.run('a', never, work)
    expect(runs).toBe(3)
  })

  it('stops when the last one who waits has gone, not before', async () => {
    const shared = createSharedWork()
    const [first, second] = [new AbortController(), new AbortController()]
    const stopped: AbortSignal[] = []
    const work = (signal: AbortSignal) => {
      stopped.push(signal)
      return new Promise<void>(() => {})
    }
    const asked = [shared.run('a', first.signal, work), shared.run('a', second.signal, work)]
    first.abort()
    await expect(asked[0]).rejects.toThrow('aborted')
    expect(stopped.map((signal) => signal.aborted)).toEqual([false])
    second.abort()
    await expect(asked[1]).rejects.toThrow('aborted')
    expect(stopped.map((signal) => signal.aborted)).toEqual([true])
    await shared.run('a', never, () => Promise.resolve())
  })

  it('fails for all who wait, and is tried afresh', async () => {
    const shared = createSharedWork()
    const fail = () => Promise.reject(new Error('no room'))
    await expect(Promise.all([shared.run('a', never, fail), shared.run('a', never, fail)])).rejects.toThrow('no room')
    await shared.run('a', never, () => Promise.resolve())
  })
})

describe('limiter', () => {
  it('admits so many at a time, in order, and forgets who left the queue', async () => {
    const limiter = createLimiter(1)
    const gate = createGate()
    const order: string[] = []
    const leaving = new AbortController()
    const first = limiter.run(never, async () => {
      await gate.opened
      order.push('first')
    })
    const left = limiter.run(leaving.signal, async () => order.push('left'))
    const second = limiter.run(never, async () => order.push('second'))
    leaving.abort()
    await expect(left).rejects.toThrow('aborted')
    expect(order).toEqual([])
    gate.open()
    await Promise.all([first, second])
    await limiter.run(never, async () => order.push('third'))
    expect(order).toEqual(['first', 'second', 'third'])
  })
})

describe('trimFolder', () => {
  it('removes what was used longest ago, and half-made files of long ago', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'site-trim-'))
    const nowMs = Date.UTC(2026, 10, 1)
    const place = async (name: string, ageMinutes: number) => {
      await writeFile(path.join(folder, name), Buffer.alloc(100))
      const used = new Date(nowMs - ageMinutes * 60_000)
      await utimes(path.join(folder, name), used, used)
    }
    await place('old.media', 50)
    await place('older.piece', 70)
    await place('new.media', 1)
    await place('under-way.media.1-a.part', 2)
    await place('abandoned.media.1-b.part', 90)
    await trimFolder(folder, 300, nowMs)
    expect((await readdir(folder)).sort()).toEqual(['new.media', 'old.media', 'under-way.media.1-a.part'])
    await trimFolder(folder, 100, nowMs)
    expect((await readdir(folder)).sort()).toEqual(['under-way.media.1-a.part'])
    await rm(folder, { recursive: true })
  })
})
