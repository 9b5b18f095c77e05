// The journal of a batch: `.watchroom/journal.jsonl` in its folder, append-only, the truth about the batch. Knows the
// lines, not their meaning for the engine.
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { fromDiskError, refuseLinks, syncFolder } from './destination.ts'
import { journalFile } from './paths.ts'
import { applyEvent, eventsOf, headerSchema, lineSchema, namesOnlyOwnFiles, newRecord } from './record.ts'
import type { BatchHeader, ItemEvent, ItemRecord, JournalLine } from './record.ts'

export function journalPath(destination: string): string {
  return join(destination, journalFile)
}

export interface Journal {
  /** Resolves when the line is on the disk; lines of the same moment share one flush. Errors: those of the disk. */
  append(item: number, event: ItemEvent, atMs: number): Promise<void>
  close(): Promise<void>
}

export interface FoldedJournal {
  header: BatchHeader
  records: ItemRecord[]
  /** Lines that could not be read or believed: a torn last line, damage, files of others. Nothing is concluded from them. */
  skippedLines: number
}

/** A text beyond this does not fit a string; the journal of 100,000 items is far smaller. */
const largestBytes = 500_000_000

/**
 * Reads and folds a journal, whoever wrote it. Errors: not-found (no batch there), bad-reply (a header that cannot be read, or
 * a file that is none of ours), invalid-input (links in place of what is ours).
 */
export async function readJournal(destination: string): Promise<FoldedJournal> {
  await refuseLinks(destination)
  if (((await stat(journalPath(destination)).catch(() => null))?.size ?? 0) > largestBytes) throw broken(destination)
  const text = await readFile(journalPath(destination), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw fromDiskError(error, destination)
    throw new AppError('not-found', `${destination} is not the folder of an export: it holds no journal.`, {
      details: { reason: 'no-journal', path: destination },
    })
  })
  return foldJournal(text, destination)
}

/** The fold of a journal's text. Pure. */
export function foldJournal(text: string, destination: string): FoldedJournal {
  const lines = text.split('\n')
  const parsedHeader = headerSchema.safeParse(parseJson(lines[0] ?? ''))
  if (!parsedHeader.success) throw broken(destination)
  const header = parsedHeader.data
  const records = header.items.map((_, index) => newRecord(index))
  let skippedLines = 0
  for (const line of lines.slice(1)) {
    if (line === '') continue
    const parsed = lineSchema.safeParse(parseJson(line))
    const record = parsed.success ? records[parsed.data.item] : undefined
    const stem = parsed.success ? header.items[parsed.data.item]?.stem : undefined
    if (!parsed.success || !record || stem === undefined || !namesOnlyOwnFiles(parsed.data.event, stem))
      skippedLines += 1
    else records[parsed.data.item] = applyEvent(record, parsed.data.event, parsed.data.atMs)
  }
  return { header, records, skippedLines }
}

function broken(destination: string): AppError {
  return new AppError(
    'bad-reply',
    `The journal in ${destination} has no readable beginning; its files are untouched.`,
    { details: { reason: 'broken-journal', path: destination } },
  )
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/**
 * Writes a journal anew (the header, then the fewest events that make the records) and opens it for appending. The old
 * one stays until the new one is on the disk: a kill at any moment leaves one or the other whole.
 */
export async function beginJournal(
  destination: string,
  header: BatchHeader,
  records: readonly ItemRecord[],
): Promise<Journal> {
  const path = journalPath(destination)
  await mkdir(dirname(path), { recursive: true })
  const fresh = `${path}.new`
  await rm(fresh, { force: true })
  const handle = await open(fresh, 'wx')
  try {
    await handle.write(`${JSON.stringify(header)}\n`)
    for (const record of records) {
      const lines = eventsOf(record).map((event) => toLine(record.index, event, timeOf(record, event)))
      if (lines.length > 0) await handle.write(lines.join(''))
    }
    await handle.datasync()
  } finally {
    await handle.close()
  }
  await rename(fresh, path)
  await syncFolder(dirname(path))
  await syncFolder(destination)
  return appendTo(await open(path, 'a'))
}

function timeOf(record: ItemRecord, event: ItemEvent): number {
  if (event.kind === 'finished' || event.kind === 'failed' || event.kind === 'cancelled') return record.endedAtMs ?? 0
  return record.startedAtMs ?? 0
}

function toLine(item: number, event: ItemEvent, atMs: number): string {
  const line: JournalLine = { atMs, item, event }
  return `${JSON.stringify(line)}\n`
}

function appendTo(handle: FileHandle): Journal {
  let pending: { text: string; resolve: () => void; reject: (error: unknown) => void }[] = []
  let writing: Promise<void> | null = null
  // After a write that failed half-way (disk full) the next one begins on a line of its own; empty lines mean nothing.
  let prefix = ''

  async function writeAll(): Promise<void> {
    while (pending.length > 0) {
      const group = pending
      pending = []
      try {
        await handle.appendFile(prefix + group.map((entry) => entry.text).join(''))
        await handle.datasync()
        prefix = ''
        for (const entry of group) entry.resolve()
      } catch (error) {
        prefix = '\n'
        for (const entry of group) entry.reject(error)
      }
    }
    writing = null
  }

  return {
    append(item, event, atMs) {
      return new Promise((resolve, reject) => {
        pending.push({ text: toLine(item, event, atMs), resolve, reject })
        writing ??= writeAll()
      })
    },
    async close() {
      await writing
      await handle.close()
    },
  }
}
