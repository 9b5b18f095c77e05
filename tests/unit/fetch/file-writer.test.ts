// Writing at many places at once, on a disk that is slow, takes little at a time, or fails at its Nth call (F19).
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blockBytes, createBlockPool } from '#core/exports/fetch/block-pool.ts'
import type { ByteRange } from '#core/exports/fetch/byte-ranges.ts'
import { createFileWriter } from '#core/exports/fetch/file-writer.ts'
import type { DiskPort } from '#core/exports/fetch/file-writer.ts'

interface FakeDisk extends DiskPort {
  content: Buffer
  /** The content at the last flush. */
  safe: Buffer
  calls: number
}

function createDisk(sizeBytes: number, options: { failAt?: number; mostBytes?: number } = {}): FakeDisk {
  const mostBytes = options.mostBytes ?? Number.POSITIVE_INFINITY
  const disk: FakeDisk = {
    content: Buffer.alloc(sizeBytes),
    safe: Buffer.alloc(sizeBytes),
    calls: 0,
    write(_fd, bytes, offset, lengthBytes, position, done) {
      disk.calls += 1
      if (disk.calls === options.failAt) return void setImmediate(() => done(new Error('EIO'), 0))
      const taken = Math.min(lengthBytes, mostBytes)
      setImmediate(() => {
        bytes.copy(disk.content, position, offset, offset + taken)
        done(null, taken)
      })
    },
    fdatasync(_fd, done) {
      disk.calls += 1
      if (disk.calls === options.failAt) return void setImmediate(() => done(new Error('EIO')))
      const snapshot = Buffer.from(disk.content)
      setImmediate(() => {
        disk.safe = snapshot
        done(null)
      })
    },
  }
  return disk
}

function patternOf(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  for (let at = 0; at + 4 <= sizeBytes; at += 4) bytes.writeUInt32LE(at + 1, at)
  return bytes
}

/** Two connections fill the halves of the file, each in records of `recordBytes`. Returns every flush and the first error. */
async function writeHalves(disk: FakeDisk, file: Buffer, recordBytes: number) {
  const flushes: { finished: ByteRange[]; isTrue: boolean }[] = []
  const errors: Error[] = []
  const pool = createBlockPool(3)
  const writer = createFileWriter({
    fd: 1,
    pool,
    disk,
    present: [],
    onWritten: () => undefined,
    onFlushed: (finished) => {
      const isTrue = finished.every(({ start, end }) =>
        disk.safe.subarray(start, end).equals(file.subarray(start, end)),
      )
      flushes.push({ finished, isTrue })
    },
    onError: (error) => errors.push(error),
  })
  const middle = Math.floor(file.length / 2)
  const push = async (start: number, end: number): Promise<void> => {
    let wake: () => void = () => undefined
    const stream = writer.openStream(start, () => wake())
    for (let at = start; at < end && errors.length === 0; at += recordBytes) {
      const isRoom = stream.push(file.subarray(at, Math.min(end, at + recordBytes)))
      if (!isRoom) await new Promise<void>((resolve) => (wake = resolve))
    }
    writer.closeStream(stream)
  }
  await Promise.all([push(0, middle), push(middle, file.length)])
  const settled = await writer.settle().catch((error: unknown) => error)
  return { flushes, errors, settled, lent: countLent(pool) }
}

/** A pool that lends all three again has had every block given back. */
function countLent(pool: ReturnType<typeof createBlockPool>): number {
  return 3 - [0, 1, 2].filter(() => pool.take(false) !== null).length
}

test('every byte is in its place, flushed, told, and every block is given back', async () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 12 * blockBytes }), fc.integer({ min: 1000, max: 3 * blockBytes }))
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.option(fc.integer({ min: 100_000, max: blockBytes })),
      async ([sizeBytes, recordBytes], most) => {
        const file = patternOf(sizeBytes)
        const disk = createDisk(sizeBytes, most === null ? {} : { mostBytes: most })
        const { flushes, errors, settled, lent } = await writeHalves(disk, file, recordBytes)
        expect(errors).toEqual([])
        expect(settled).toBeUndefined()
        expect(disk.safe.equals(file)).toBe(true)
        expect(flushes.every(({ isTrue }) => isTrue)).toBe(true)
        expect(flushes.at(-1)?.finished).toEqual([{ start: 0, end: sizeBytes }])
        expect(lent).toBe(0)
      },
    ),
    { numRuns: 25, seed: 3 },
  )
})

test('whichever call of the disk fails, nothing untrue is told, nothing hangs and no block is lost', async () => {
  const file = patternOf(11 * blockBytes + 5)
  const clean = createDisk(file.length)
  await writeHalves(clean, file, 300_000)
  expect(clean.calls).toBeGreaterThan(12)
  for (let failAt = 1; failAt <= clean.calls; failAt += 1) {
    const disk = createDisk(file.length, { failAt })
    const { flushes, errors, settled, lent } = await writeHalves(disk, file, 300_000)
    expect(errors).toHaveLength(1)
    expect(settled).toBe(errors[0])
    expect(flushes.every(({ isTrue }) => isTrue)).toBe(true)
    expect(lent).toBe(0)
  }
})

test.each([1, 2, 4])('%d connections wait while 8 MiB of the file are not flushed', async (connections) => {
  const file = patternOf(32 * blockBytes)
  const disk = createDisk(file.length)
  let release: () => void = () => undefined
  let hasFlushed = false
  disk.fdatasync = (_fd, done) => {
    if (hasFlushed) return done(null)
    release = () => {
      hasFlushed = true
      done(null)
    }
  }
  const writer = createFileWriter({
    fd: 1,
    pool: createBlockPool(32),
    disk,
    present: [],
    onWritten: () => undefined,
    onFlushed: () => undefined,
    onError: () => undefined,
  })
  const areaBytes = file.length / connections
  const lanes = Array.from({ length: connections }, (_, index) => {
    const lane = { at: index * areaBytes, isReady: true, stream: null as ReturnType<typeof writer.openStream> | null }
    lane.stream = writer.openStream(lane.at, () => (lane.isReady = true))
    return lane
  })
  let pushed = 0
  while (lanes.some(({ isReady }) => isReady)) {
    for (const lane of lanes.filter(({ isReady }) => isReady)) {
      lane.isReady = lane.stream!.push(file.subarray(lane.at, lane.at + 65_536))
      lane.at += 65_536
      pushed += 65_536
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(pushed).toBeLessThanOrEqual(8 * blockBytes)
  expect(pushed).toBeGreaterThan((7 - connections) * blockBytes)
  release()
  expect(lanes.map(({ isReady }) => isReady)).toEqual(lanes.map(() => true))
  for (const { stream } of lanes) writer.closeStream(stream!)
  await writer.settle()
})
