// The batches of this workstation: making new ones, opening folders, and finding the run of each. The folder is the
// truth; the database only remembers where the folders are.
import { basename } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { Batch, BatchOrder, BatchSummary } from '#contract/exports.ts'
import type { ServerInput } from '#contract/servers.ts'
import type { Servers } from '#core/servers/index.ts'
import type { Database } from '#core/storage/index.ts'
import { describeBatch, openBatchBook } from './batch-book.ts'
import type { BatchBook } from './batch-book.ts'
import { claimDestination } from './destination.ts'
import type { EngineDeps } from './engine-deps.ts'
import { beginJournal, readJournal } from './journal.ts'
import { buildStems } from './order/index.ts'
import { takeOwnership } from './owner.ts'
import type { Ownership } from './owner.ts'
import { checkOrder } from './preflight.ts'
import { removeWorkingFiles } from './publish-item.ts'
import { applyEvent, newRecord, recoverState } from './record.ts'
import type { BatchHeader, ItemRecord } from './record.ts'
import { startBatchRun } from './run-batch.ts'
import type { BatchRun } from './run-batch.ts'
import { makeWorkFolder, sweepWorkFolders } from './work-folder.ts'

export interface Batches {
  /** Errors: invalid-input, already-exists (the folder is not empty), not-found (server), those of sign-in and disk. */
  start(order: BatchOrder, signal: AbortSignal): Promise<Batch>
  /** Opens a batch folder and goes on with all that is not done. Errors: not-found, already-exists (another program works on it). */
  open(destination: string, signal: AbortSignal): Promise<Batch>
  inspect(destination: string): Promise<BatchSummary>
  list(): Omit<Batch, 'items'>[] | Promise<Omit<Batch, 'items'>[]>
  /** Of a batch that runs, or as its folder tells it. Errors: not-found. */
  get(batchId: string): Promise<Batch>
  /** The run of a batch; a batch that has ended is opened again first. */
  run(batchId: string, signal: AbortSignal): Promise<BatchRun>
  wakeAll(): void
  close(): Promise<void>
}

export function createBatches(deps: EngineDeps & { host: string }, servers: Servers, database: Database): Batches {
  const { ports } = deps
  const runs = new Map<string, BatchRun>()

  /** `load` is called when the folder is ours: what it finds there nobody changes any more. */
  async function begin(
    destination: string,
    load: () => Promise<{ header: BatchHeader; records: ItemRecord[] }>,
    signal: AbortSignal,
  ): Promise<BatchRun> {
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
    )
    try {
      const { header, records } = await load()
      await removeLeftovers(destination, header, records)
      const workFolder = await makeWorkFolder(destination, token)
      const journal = await beginJournal(destination, header, records)
      const book = openBatchBook(destination, header, records, journal, {
        now: () => ports.clock.now(),
        onItem: deps.onItem,
      })
      run = startBatchRun(destination, workFolder, book, deps)
      follow(destination, book, run, ownership)
      return run
    } catch (error) {
      await ownership.release()
      throw error
    }
  }

  function follow(destination: string, { header, records }: BatchBook, run: BatchRun, ownership: Ownership): void {
    runs.set(header.batchId, run)
    remember(destination, header, 'running')
    void run.ended.then(async () => {
      runs.delete(header.batchId)
      remember(destination, header, run.snapshot().state)
      await sweepWorkFolders(destination, records)
      await ownership.release()
    })
  }

  /** `state` is the last that was seen here; the folder may have gone on elsewhere. */
  function remember(destination: string, header: BatchHeader, state: Batch['state']): void {
    const { batchId: id, name, createdAtMs } = header
    database.batches.save({ id, name, destination, createdAtMs, state, serverIds: Object.keys(header.servers) })
  }

  async function openFolder(destination: string, signal: AbortSignal): Promise<BatchRun> {
    const { header } = await readJournal(destination)
    return runs.get(header.batchId) ?? begin(destination, () => loadFolder(destination), signal)
  }

  async function loadFolder(destination: string): Promise<{ header: BatchHeader; records: ItemRecord[] }> {
    const { header, records, skippedLines } = await readJournal(destination)
    if (skippedLines > 0) ports.log({ level: 'warn', event: 'export.journal', fields: { skippedLines } })
    return { header: await adoptServers(header, servers), records: records.map(recoverState).map(retryFailed) }
  }

  function findDestination(batchId: string): string {
    const row = database.batches.get(batchId)
    if (!row) throw new AppError('not-found', 'This export is not in the list of this workstation. Open its folder.')
    return row.destination
  }

  async function get(batchId: string): Promise<Batch> {
    const active = runs.get(batchId)
    if (active) return active.snapshot()
    const destination = findDestination(batchId)
    const { header, records } = await readJournal(destination)
    return describeBatch(destination, header, records.map(recoverState))
  }

  return {
    get,
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
      return (await openFolder(destination, signal)).snapshot()
    },
    async inspect(destination) {
      const { header, records } = await readJournal(destination)
      const finished = records.filter(({ state }) => state.kind === 'done').length
      const { batchId: id, name } = header
      return { id, name, destination, servers: header.servers, items: records.length, finished }
    },
    async list() {
      const rows = database.batches.list()
      const found = await Promise.all(rows.map((row) => get(row.id).catch(() => null)))
      return found.flatMap((batch) => {
        if (!batch) return []
        const { items: _, ...summary } = batch
        return [summary]
      })
    },
    async run(batchId, signal) {
      return runs.get(batchId) ?? openFolder(findDestination(batchId), signal)
    },
    wakeAll() {
      for (const run of runs.values()) run.wake()
    },
    async close() {
      await Promise.all([...runs.values()].map((run) => run.stop()))
    },
  }
}

