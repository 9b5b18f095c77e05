// Work that several callers may ask for at once and that is done once; and a limit on how much is done side by side.
// Knows nothing of what the work is.
export interface SharedWork {
  /**
   * Starts `work` under `key`, or joins it when it is under way. An abort rejects only the caller that aborted; the
   * work's own signal fires when the last caller has gone.
   */
  run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void>
}

interface Entry {
  readonly promise: Promise<void>
  readonly stop: AbortController
  waiters: number
}

function untilAborted(signal: AbortSignal): { promise: Promise<never>; release: () => void } {
  let release = () => {}
  const promise = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason as Error)
    release = () => signal.removeEventListener('abort', onAbort)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  return { promise, release }
}

export function createSharedWork(): SharedWork {
  const entries = new Map<string, Entry>()
  function start(key: string, work: (signal: AbortSignal) => Promise<void>): Entry {
    const stop = new AbortController()
    const promise = work(stop.signal).finally(() => {
      if (entries.get(key) === entry) entries.delete(key)
    })
    promise.catch(() => {})
    const entry: Entry = { promise, stop, waiters: 0 }
    entries.set(key, entry)
    return entry
  }
  return {
    async run(key, signal, work) {
      signal.throwIfAborted()
      const entry = entries.get(key) ?? start(key, work)
      entry.waiters += 1
      const aborted = untilAborted(signal)
      try {
        await Promise.race([entry.promise, aborted.promise])
      } finally {
        aborted.release()
        entry.waiters -= 1
        if (entry.waiters === 0 && entries.get(key) === entry) {
          // Whoever asks from now on starts afresh instead of joining work that is being stopped.
          entries.delete(key)
          entry.stop.abort()
        }
      }
    },
  }
}

export interface Limiter {
  /** Runs `work` when fewer than the allowed number are running, in the order asked. An abort while waiting rejects. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

export function createLimiter(allowed: number): Limiter {
  let running = 0
  const queue: (() => void)[] = []
  async function enter(signal: AbortSignal): Promise<void> {
    if (running >= allowed) {
      await new Promise<void>((resolve, reject) => {
        const admit = () => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
        const leave = () => {
          queue.splice(queue.indexOf(admit), 1)
          reject(signal.reason as Error)
        }
        queue.push(admit)
        signal.addEventListener('abort', leave, { once: true })
      })
    } else running += 1
  }
  return {
    async run(signal, work) {
      signal.throwIfAborted()
      await enter(signal)
      try {
        return await work()
      } finally {
        // The place passes to the next in the queue, if any, without becoming free in between.
        const next = queue.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
