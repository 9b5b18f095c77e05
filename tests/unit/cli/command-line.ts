// A fresh folder for each test, and the command line in it on a core that only pretends.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { ErrorValue } from '#contract/errors.ts'
import type { Item } from '#contract/exports.ts'
import { createExportingCore, doneState, run } from './fake-core.ts'
import type { Ran, RunOptions } from './fake-core.ts'

export const range = ['--from', '2026-11-01T10:00:00+03:00', '--until', '2026-11-01T11:00:00+03:00'] as const
export const server = ['--server', 'https://video.example', '--dialect', 'vsaas'] as const
export const fingerprint = 'ab'.repeat(32)

/** Scripts for `createExportingCore`. */
export const running = (fraction: number): Partial<Item> => ({
  state: { kind: 'running', step: 'fetching', fraction },
  bytes: fraction * 1000,
  totalBytes: 1000,
  bytesPerSecond: 1_000_000,
})
export const finish = (_order: unknown, index: number): Partial<Item>[] => [
  running(0.5),
  { state: doneState(`camera ${index}`, index), bytes: 1000 },
]
export const fail = (error: ErrorValue) => (): Partial<Item>[] => [running(0.1), { state: { kind: 'failed', error } }]

export interface CommandLine {
  readonly folder: string
  /** An export of camera 3 into `<folder>/out`. */
  exportArgs(...more: string[]): string[]
  start(args: readonly string[], core?: ReturnType<typeof createExportingCore>, options?: RunOptions): Promise<Ran>
}

/** To be called where tests are described. */
export function useCommandLine(): CommandLine {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'watchroom-cli-'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  return {
    get folder() {
      return folder
    },
    exportArgs: (...more) => ['export', ...server, ...range, '--camera', '3', '--to', join(folder, 'out'), ...more],
    start: (args, core = createExportingCore(finish), options = {}) =>
      run(args, core, {
        ...options,
        environment: { WATCHROOM_HOME: join(folder, 'home'), ...options.environment },
      }),
  }
}
