// What a batch folder shows from outside while a program works in it: lines of its journal and names of its files, each
// as a mark. Knows no product code: a kill test must see what anyone would see.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One line of the journal after the header, as far as these tests look at it. */
export interface JournalLine {
  item: number
  event: {
    kind: string
    step?: string
    finished?: { start: number; end: number }[]
    moves?: { from: string; to: string }[]
  }
}

export const journalPath = (destination: string): string => join(destination, '.watchroom', 'journal.jsonl')

const mebibyte = 1_048_576
const pollMs = 1

function tryTo<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}

/** All whole lines after the header; none when there is no journal yet. */
export function readLines(destination: string): JournalLine[] {
  const text = tryTo(() => readFileSync(journalPath(destination), 'utf8'), '')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return whole.slice(1, -1).flatMap((line) => tryTo<JournalLine[]>(() => [JSON.parse(line) as JournalLine], []))
}

/** What happened, so that the same transition of two runs has the same mark. */
function markOf({ item, event }: JournalLine): string {
  const bytes = (event.finished ?? []).reduce((sum, range) => sum + range.end - range.start, 0)
  const detail = event.step ?? (event.finished ? `${4 * Math.floor(bytes / (4 * mebibyte))} MiB` : '')
  return `${item} ${event.kind} ${detail}`.trim()
}

/** Files in their places, and what ffmpeg has begun to write. */
function listNames(destination: string): string[] {
  const names = tryTo(() => readdirSync(destination), [])
  const privateNames = tryTo(() => readdirSync(join(destination, '.watchroom')), [])
  const work = privateNames
    .filter((name) => name.startsWith('work-'))
    .flatMap((folder) => tryTo(() => readdirSync(join(destination, '.watchroom', folder)), []))
  return [...names.filter((name) => name !== '.watchroom' && !name.endsWith('.part')), ...work]
}

/** Every mark there is. */
export function readMarks(destination: string): string[] {
  return [...readLines(destination).map(markOf), ...listNames(destination).map((name) => `file ${name}`)]
}

/** Calls back within a millisecond or two of every mark that is not in `seen`, which is added to it. */
export function watchMarks(destination: string, seen: Set<string>, onMark: (mark: string) => void): () => void {
  let stamp = ''
  const timer = setInterval(() => {
    const facts = tryTo(() => statSync(journalPath(destination)), null)
    const now = `${facts?.ino} ${facts?.size} ${listNames(destination).join('/')}`
    if (now === stamp) return
    stamp = now
    for (const mark of readMarks(destination)) {
      if (seen.has(mark)) continue
      seen.add(mark)
      onMark(mark)
    }
  }, pollMs)
  return () => clearInterval(timer)
}

export interface ItemSight {
  /** The link was asked for or the bytes were on their way when the journal ended. */
  step: string | null
  hasClip: boolean
  isFetched: boolean
  isFinished: boolean
  /** The last places its files were to be renamed to. */
  targets: string[]
}

/** Where each item was when the program was killed. */
export function readItems(destination: string, count: number): ItemSight[] {
  const items = Array.from({ length: count }, (): ItemSight => {
    return { step: null, hasClip: false, isFetched: false, isFinished: false, targets: [] }
  })
  for (const { item, event } of readLines(destination)) {
    const sight = items[item]
    if (!sight) continue
    if (event.kind === 'started') sight.step = event.step ?? null
    if (event.kind === 'queued') sight.step = null
    if (event.kind === 'clip') sight.hasClip = true
    if (event.kind === 'fetched') sight.isFetched = true
    if (event.kind === 'startedOver') sight.isFetched = false
    if (event.kind === 'publishing') sight.targets = (event.moves ?? []).map(({ to }) => to)
    if (event.kind === 'finished') sight.isFinished = true
  }
  return items
}
