// Keeps the evidence files of a running batch up to date: trailing, one write at a time. They are made from the records
// alone, so that a write that failed or was killed is made good by the next one.
import type { LogEntry } from '#core/ports.ts'

export interface EvidenceWriter {
  schedule(): void
  /** Writes once more when `isWhole` or when a write was due, and waits for it. Never rejects: the next start writes again. */
  close(isWhole: boolean): Promise<void>
  logFailure(error: unknown): void
}

export function createEvidenceWriter(
  write: () => Promise<void>,
  log: (entry: LogEntry) => void,
  intervalMs = 2_000,
): EvidenceWriter {
  let timer: NodeJS.Timeout | undefined
  let lastTookMs = 0
  let writing: Promise<void> = Promise.resolve()

  function logFailure(error: unknown): void {
    log({ level: 'warn', event: 'export.evidence', fields: { text: String(error) } })
  }

  async function writeOnce(): Promise<void> {
    const startedMs = performance.now()
    await write()
    lastTookMs = performance.now() - startedMs
  }

  function writeNext(): void {
    timer = undefined
    writing = writing.then(writeOnce).catch(logFailure)
  }

  return {
    schedule() {
      // The evidence of a hundred thousand items takes seconds: it must not be all that the program does.
      timer ??= setTimeout(writeNext, Math.max(intervalMs, 20 * lastTookMs))
    },
    async close(isWhole) {
      const isDue = timer !== undefined
      clearTimeout(timer)
      if (isWhole || isDue) writeNext()
      await writing
    },
    logFailure,
  }
}
