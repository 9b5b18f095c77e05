// What every command works with: its words, its printing, its core. Made once per run; owns the core.
import type { Language } from '#contract/servers.ts'
import type { Client, Core } from './client.ts'
import { createClient } from './client.ts'
import type { Secrets } from './credentials.ts'
import type { CliHost } from './host.ts'
import type { Printer } from './printer.ts'
import type { createRedactor } from './redactor.ts'
import { startCore } from './start-core.ts'
import type { Texts } from './texts/index.ts'

export interface Session {
  host: CliHost
  texts: Texts
  printer: Printer
  redactor: ReturnType<typeof createRedactor>
  secrets: Secrets
  /** Aborted by the first signal that asks to end. */
  signal: AbortSignal
  /** Starts the core at the first call. */
  connect(): Promise<Client>
  /** Safe to repeat. */
  close(): Promise<void>
}

export function createSession(parts: Omit<Session, 'connect' | 'close'> & { language: Language }): Session {
  let core: Promise<Core> | null = null
  return {
    ...parts,
    async connect() {
      core ??= startCore(parts.host, {
        passphrase: parts.secrets.passphrase,
        language: parts.language,
        redact: (text) => parts.redactor.redact(text),
      })
      return createClient(await core)
    },
    async close() {
      const started = core
      core = null
      if (started) await (await started).close()
    },
  }
}
