// The batches of this workstation: making new ones, opening folders, and finding the run of each. The folder is the
// truth; the database only remembers where the folders are.
import { realpath } from 'node:fs/promises'
import { AppError } from '#contract/errors.ts'
import type { Batch, BatchOrder, BatchSummary } from '#contract/exports.ts'
import type { Servers } from '#core/servers/index.ts'
import type { Database } from '#core/storage/index.ts'
import { describeBatch, openBatchBook } from './batch-book.ts'
import type { BatchBook } from './batch-book.ts'
import { adoptServers, makeHeader } from './batch-header.ts'
import { claimDestination, fromDiskError, refuseLinks } from './destination.ts'
import type { EngineDeps } from './engine-deps.ts'
import { beginJournal, readJournal } from './journal.ts'
import { takeOwnership } from './owner.ts'
import type { Ownership } from './owner.ts'
import { checkOrder, describeClockTrouble } from './preflight.ts'
import { removeWorkingFiles, setAside } from './publish-item.ts'
import { applyEvent, newRecord, recoverState } from './record.ts'
import type { BatchHeader, ItemRecord } from './record.ts'
import { startBatchRun } from './run-batch.ts'
import type { BatchRun } from './run-batch.ts'
import { isTerminal } from './state.ts'
import { makeWorkFolder, sweepWorkFolders } from './work-folder.ts'

export interface Batches {
  /** Errors: invalid-input, already-exists (the folder is not empty), not-found (server), those of sign-in and disk. */
  start(order: BatchOrder, signal: AbortSignal): Promise<Batch>
  /** Opens a batch folder and goes on with all that is not done. Errors: not-found, already-exists (another program works on it). */
  open(destination: string, signal: AbortSignal): Promise<Batch>
  inspect(destination: string): Promise<BatchSummary>
  /** Those whose folders are there. */
  list(): Promise<Omit<Batch, 'items'>[]>
  /** Of a batch that runs, or as its folder tells it. Errors: not-found. */
  get(batchId: string): Promise<Batch>
  /** The run of a batch that is worked on here; null for any other. */
  activeRun(batchId: string): Promise<BatchRun | null>
  /** The run of a batch; an unfinished one that nobody works on is opened first. Null when it is over. */
  run(batchId: string, signal: AbortSignal): Promise<BatchRun | null>
  /** Queues what failed or was cancelled again, of these items or of all; a batch that is over is opened first. */
  retry(batchId: string, indexes: readonly number[] | undefined, signal: AbortSignal): Promise<void>
  wakeAll(): void
  close(): Promise<void>
}

interface OpenBatch {
  run: BatchRun
  /** Resolves when the run has ended and the folder is released. */
  left: Promise<void>
}

type Choose = (record: ItemRecord) => boolean

