// Lets so many through at a time, in the order they came.

export interface Turnstile {
  /** Resolves with the way out, which may be called more than once. Errors: the signal's reason, when aborted in the queue. */
  enter(signal: AbortSignal): Promise<() => void>
}

export function createTurnstile(places: number): Turnstile {
  let free = places
  const queue: (() => void)[] = []

  function leave(): () => void {
    let hasLeft = false
    return () => {
      if (hasLeft) return
      hasLeft = true
      const next = queue.shift()
      if (next) next()
      else free += 1
    }
  }

  return {
    enter(signal) {
      signal.throwIfAborted()
      if (free > 0) {
        free -= 1
        return Promise.resolve(leave())
      }
      return new Promise((resolve, reject) => {
        const admit = (): void => {
          signal.removeEventListener('abort', giveUp)
          resolve(leave())
        }
        const giveUp = (): void => {
          queue.splice(queue.indexOf(admit), 1)
          reject(signal.reason)
        }
        queue.push(admit)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}
