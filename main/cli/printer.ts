// The only way out to stdout and stderr: everything passes the redactor, and a reader that has left is no error.
import type { OutputStream } from './host.ts'
import type { Redactor } from './redactor.ts'

export interface Printer {
  /** A line on stdout: what was asked for. */
  line(text: string): void
  /** A JSON value as a line on stdout. */
  json(value: object): void
  /** A line on stderr: problems and hints. */
  problem(text: string): void
  /** Text on stderr without a line feed, for a line that is written over. */
  over(text: string): void
  /** Why what was asked for could not be printed, like `ENOSPC`; null when it was, or when its reader has left. */
  lost(): string | null
  /** Resolves when what was printed is with the system. */
  flush(): Promise<void>
}

export function createPrinter(stdout: OutputStream, stderr: OutputStream, redactor: Redactor): Printer {
  const gone = new Set<OutputStream>()
  let lost: string | null = null
  for (const stream of [stdout, stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      gone.add(stream)
      if (stream === stdout && error.code !== 'EPIPE') lost = error.code ?? error.message
    })

  function write(stream: OutputStream, text: string): void {
    if (!gone.has(stream)) stream.write(text)
  }

  return {
    line: (text) => write(stdout, `${redactor.redact(text)}\n`),
    json: (value) => {
      const clean = (_key: string, inner: unknown): unknown =>
        typeof inner === 'string' ? redactor.redact(inner) : inner
      write(stdout, `${JSON.stringify(value, clean)}\n`)
    },
    problem: (text) => write(stderr, `${redactor.redact(text)}\n`),
    over: (text) => write(stderr, redactor.redact(text)),
    lost: () => lost,
    async flush() {
      for (const stream of [stdout, stderr])
        if (!gone.has(stream)) await new Promise<void>((resolve) => stream.write('', () => resolve()))
    },
  }
}