export function createBatches(deps: EngineDeps & { host: string }, servers: Servers, database: Database): Batches {
  const { ports } = deps
  const openBatches = new Map<string, OpenBatch>()

  /** `load` is called when the folder is ours: what it finds there nobody changes any more. */
  async function begin(
    destination: string,
    load: () => Promise<{ header: BatchHeader; records: ItemRecord[] }>,
    signal: AbortSignal,
  ): Promise<BatchRun> {
    await refuseLinks(destination)
    let run: BatchRun | null = null
    const token = ports.uuid()
    const ownership = await takeOwnership(
      destination,
      {
        host: deps.host,
        pid: process.pid,
        token,
        heartbeatMs: ports.deadlines.heartbeatMs,
        clock: ports.clock,
        isAlive: isProcessAlive,
        onLost: () => void run?.stop(),
      },
      signal,
    ).catch((error: unknown) => {
      throw fromDiskError(error, destination)
    })
    try {
      const { header, records } = await load()
      await removeLeftovers(destination, header, records)
      const workFolder = await makeWorkFolder(destination, token)
      const journal = await beginJournal(destination, header, records)
      const book = openBatchBook(destination, header, records, journal, {
        now: () => ports.clock.now(),
        onItem: deps.onItem,
      })
      run = startBatchRun(destination, workFolder, book, {
        ...deps,
        writeEvidence: async (...facts) => {
          if (ownership.isHeld()) await deps.writeEvidence(...facts)
        },
      })
      follow(destination, book, run, ownership)
      // Lost while the folder was read: nothing of it is ours any more.
      if (!ownership.isHeld()) await run.stop()
      return run
    } catch (error) {
      await release(ownership)
      throw fromDiskError(error, destination)
    }
  }

  /** A note that cannot be removed (read-only now) keeps nobody out for long: it stops beating. */
  async function release(ownership: Ownership): Promise<void> {
    await ownership.release().catch((error: unknown) => logTrouble('export.ownerLeft', error))
  }

  function logTrouble(event: string, error: unknown): void {
    ports.log({ level: 'warn', event, fields: { text: String(error) } })
  }

  function follow(destination: string, { header, records }: BatchBook, run: BatchRun, ownership: Ownership): void {
    const leave = async (): Promise<void> => {
      await run.ended
      if (ownership.isHeld()) await sweepWorkFolders(destination, records)
      await release(ownership)
      openBatches.delete(header.batchId)
      remember(destination, header, run.snapshot().state)
    }
    openBatches.set(header.batchId, { run, left: leave() })
    remember(destination, header, 'running')
  }

  /** Null when nobody here works on it; one that is ending is waited for. */
  async function activeRun(batchId: string): Promise<BatchRun | null> {
    for (;;) {
      const found = openBatches.get(batchId)
      if (!found) return null
      if (!found.run.isEnding()) return found.run
      await found.left
    }
  }

  /** `state` is the last that was seen here; the folder may have gone on elsewhere. The index can do without. */
  function remember(destination: string, header: BatchHeader, state: Batch['state']): void {
    const { batchId: id, name, createdAtMs } = header
    try {
      database.batches.save({ id, name, destination, createdAtMs, state, serverIds: Object.keys(header.servers) })
    } catch (error) {
      logTrouble('export.notIndexed', error)
    }
  }

  async function openFolder(destination: string, isRetried: Choose, signal: AbortSignal): Promise<BatchRun> {
    const { header } = await readJournal(destination)
    const active = await activeRun(header.batchId)
    if (!active) return begin(destination, () => loadFolder(destination, isRetried), signal)
    const there = active.snapshot().destination
    if (await isSameFolder(destination, there)) return active
    throw new AppError(
      'already-exists',
      `${destination} is a copy of ${there}, which is being exported right now. Nothing was changed; open the copy when that has ended.`,
      { details: { reason: 'copy-in-use', path: destination, other: there } },
    )
  }

  async function loadFolder(
    destination: string,
    isRetried: Choose,
  ): Promise<{ header: BatchHeader; records: ItemRecord[] }> {
    const { header, records, skippedLines } = await readJournal(destination)
    if (skippedLines > 0) ports.log({ level: 'warn', event: 'export.journal', fields: { skippedLines } })
    const recovered = records
      .map(recoverState)
      .map((record) => (isRetried(record) ? applyEvent(record, { kind: 'retried' }, 0) : record))
    const adopted = await adoptServers(header, servers)
    refuseMisread(adopted, recovered)
    return { header: adopted, records: recovered }
  }

  /** What is left is not fetched from a server that would give another hour. Errors: invalid-input. */
  function refuseMisread({ items }: BatchHeader, records: readonly ItemRecord[]): void {
    const left = records.filter(({ state }) => !isTerminal(state))
    const serverIds = new Set(left.flatMap(({ index }) => items[index]?.order.serverId ?? []))
    const troubles = [...serverIds].map((serverId) => describeClockTrouble(servers.describe(serverId)))
    const trouble = troubles.find((text) => text !== null)
    if (trouble) throw new AppError('invalid-input', trouble, { details: { problem: 'clock', item: null } })
  }

  function findDestination(batchId: string): string {
    const row = database.batches.get(batchId)
    if (!row) throw new AppError('not-found', 'This export is not in the list of this workstation. Open its folder.')
    return row.destination
  }

  async function get(batchId: string): Promise<Batch> {
    const active = openBatches.get(batchId)
    if (active) return active.run.snapshot()
    const destination = findDestination(batchId)
    const { header, records } = await readJournal(destination)
    return describeBatch(destination, header, records.map(recoverState))
  }

  return {
    get,
    activeRun,
    async start(order, signal) {
      const problem = checkOrder(order, { nowMs: ports.clock.now(), describe: servers.describe }).find(
        ({ level }) => level === 'error',
      )
      if (problem)
        throw new AppError('invalid-input', problem.message, {
          details: { problem: problem.code, item: problem.itemIndex },
        })
      const header = await makeHeader(order, servers, ports.uuid(), ports.clock.now(), signal)
      await claimDestination(order.destination)
      const load = async (): Promise<{ header: BatchHeader; records: ItemRecord[] }> => {
        // Another program may have begun and left a batch here since.
        await claimDestination(order.destination)
        return { header, records: header.items.map((_, index) => newRecord(index)) }
      }
      const run = await begin(order.destination, load, signal)
      return run.snapshot()
    },
    async open(destination, signal) {
      return (await openFolder(destination, hasFailed, signal)).snapshot()
    },
    async inspect(destination) {
      const { header, records } = await readJournal(destination)
      const finished = records.filter(({ state }) => state.kind === 'done').length
      const { batchId: id, name } = header
      return { id, name, destination, servers: header.servers, items: records.length, finished }
    },
    async list() {
      const summaries: Omit<Batch, 'items'>[] = []
      // One after the other: there may be thousands, and each is a whole journal.
      for (const { id } of database.batches.list()) {
        const batch = await get(id).catch(() => null)
        if (!batch) continue
        const { items: _, ...summary } = batch
        summaries.push(summary)
      }
      return summaries
    },
    async run(batchId, signal) {
      const active = await activeRun(batchId)
      if (active) return active
      const { state } = await get(batchId)
      const isOver = state !== 'running' && state !== 'paused'
      return isOver ? null : openFolder(findDestination(batchId), () => false, signal)
    },
    async retry(batchId, indexes, signal) {
      const active = await activeRun(batchId)
      if (active) return active.retry(indexes)
      const chosen = indexes && new Set(indexes)
      await openFolder(findDestination(batchId), ({ index }) => !chosen || chosen.has(index), signal)
    },
    wakeAll() {
      for (const { run } of openBatches.values()) run.wake()
    },
    async close() {
      const closeOne = async ({ run, left }: OpenBatch): Promise<void> => {
        await run.stop()
        await left
      }
      await Promise.all([...openBatches.values()].map(closeOne))
    },
  }
}

/** What failed is tried again when a batch is opened. */
function hasFailed({ state }: ItemRecord): boolean {
  return state.kind === 'failed'
}

/** What a kill left: ffmpeg's work, and working files of an item that is over (between the last rename and the tidying). */
async function removeLeftovers(
  destination: string,
  header: BatchHeader,
  records: readonly ItemRecord[],
): Promise<void> {
  await sweepWorkFolders(destination, records)
  for (const { index, state, suspects } of records) {
    const stem = header.items[index]?.stem
    const isOver = state.kind === 'done' || state.kind === 'cancelled'
    if (stem === undefined) continue
    const suspect = suspects.at(-1)
    if (suspect) await setAside(destination, stem, suspect)
    if (isOver) await removeWorkingFiles(destination, stem)
  }
}

async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => realpath(path).catch(() => path)))
  return first === second
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
