// One batch that is killed and resumed until it is allowed to end. Keeps what each kill met; judges nothing.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { clearLogs, countOrders, readTraffic } from './kill-lane.ts'
import type { Ended, Lane, Running, Traffic } from './kill-lane.ts'
import { journalPath, readItems, readMarks, watchMarks } from './kill-watch.ts'
import type { ItemSight } from './kill-watch.ts'

/** When to kill: that long after the start; at the first mark that no earlier program of the batch showed; at this mark. */
export type Aim =
  { kind: 'time'; afterMs: number } | { kind: 'new'; delayMs: number } | { kind: 'mark'; mark: string; delayMs: number }

export interface Kill {
  aim: Aim
  /** What the folder showed last, of what was new. */
  lastMark: string | null
  /** Null: there was no journal yet. */
  items: ItemSight[] | null
}

export interface BatchStory {
  destination: string
  kills: Kill[]
  /** Aims at which the program had already ended by itself. */
  misses: number
  ended: Ended
  /** Files of items that were finished when a program was killed: what they were then. */
  finishedFiles: Map<string, string>
  orders: number
  traffic: Map<number, Traffic>
}

/** `nextAim` null: the program that is started now may run to its end. */
export async function runBatch(
  lane: Lane,
  destination: string,
  nextAim: (kills: number) => Aim | null,
): Promise<BatchStory> {
  await clearLogs(lane)
  const kills: Kill[] = []
  const seen = new Set<string>()
  const finishedFiles = new Map<string, string>()
  let misses = 0
  for (;;) {
    const aim = nextAim(kills.length)
    const running = existsSync(journalPath(destination)) ? lane.resume(destination) : lane.export(destination)
    const { ended, lastMark } = aim ? await runArmed(running, destination, aim, seen) : await runFree(running)
    if (ended.signal !== 'SIGKILL') {
      if (aim) misses += 1
      const [orders, traffic] = [await countOrders(lane), await readTraffic(lane)]
      return { destination, kills, misses, ended, finishedFiles, orders, traffic }
    }
    for (const mark of readMarks(destination)) seen.add(mark)
    const items = existsSync(journalPath(destination)) ? readItems(destination, lane.items.length) : null
    for (const [file, facts] of factsOfFinished(destination, items ?? []))
      if (!finishedFiles.has(file)) finishedFiles.set(file, facts)
    kills.push({ aim: aim!, lastMark, items })
  }
}

async function runFree(running: Running): Promise<{ ended: Ended; lastMark: null }> {
  return { ended: await running.ended, lastMark: null }
}

async function runArmed(
  running: Running,
  destination: string,
  aim: Aim,
  seen: Set<string>,
): Promise<{ ended: Ended; lastMark: string | null }> {
  let lastMark: string | null = null
  const timers: NodeJS.Timeout[] = []
  const killAfter = (delayMs: number): void => {
    if (delayMs <= 0) running.kill('SIGKILL')
    else timers.push(setTimeout(() => running.kill('SIGKILL'), delayMs))
  }
  if (aim.kind === 'time') killAfter(aim.afterMs)
  const stop = watchMarks(destination, seen, (mark) => {
    lastMark = mark
    const isMet = aim.kind === 'new' || (aim.kind === 'mark' && aim.mark === mark)
    if (isMet && timers.length === 0) killAfter(aim.delayMs)
  })
  const ended = await running.ended
  stop()
  for (const timer of timers) clearTimeout(timer)
  return { ended, lastMark }
}

/** Which file it is and when it was written last: a file that is made anew differs in both. */
export function describeFile(path: string): string {
  const { ino, mtimeNs, size } = statSync(path, { bigint: true })
  return `${ino} ${mtimeNs} ${size}`
}

function factsOfFinished(destination: string, items: readonly ItemSight[]): [string, string][] {
  const files = items.filter(({ isFinished }) => isFinished).flatMap(({ targets }) => targets)
  return files.map((file) => [file, describeFile(join(destination, file))])
}
