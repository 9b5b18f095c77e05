// SHA-256 of a whole file for whoever has no fetcher at hand: one thread for all such calls, ended when it has been idle.
import { createHasher } from './create-hasher.ts'
import type { HashContext, HashedFile, Hasher } from './create-hasher.ts'

let shared: { hasher: Hasher; calls: number; idle: NodeJS.Timeout | undefined } | null = null
const keepIdleMs = 5000

/** Reads the file once, on another thread. Errors: those of `fromDiskError`, and cancelled. */
export async function hashFile(file: string, context: HashContext = {}): Promise<HashedFile> {
  shared ??= { hasher: createHasher({ workers: 1, onCrash: () => undefined }), calls: 0, idle: undefined }
  const own = shared
  own.calls += 1
  clearTimeout(own.idle)
  try {
    return await own.hasher.hashFile(file, context)
  } finally {
    own.calls -= 1
    if (own.calls === 0) own.idle = setTimeout(() => endShared(own), keepIdleMs).unref()
  }
}

function endShared(own: NonNullable<typeof shared>): void {
  if (shared === own) shared = null
  void own.hasher.close()
}
