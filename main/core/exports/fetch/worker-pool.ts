// A few threads that are started when first needed and carry several jobs each. Knows neither what they do nor their messages,
// beyond the id that names a job.
import type { Worker } from 'node:worker_threads'

export interface PooledJob<Command> {
  send(command: Command): void
  /** The job is over: its place is free. Its reports are not heard any more. */
  end(): void
  /** Ends the thread at once, with every job on it. */
  terminate(): void
}

export interface WorkerPool<Command, Report> {
  /** On the thread with the fewest jobs. `onLost`: the thread has ended before the job did. */
  begin(id: number, onReport: (report: Report) => void, onLost: (reason: string) => void): PooledJob<Command>
  /** Ends every thread; jobs still under way hear `onLost`. */
  close(): Promise<void>
}

interface Thread<Report> {
  worker: Worker
  jobs: Map<number, { onReport: (report: Report) => void; onLost: (reason: string) => void }>
}

/**
 * At most `most` threads, each begun by `startWorker`. A thread without jobs does not keep the process alive. `onCrash` hears of
 * threads that ended by themselves.
 */
export function createWorkerPool<Command extends { id: number }, Report extends { id: number }>(options: {
  most: number
  startWorker: () => Worker
  onCrash: (reason: string) => void
}): WorkerPool<Command, Report> {
  const threads = new Set<Thread<Report>>()

  function startThread(): Thread<Report> {
    const thread: Thread<Report> = { worker: options.startWorker(), jobs: new Map() }
    threads.add(thread)
    const lose = (reason: string): void => {
      if (!threads.delete(thread)) return
      for (const job of thread.jobs.values()) job.onLost(reason)
      thread.jobs.clear()
      options.onCrash(reason)
    }
    thread.worker.on('message', (report: Report) => thread.jobs.get(report.id)?.onReport(report))
    thread.worker.on('error', (error) => lose(error instanceof Error ? error.message : String(error)))
    thread.worker.on('exit', (code) => lose(`exit code ${code}`))
    return thread
  }

  function pickThread(): Thread<Report> {
    const [idlest] = [...threads].sort((left, right) => left.jobs.size - right.jobs.size)
    if (idlest === undefined) return startThread()
    return idlest.jobs.size > 0 && threads.size < options.most ? startThread() : idlest
  }

  async function endThread(thread: Thread<Report>, reason: string): Promise<void> {
    threads.delete(thread)
    const lost = [...thread.jobs.values()]
    thread.jobs.clear()
    await thread.worker.terminate()
    for (const job of lost) job.onLost(reason)
  }

  return {
    begin(id, onReport, onLost) {
      const thread = pickThread()
      thread.jobs.set(id, { onReport, onLost })
      thread.worker.ref()
      return {
        send: (command) => thread.worker.postMessage(command),
        end: () => {
          thread.jobs.delete(id)
          if (thread.jobs.size === 0) thread.worker.unref()
        },
        terminate: () => void endThread(thread, 'terminated'),
      }
    },
    async close() {
      await Promise.all([...threads].map((thread) => endThread(thread, 'closed')))
    },
  }
}