/** Asks each server once for the names of its cameras, and gives every item the stem of its files. */
async function makeHeader(
  order: BatchOrder,
  servers: Servers,
  batchId: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<BatchHeader> {
  const serverIds = [...new Set(order.items.map((item) => item.serverId))]
  const names = new Map<string, { cameraName: string; placeName: string | null }>()
  for (const serverId of serverIds) {
    const ids = [...new Set(order.items.filter((item) => item.serverId === serverId).map((item) => item.cameraId))]
    const found = await servers.open(serverId).findCameras(ids, { signal })
    if (found !== 'not-allowed')
      for (const { id, name, placeName } of found) names.set(`${serverId} ${id}`, { cameraName: name, placeName })
  }
  const items = order.items.map((item) => ({
    order: item,
    ...(names.get(`${item.serverId} ${item.cameraId}`) ?? { cameraName: `camera ${item.cameraId}`, placeName: null }),
  }))
  const stems = buildStems(
    items.map(({ order: { serverId, label, range }, cameraName, placeName }) => ({
      server: servers.describe(serverId).name,
      place: placeName,
      camera: cameraName,
      label,
      fromMs: range.fromMs,
      toMs: range.toMs,
    })),
    order.options.nameTemplate,
    order.options.zone,
  )
  return {
    version: 1,
    batchId,
    name: order.name ?? basename(order.destination),
    createdAtMs: nowMs,
    options: order.options,
    case: order.case ?? null,
    servers: Object.fromEntries(serverIds.map((serverId) => [serverId, toServerInput(servers.describe(serverId))])),
    items: items.map((item, index) => ({ ...item, stem: stems[index]! })),
  }
}

function toServerInput({ name, dialect, url, trusted, settings }: ReturnType<Servers['describe']>): ServerInput {
  return { name, dialect, url, trusted, settings }
}

/** A folder carried here from another workstation names servers by that one's ids: they are saved here and renamed. */
async function adoptServers(header: BatchHeader, servers: Servers): Promise<BatchHeader> {
  const localIds = new Map<string, string>()
  for (const [foreignId, input] of Object.entries(header.servers))
    localIds.set(foreignId, (await servers.adopt(input)).id)
  const toLocal = (serverId: string): string => localIds.get(serverId) ?? serverId
  return {
    ...header,
    servers: Object.fromEntries(Object.entries(header.servers).map(([serverId, input]) => [toLocal(serverId), input])),
    items: header.items.map((item) => ({ ...item, order: { ...item.order, serverId: toLocal(item.order.serverId) } })),
  }
}

/** What failed is tried again when a batch is opened. */
function retryFailed(record: ItemRecord): ItemRecord {
  return record.state.kind === 'failed' ? applyEvent(record, { kind: 'retried' }, 0) : record
}

/** What a kill left: ffmpeg's work, and working files of an item that is over (between the last rename and the tidying). */
async function removeLeftovers(
  destination: string,
  header: BatchHeader,
  records: readonly ItemRecord[],
): Promise<void> {
  await sweepWorkFolders(destination, records)
  for (const { index, state } of records) {
    const stem = header.items[index]?.stem
    const isOver = state.kind === 'done' || state.kind === 'cancelled'
    if (stem !== undefined && isOver) await removeWorkingFiles(destination, stem)
  }
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
