// The parent's side of one server process of the site: starts it, asks it, kills it, starts it again.
// Knows nothing of what it serves.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { ChildPorts, ChildSettings, ControlAnswer, ControlQuestion } from './child-control.ts'
import type { RequestRecord } from './request-log.ts'

export interface Control {
  /** Changes behaviour, added to what was set before. Rejects when the patch does not fit. */
  set(patch: object): Promise<void>
  /** Back to the behaviour and state at start. The log stays. */
  reset(): Promise<void>
  /** All requests since the start or the last `clearLog`, restarts included. */
  log(): Promise<RequestRecord[]>
  clearLog(): Promise<void>
  /** Kills the process in the middle of what it does and starts it on the same ports, with the behaviour set so far. */
  restart?: () => Promise<void>
}

export interface SiteChild {
  readonly ports: ChildPorts
  readonly control: Control
  close(): Promise<void>
}

const answerDeadlineMs = 30_000
const farewellMs = 3000

interface Connection {
  readonly child: ChildProcess
  readonly ports: ChildPorts
  ask(op: ControlQuestion['op'], value?: unknown): Promise<unknown>
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

function createAsking(child: ChildProcess): Connection['ask'] {
  const waiting = new Map<number, Waiting>()
  let nextId = 1
  child.on('message', (message) => {
    const answer = message as ControlAnswer
    const asker = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) asker?.reject(new Error(answer.error))
    else asker?.resolve(answer.value)
  })
  child.once('exit', () => {
    for (const asker of waiting.values()) asker.reject(new Error('the site process has ended'))
    waiting.clear()
  })
  return (op, value) =>
    new Promise((resolve, reject) => {
      const id = nextId++
      const timer = setTimeout(() => reject(new Error(`the site process did not answer ${op}`)), answerDeadlineMs)
      const settle = <T>(act: (result: T) => void) => {
        return (result: T) => {
          clearTimeout(timer)
          waiting.delete(id)
          act(result)
        }
      }
      waiting.set(id, { resolve: settle(resolve), reject: settle(reject) })
      if (child.connected) child.send({ id, op, value } satisfies ControlQuestion)
      else waiting.get(id)?.reject(new Error('the site process has ended'))
    })
}

async function startConnection(file: string, settings: ChildSettings): Promise<Connection> {
  const child = fork(file, [], {
    env: { ...process.env, SITE_CHILD: JSON.stringify(settings) },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const stop = new AbortController()
  try {
    const ended = once(child, 'exit', { signal: stop.signal }).then(() => {
      throw new Error(`${file} ended before it was ready`)
    })
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(answerDeadlineMs)])
    const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [{ ready: ChildPorts }]
    return { child, ports: message.ready, ask: createAsking(child) }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    stop.abort()
  }
}

async function endChild(child: ChildProcess, isGentle: boolean): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  // Losing its parent is what makes a child end by itself.
  if (isGentle && child.connected) child.disconnect()
  else child.kill('SIGKILL')
  const timer = setTimeout(() => child.kill('SIGKILL'), farewellMs)
  await exited
  clearTimeout(timer)
}

/** Settles when the process is ready. `file` is a module that calls `serveControl`. */
export async function startChild(file: string, settings: ChildSettings): Promise<SiteChild> {
  let connection = await startConnection(file, settings)
  const { ports } = connection
  let patches: object[] = []
  let earlier: RequestRecord[] = []

  async function readLog(): Promise<RequestRecord[]> {
    const lastId = earlier.at(-1)?.id ?? 0
    const current = (await connection.ask('log')) as RequestRecord[]
    return [...earlier, ...current.map((record) => ({ ...record, id: record.id + lastId }))]
  }
  const control: Control = {
    async set(patch) {
      await connection.ask('set', patch)
      patches.push(patch)
    },
    async reset() {
      await connection.ask('reset')
      patches = []
    },
    log: readLog,
    async clearLog() {
      await connection.ask('clearLog')
      earlier = []
    },
    async restart() {
      earlier = await readLog()
      await endChild(connection.child, false)
      connection = await startConnection(file, { ...settings, ...ports })
      for (const patch of patches) await connection.ask('set', patch)
    },
  }
  return { ports, control, close: () => endChild(connection.child, true) }
}
