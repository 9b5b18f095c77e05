// This process as a host of the command line: its streams, its signals, and the real core. Knows no command.
import { findVersion } from './find-version.ts'
import type { CliHost } from './host.ts'

/** `environment`: usually `process.env`; secrets are deleted from it. */
export function createProcessHost(environment: CliHost['environment']): CliHost {
  return {
    environment,
    stdout: process.stdout,
    stderr: process.stderr,
    exit: (code) => process.exit(code),
    version: findVersion(import.meta.url),
    onInterrupt(listener) {
      const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => ({ signal, heard: () => listener(signal) }))
      for (const { signal, heard } of listeners) process.on(signal, heard)
      return () => {
        for (const { signal, heard } of listeners) process.off(signal, heard)
      }
    },
    // Loaded when a command needs it: help and mistakes are answered at once.
    createCore: async (ports) => (await import('#core/create-core.ts')).createCore(ports),
  }
}
