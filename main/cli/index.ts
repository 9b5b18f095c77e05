// Host 3: the command line as a process. Gives runCli its streams, signals and core; decides nothing.
import { findVersion } from './find-version.ts'
import type { CliHost } from './host.ts'
import { runCli } from './run-cli.ts'

/** Should something keep the process alive after all is done, it ends anyway. */
const graceMs = 5000

const host: CliHost = {
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  exit: (code) => process.exit(code),
  version: findVersion(import.meta.url),
  onInterrupt(listener) {
    const signals = ['SIGINT', 'SIGTERM'] as const
    const listeners = signals.map((signal) => ({ signal, heard: () => listener(signal) }))
    for (const { signal, heard } of listeners) process.on(signal, heard)
    return () => {
      for (const { signal, heard } of listeners) process.off(signal, heard)
    }
  },
  // Loaded when a command needs it: help and mistakes are answered at once.
  createCore: async (ports) => (await import('#core/create-core.ts')).createCore(ports),
}

process.exitCode = await runCli(process.argv.slice(2), host)
setTimeout(() => process.exit(), graceMs).unref()
