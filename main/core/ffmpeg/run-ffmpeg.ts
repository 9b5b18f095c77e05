// Starts one ffmpeg and waits for its end: no shell, a small environment, a deadline without a sign of life. Knows no
// argument by name; that a run ended well says nothing about the file it wrote.
import { spawn as nodeSpawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { AppError } from '#contract/errors.ts'
import { fromFfmpeg } from './from-ffmpeg.ts'
import { createProgressParser } from './parse-progress.ts'
import type { FfmpegProgress } from './parse-progress.ts'
import { createLineSplitter } from './split-lines.ts'

export type Spawn = (path: string, args: readonly string[], options: SpawnOptions) => ChildProcess

export interface FfmpegRun {
  path: string
  args: readonly string[]
  /** What the process was given; only a few names of it reach the child (see `allowEnvironment`). */
  environment: Readonly<Record<string, string | undefined>>
  /** Abort: TERM, KILL after 3 s, then the call rejects with `cancelled`. */
  signal?: AbortSignal
  /** No output of any kind for this long ends the run. */
  stallMs: number
  /** What `-progress pipe:2` reports. */
  onProgress?: (progress: FfmpegProgress) => void
  /** Each line of stdout. An error thrown here ends the run and is what the call rejects with. */
  onStdoutLine?: (line: string) => void
  /** Each message on stderr. */
  onMessage?: (line: string) => void
  /** Ends the run early and well, when the caller has seen enough. */
  isEnough?: () => boolean
  spawn?: Spawn
}

const killAfterMs = 3_000
const tailLength = 8_192
const allowedNames = /^(PATH|HOME|SystemRoot|windir|TEMP|TMP|TMPDIR|LD_LIBRARY_PATH|LANG|LC_ALL)$/i

/** What a child needs to start and find its libraries; nothing in which a token or password may be. */
export function allowEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const allowed: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && allowedNames.test(name)) allowed[name] = value
  return allowed
}

/**
 * Resolves when ffmpeg ended with code 0 (or was told that it is enough). Errors: cancelled; tool-missing when it cannot
 * be started; tool-failed, disk-full, unsupported-media as `fromFfmpeg` reads its messages.
 */
export async function runFfmpeg(run: FfmpegRun): Promise<{ stderrTail: string }> {
  if (run.signal?.aborted) throw cancelled()
  const child = (run.spawn ?? nodeSpawn)(run.path, run.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: allowEnvironment(run.environment),
    shell: false,
    windowsHide: true,
  })
  const ending = createEnding(child, run)
  const tail = createTail()
  listen(child, run, ending, tail)
  try {
    const { exitCode, signalName } = await untilClosed(child, run.path)
    ending.rethrow()
    if (exitCode !== 0 && !ending.isEnough) throw fromFfmpeg({ exitCode, signalName, stderrTail: tail.text() })
    return { stderrTail: tail.text() }
  } finally {
    ending.dispose()
  }
}

function cancelled(): AppError {
  return new AppError('cancelled', 'The work was cancelled.')
}

interface Ending {
  /** A sign of life. */
  touch(): void
  stop(reason: Error): void
  finish(): void
  isEnough: boolean
  rethrow(): void
  dispose(): void
}

/** Why and how the child is ended from our side. */
function createEnding(child: ChildProcess, run: FfmpegRun): Ending {
  let reason: Error | null = null
  let killTimer: NodeJS.Timeout | null = null
  const stallTimer = setTimeout(() => {
    ending.stop(
      new AppError('tool-failed', `ffmpeg made no progress for ${Math.round(run.stallMs / 1000)} s and was ended.`),
    )
  }, run.stallMs)
  const onAbort = () => ending.stop(cancelled())
  run.signal?.addEventListener('abort', onAbort, { once: true })

  function end(): void {
    clearTimeout(stallTimer)
    if (killTimer) return
    child.kill('SIGTERM')
    killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  }

  const ending: Ending = {
    isEnough: false,
    touch: () => {
      if (!killTimer) stallTimer.refresh()
    },
    stop(cause) {
      reason ??= cause
      end()
    },
    finish() {
      ending.isEnough = true
      end()
    },
    rethrow() {
      if (reason !== null) throw reason
    },
    dispose() {
      clearTimeout(stallTimer)
      if (killTimer) clearTimeout(killTimer)
      run.signal?.removeEventListener('abort', onAbort)
    },
  }
  return ending
}

function createTail() {
  let kept = ''
  return {
    add: (line: string) => {
      kept = `${kept}${line}\n`.slice(-tailLength)
    },
    text: () => kept,
  }
}

function listen(child: ChildProcess, run: FfmpegRun, ending: Ending, tail: ReturnType<typeof createTail>): void {
  const progress = createProgressParser((value) => run.onProgress?.(value))
  const stdout = createLineSplitter((line) => {
    if (!ending.isEnough) run.onStdoutLine?.(line)
  })
  const stderr = createLineSplitter((line) => {
    if (progress.push(line)) return
    tail.add(line)
    run.onMessage?.(line)
  })
  for (const [stream, lines] of [
    [child.stdout, stdout],
    [child.stderr, stderr],
  ] as const) {
    const guard = (work: () => void) => {
      try {
        work()
        if (run.isEnough?.()) ending.finish()
      } catch (error) {
        ending.stop(error instanceof Error ? error : new Error(String(error)))
      }
    }
    stream?.on('data', (chunk: Buffer) => {
      ending.touch()
      guard(() => lines.push(chunk))
    })
    stream?.on('end', () => guard(() => lines.end()))
    stream?.on('error', (error) => ending.stop(error))
  }
}

function untilClosed(
  child: ChildProcess,
  path: string,
): Promise<{ exitCode: number | null; signalName: string | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      if (child.pid !== undefined) return
      reject(
        new AppError(
          'tool-missing',
          `ffmpeg (${path}) cannot be started. Install it, or name another file in the settings.`,
          { cause: error },
        ),
      )
    })
    child.once('close', (exitCode, signalName) => resolve({ exitCode, signalName }))
  })
}
