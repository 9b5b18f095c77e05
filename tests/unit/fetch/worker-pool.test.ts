// Which thread carries which job, and what jobs hear when their thread ends; with threads made of events.
import { EventEmitter } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { beforeEach, expect, test } from 'vitest'
import { createWorkerPool } from '#core/exports/fetch/worker-pool.ts'

class FakeWorker extends EventEmitter {
  sent: number[] = []
  isRef = true
  isEnded = false
  postMessage({ id }: { id: number }): void {
    this.sent.push(id)
  }
  ref(): void {
    this.isRef = true
  }
  unref(): void {
    this.isRef = false
  }
  terminate(): Promise<number> {
    this.isEnded = true
    this.emit('exit', 1)
    return Promise.resolve(1)
  }
}

let workers: FakeWorker[]
let crashes: string[]
let heard: string[]

beforeEach(() => {
  workers = []
  crashes = []
  heard = []
})

function createPool(most: number) {
  const pool = createWorkerPool<{ id: number }, { id: number; text: string }>({
    most,
    startWorker() {
      const worker = new FakeWorker()
      workers.push(worker)
      return worker as unknown as Worker
    },
    onCrash: (reason) => crashes.push(reason),
  })
  const begin = (id: number) => {
    const job = pool.begin(
      id,
      ({ text }) => heard.push(`${id} ${text}`),
      (reason) => heard.push(`${id} lost: ${reason}`),
    )
    job.send({ id })
    return job
  }
  return { pool, begin }
}

test('threads are started when needed, jobs go where there are fewest, and idle threads keep nothing alive', () => {
  const { begin } = createPool(2)
  const jobs = [begin(1), begin(2), begin(3)]
  expect(workers.map(({ sent }) => sent)).toEqual([[1, 3], [2]])
  jobs[1]?.end()
  expect(workers.map(({ isRef }) => isRef)).toEqual([true, false])
  begin(4)
  expect(workers.map(({ sent }) => sent)).toEqual([
    [1, 3],
    [2, 4],
  ])
  expect(workers.map(({ isRef }) => isRef)).toEqual([true, true])
})

test('a job hears its own reports, and none after its end', () => {
  const { begin } = createPool(1)
  const job = begin(1)
  begin(2)
  workers[0]?.emit('message', { id: 1, text: 'one' })
  workers[0]?.emit('message', { id: 2, text: 'two' })
  job.end()
  workers[0]?.emit('message', { id: 1, text: 'late' })
  expect(heard).toEqual(['1 one', '2 two'])
})

test('when a thread crashes its jobs are lost once, and the next job gets a new one', () => {
  const { begin } = createPool(1)
  begin(1)
  workers[0]?.emit('error', new Error('out of memory'))
  workers[0]?.emit('exit', 1)
  expect(heard).toEqual(['1 lost: out of memory'])
  expect(crashes).toEqual(['out of memory'])
  begin(2)
  expect(workers.map(({ sent }) => sent)).toEqual([[1], [2]])
})

test('a thread ended on purpose loses its jobs and is no crash', async () => {
  const { pool, begin } = createPool(2)
  begin(1).terminate()
  await Promise.resolve()
  expect(heard).toEqual(['1 lost: terminated'])
  begin(2)
  await pool.close()
  expect(heard).toEqual(['1 lost: terminated', '2 lost: closed'])
  expect(workers.every(({ isEnded }) => isEnded)).toBe(true)
  expect(crashes).toEqual([])
})
