// The thread that downloads: takes commands, runs transfers, reports. Holds no state beyond the transfers under way.
import { parentPort } from 'node:worker_threads'
import { AppError, isAppError, toErrorValue } from '#contract/errors.ts'
import { createBlockPool } from './block-pool.ts'
import { nodeDisk } from './file-writer.ts'
import { transfer } from './transfer.ts'
import type { FetchCommand, FetchReport } from './worker-message.ts'

/** 8 MiB for all downloads of this thread together, beside one block for each connection. */
const pool = createBlockPool(8)
const running = new Map<number, AbortController>()

function report(message: FetchReport): void {
  parentPort?.postMessage(message)
}

async function start({ id, request }: Extract<FetchCommand, { kind: 'start' }>): Promise<void> {
  const abort = new AbortController()
  running.set(id, abort)
  try {
    const outcome = await transfer(request, {
      pool,
      disk: nodeDisk,
      signal: abort.signal,
      onEvent: (event) => report({ kind: 'event', id, event }),
      onPrefix: (prefixBytes) => report({ kind: 'prefix', id, prefixBytes }),
      nowMs: () => Date.now(),
    })
    report({ kind: 'end', id, outcome })
  } catch (error) {
    const details = { reason: String(error).slice(0, 200) }
    const known = isAppError(error) ? error : new AppError('internal', 'The download failed unexpectedly.', { details })
    report({ kind: 'failed', id, error: toErrorValue(known) })
  } finally {
    running.delete(id)
  }
}

parentPort?.on('message', (command: FetchCommand) => {
  if (command.kind === 'start') void start(command)
  else running.get(command.id)?.abort()
})
