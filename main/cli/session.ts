// What every command works with: its words, its printing, its core. Made once per run; owns the core.
import type { Language } from '#contract/servers.ts'
import type { LogEntry } from '#core/ports.ts'
import type { Client, Core } from './client.ts'
import { createClient } from './client.ts'
import type { Secrets } from './credentials.ts'
import type { CliHost } from './host.ts'
import type { Printer } from './printer.ts'
import type { createRedactor } from './redactor.ts'
import { openLog, startCore } from './start-core.ts'
import type { Texts } from './texts/index.ts'

export interface Session {
  host: CliHost
  texts: Texts
  printer: Printer
  redactor: ReturnType<typeof createRedactor>
  secrets: Secrets
  /** Into the file of the log; what people read elsewhere in their language stands there in English. */
  log(entry: LogEntry): void
  /** Aborted by the first signal that asks to end. */
  signal: AbortSignal
  /** Starts the core at the first call. */
  connect(): Promise<Client>
  /** Safe to repeat. */
  close(): Promise<void>
}

export function createSession(parts: Omit<Session, 'connect' | 'close' | 'log'> & { language: Language }): Session {
  let core: Promise<Core> | null = null
  const log = openLog(parts.host, (text) => parts.redactor.redact(text))
  return {
    ...parts,
    log,
    async connect() {
      core ??= startCore(parts.host, {
        passphrase: parts.secrets.passphrase,
        language: parts.language,
        log,
      })
      return createClient(await core)
    },
    async close() {
      const started = core
      core = null
      // One that did not start has nothing to close; whoever asked for it was told.
      const running = await started?.catch(() => null)
      await running?.close()
    },
  }
}
