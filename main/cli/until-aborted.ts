// Leaves work that cannot be stopped, such as reading from a pipe that nobody writes to. Knows no file.
import { AppError } from '#contract/errors.ts'

/** Errors: those of the work; cancelled when aborted first, while the work goes on unheard. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(new AppError('cancelled', 'Cancelled.'))
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
