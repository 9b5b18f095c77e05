// What the command line is given by whoever runs it: a process, a test or the demo. Knows no command.
import type { Ports } from '#core/ports.ts'
import type { Core } from './client.ts'

/** A stream to write on; a terminal has a size. */
export interface OutputStream extends NodeJS.WritableStream {
  isTTY?: boolean | undefined
  columns?: number | undefined
  rows?: number | undefined
}

export interface CliHost {
  /** Secrets are deleted from it as the first thing. */
  environment: Record<string, string | undefined>
  stdout: OutputStream
  stderr: OutputStream
  /** Calls back for each signal that asks to end; returns what ends it. */
  onInterrupt(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void
  /** From any beginning, never backwards. */
  nowMs(): number
  /** Ends the process at once. */
  exit(code: number): void
  createCore(ports: Ports): Promise<Core> | Core
  version: string
}
