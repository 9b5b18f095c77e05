// The ports of the command line, and the core on them. Knows where a workstation keeps its things, but no command.
import { randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import envPaths from 'env-paths'
import type { Language } from '#contract/servers.ts'
import { defaultDeadlines } from '#core/ports.ts'
import type { ClockPort, LogEntry, Ports, SecretsPort } from '#core/ports.ts'
import { createPassphraseSecrets, createSessionSecrets, openDatabase } from '#core/storage/index.ts'
import type { Core } from './client.ts'
import type { CliHost } from './host.ts'
import { createLogFile } from './log-file.ts'

export interface CoreOptions {
  passphrase: string | undefined
  language: Language
  log(entry: LogEntry): void
}

/** What children may see. Proxies are left out: an address of one may hold a password. */
const passedOn = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'TMP',
  'TEMP',
  'SystemRoot',
  'windir',
  'LD_LIBRARY_PATH',
  'FFMPEG_BIN',
]

/** A core and what ends it. Errors: those of the database and of `createCore`. */
export async function startCore(host: CliHost, options: CoreOptions): Promise<Core> {
  const data = findDataFolder(host)
  const clock = systemClock()
  const log = (entry: LogEntry): void => options.log(entry)
  const { secrets, close } = openSecrets(data, options.passphrase, { log, now: () => clock.now() })
  try {
    const core = await host.createCore({
      product: { name: 'Watchroom', version: host.version },
      folders: { data },
      secrets,
      clock,
      random: () => Math.random(),
      uuid: () => randomUUID(),
      log,
      deadlines: defaultDeadlines,
      ffmpegPath: null,
      language: options.language,
      identity: { user: userName(), workstation: hostname() },
      canAskPerson: false,
      childEnvironment: pickEnvironment(host.environment),
    } satisfies Ports)
    return {
      dispatch: (name, input, context) => core.dispatch(name, input, context),
      onEvent: (listener) => core.onEvent(listener),
      async close() {
        await core.close()
        close()
      },
    }
  } catch (error) {
    close()
    throw error
  }
}

/** The log of this workstation; a file is made with the first entry. */
export function openLog(host: CliHost, redact: (text: string) => string): (entry: LogEntry) => void {
  return createLogFile(findDataFolder(host), redact, () => Date.now())
}

function findDataFolder({ environment }: CliHost): string {
  return resolve(environment['WATCHROOM_HOME'] || envPaths('watchroom', { suffix: '' }).data)
}

/** With a passphrase the saved servers' secrets are unlocked and kept; without one nothing outlives this run. */
function openSecrets(
  folder: string,
  passphrase: string | undefined,
  options: Parameters<typeof openDatabase>[1],
): { secrets: SecretsPort; close: () => void } {
  if (passphrase === undefined) return { secrets: createSessionSecrets(), close: () => undefined }
  const database = openDatabase(folder, options)
  return { secrets: createPassphraseSecrets({ database, passphrase }), close: () => database.close() }
}

function systemClock(): ClockPort {
  return {
    now: () => Date.now(),
    sleep: (durationMs, signal) =>
      sleep(durationMs, undefined, signal ? { signal } : {}).catch((error: unknown) => {
        throw signal?.aborted ? signal.reason : error
      }),
  }
}

function pickEnvironment(environment: Record<string, string | undefined>): Record<string, string> {
  const wanted = new Set(passedOn.map((name) => name.toLowerCase()))
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && wanted.has(entry[0].toLowerCase()),
    ),
  )
}

/** An account without an entry in the user database (in a container) has none. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
