// This process as a host of the command line: its streams, its signals, and the real core. Knows no command.
import { exitCodes } from './exit-code.ts'
import { findVersion } from './find-version.ts'
import type { CliHost } from './host.ts'

/**
 * At once. After a signal by that signal itself, as a shell expects: `process.exit` would wait for reading from a pipe that
 * nobody writes to.
 */
export function endProcess(code: number): void {
  const signal = { [exitCodes.interrupted]: 'SIGINT', [exitCodes.terminated]: 'SIGTERM' }[code]
  if (signal === undefined) process.exit(code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

/** `environment`: usually `process.env`; secrets are deleted from it. */
export function createProcessHost(environment: CliHost['environment']): CliHost {
  return {
    environment,
    stdout: process.stdout,
    stderr: process.stderr,
    exit: endProcess,
    nowMs: () => performance.now(),
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
