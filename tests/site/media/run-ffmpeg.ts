// Runs ffmpeg for the site: no shell, standard input only when fed, the end of its error text kept.
// Knows nothing of what is made.
import { spawn, type ChildProcess } from 'node:child_process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export interface FfmpegRun {
  /** Without `-nostdin`, `-hide_banner` and `-v`, which are added. */
  readonly arguments: readonly string[]
  /** Fed to standard input, with back-pressure. */
  readonly input?: Iterable<Buffer>
  readonly workingFolder?: string
  /** Kills ffmpeg; the promise then rejects with the signal's reason. */
  readonly signal: AbortSignal
}

const errorTextLimit = 4096
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** The ffmpeg to use where none is given: `FFMPEG_BIN`, else the one on PATH. */
export function findFfmpeg(environment: NodeJS.ProcessEnv = process.env): string {
  return environment['FFMPEG_BIN'] ?? 'ffmpeg'
}

function collectErrorText(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-errorTextLimit)
  })
  return () => text.trim()
}

/** Settles when the process has ended; rejects when it could not be started, was aborted or returned another code than 0. */
export async function waitForFfmpeg(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const errorText = collectErrorText(child)
  running.add(child)
  const kill = () => child.kill('SIGKILL')
  signal.addEventListener('abort', kill, { once: true })
  try {
    if (signal.aborted) kill()
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    signal.throwIfAborted()
    if (code !== 0) throw new Error(`ffmpeg ended with ${code}: ${errorText()}`)
  } finally {
    running.delete(child)
    signal.removeEventListener('abort', kill)
  }
}

/** Settles when ffmpeg has ended well; its standard output is thrown away. */
export async function runFfmpeg(program: string, run: FfmpegRun): Promise<void> {
  run.signal.throwIfAborted()
  const start = ['-hide_banner', '-v', 'error', ...(run.input === undefined ? ['-nostdin'] : [])]
  const child = spawn(program, [...start, ...run.arguments], {
    cwd: run.workingFolder,
    stdio: [run.input === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe'],
  })
  const ended = waitForFfmpeg(child, run.signal)
  if (run.input === undefined || child.stdin === null) return ended
  const [fed, end] = await Promise.allSettled([pipeline(Readable.from(run.input), child.stdin), ended])
  // A broken pipe is only the echo of ffmpeg's own end, whose reason says more.
  if (end.status === 'rejected') throw end.reason
  if (fed.status === 'rejected') throw fed.reason
}
