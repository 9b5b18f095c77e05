// A core without a network and without a disk, for the command line: calls are checked against the contract and recorded.
import { PassThrough } from 'node:stream'
import { AppError, toErrorValue } from '#contract/errors.ts'
import type { Batch, BatchOrder, Item, ItemState } from '#contract/exports.ts'
import { calls } from '#contract/index.ts'
import type { CallName, ParsedInput } from '#contract/index.ts'
import type { Server } from '#contract/servers.ts'
import type { Ports } from '#core/ports.ts'
import type { Core } from '../../../main/cli/client.ts'
import type { CliHost, OutputStream } from '../../../main/cli/host.ts'
import { runCli } from '../../../main/cli/run-cli.ts'

type FakeHandlers = { [N in CallName]?: (input: ParsedInput<N>) => unknown }

export interface FakeCore extends Core {
  readonly called: { name: string; input: unknown }[]
  ports: Ports | null
  isClosed: boolean
  publish(name: string, value: unknown): void
}

export const fakeServer: Server = {
  id: 's1',
  name: 'video.example',
  dialect: 'vsaas',
  url: 'https://video.example',
  trusted: [],
  settings: { zone: 'UTC' },
  clockCheck: 'not-checked',
  isSignedIn: false,
}

export function createFakeCore(handlers: FakeHandlers = {}): FakeCore {
  const listeners = new Set<(name: string, value: unknown) => void>()
  const all: FakeHandlers = {
    'servers.save': (input) => ({ ...fakeServer, dialect: input.dialect, url: input.url }),
    'servers.list': () => [],
    'servers.trustCertificate': ({ certificate }) => ({ ...fakeServer, trusted: [certificate] }),
    'servers.signIn': () => ({ name: 'clerk', permissions: null }),
    'exports.check': () => [],
    ...handlers,
  }
  const core: FakeCore = {
    called: [],
    ports: null,
    isClosed: false,
    async dispatch(name, input) {
      const call = calls[name as CallName]
      const handler = all[name as CallName] as ((input: unknown) => unknown) | undefined
      try {
        if (!handler) throw new AppError('internal', `The fake core has no ${name}.`)
        const parsed = call.input.parse(input)
        core.called.push({ name, input: parsed })
        return { ok: true, value: call.output.parse(await handler(parsed)) }
      } catch (error) {
        if (error instanceof AppError) return { ok: false, error: toErrorValue(error) }
        throw error
      }
    },
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    publish(name, value) {
      for (const listener of listeners) listener(name, value)
    },
    close() {
      core.isClosed = true
      return Promise.resolve()
    },
  }
  return core
}

export function makeItem(index: number, state: ItemState, more: Partial<Item> = {}): Item {
  return {
    batchId: 'b1',
    index,
    order: { serverId: 's1', cameraId: String(index + 3), range: { fromMs: 1, toMs: 2 }, stream: 'main' },
    cameraName: `Camera ${index + 3}`,
    stem: `camera-${index + 3}`,
    state,
    bytes: 0,
    totalBytes: null,
    bytesPerSecond: 0,
    attempts: 0,
    isPreparing: false,
    ...more,
  }
}

export function doneState(name: string, gaps = 0): ItemState {
  const sha256 = 'a'.repeat(64)
  return {
    kind: 'done',
    result: {
      files: [
        { path: `${name}.srt`, role: 'subtitles', sizeBytes: 5, sha256 },
        { path: `${name}.mp4`, role: 'video', sizeBytes: 1000, sha256 },
      ],
      fetchedBytes: 1000,
      fetchedSha256: sha256,
      durationMs: 1000,
      coverage: 'known',
      gaps: Array.from({ length: gaps }, (_, at) => ({ fromMs: at, toMs: at + 1, source: 'server' as const })),
      timeBasis: 'media-server',
      warnings: [],
    },
  }
}

export function makeBatch(destination: string, items: Item[], more: Partial<Batch> = {}): Batch {
  const options = calls['exports.start'].input.parse({
    destination,
    items: [{ serverId: 's', cameraId: 'c', range: { fromMs: 1, toMs: 2 } }],
  }).options
  return {
    id: 'b1',
    name: 'Night',
    destination,
    createdAtMs: 1,
    state: 'running',
    error: null,
    options,
    case: null,
    items,
    ...more,
  }
}

/** A core that exports: each item takes the states that `script` gives for it, then the batch ends as `endAs`. */
export function createExportingCore(
  script: (order: BatchOrder['items'][number], index: number) => Partial<Item>[],
  endAs: Pick<Batch, 'state' | 'error'> = { state: 'done', error: null },
  handlers: FakeHandlers = {},
): FakeCore {
  let batch = makeBatch('/', [])
  const core = createFakeCore({
    'exports.start': (order) => {
      batch = makeBatch(
        order.destination,
        order.items.map((item, index) => makeItem(index, { kind: 'queued' }, { order: item })),
      )
      setImmediate(() => {
        batch.items.forEach((item, index) => {
          for (const change of script(item.order, index)) {
            batch.items[index] = { ...(batch.items[index] ?? item), ...change }
            core.publish('exports.itemChanged', batch.items[index])
          }
        })
        batch = { ...batch, ...endAs }
        const { items: _items, ...head } = batch
        core.publish('exports.batchChanged', head)
      })
      return { ...batch, items: [...batch.items] }
    },
    'exports.get': () => batch,
    'exports.pause': () => (batch = { ...batch, state: 'paused' }),
    ...handlers,
  })
  return core
}

export interface Ran {
  code: number
  stdout: string
  stderr: string
  /** Code of an immediate end, if one was asked for. */
  exited: number | null
}

export interface RunOptions {
  environment?: Record<string, string>
  terminal?: { columns: number; rows: number }
  /** Gets a function that sends a signal. */
  onStart?: (interrupt: (signal?: 'SIGINT' | 'SIGTERM') => void) => void
  stdout?: OutputStream
  nowMs?: () => number
  onExit?: (code: number) => void
}

/** Runs the command line in this process with that core and gives what it printed. */
export async function run(args: readonly string[], core: FakeCore, options: RunOptions = {}): Promise<Ran> {
  const terminal = options.terminal ? { isTTY: true, ...options.terminal } : {}
  const stdout: OutputStream = options.stdout ?? Object.assign(new PassThrough(), terminal)
  const stderr: OutputStream = Object.assign(new PassThrough(), terminal)
  const texts = { stdout: '', stderr: '' }
  stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()))
  stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()))
  let exited: number | null = null
  const host: CliHost = {
    environment: { WATCHROOM_TOKEN: 'token-of-the-test', ...options.environment },
    stdout,
    stderr,
    version: '1.2.3',
    exit: (code) => {
      exited = code
      options.onExit?.(code)
    },
    nowMs: options.nowMs ?? (() => 0),
    onInterrupt(listener) {
      options.onStart?.((signal = 'SIGINT') => listener(signal))
      return () => undefined
    },
    createCore(ports) {
      core.ports = ports
      return core
    },
  }
  const code = await runCli(args, host)
  return { code, ...texts, exited }
}
