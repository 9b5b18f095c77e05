// The life of one item from order to finished files: ordering → fetching → assembling → verifying → published. Returns
// when it is done, failed, or when to come back; the queue around it is run-batch.
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { ErrorValue } from '#contract/errors.ts'
import type { ExportOptions, ItemOrder } from '#contract/exports.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import { isLocalHost } from '#core/network/index.ts'
import type { Breaker } from '#core/http/index.ts'
import type { Ports } from '#core/ports.ts'
import type { ArchiveLink, VideoServer } from '#core/servers/index.ts'
import { backoffMs, limits } from './decide.ts'
import { fetchItem } from './fetch-item.ts'
import type { FetchItemOutcome, FetchMemory } from './fetch-item.ts'
import type { Fetcher } from './fetch/index.ts'
import { finishItem } from './finish-item.ts'
import type { Turnstile } from './turnstile.ts'
import { publishItem, workingFiles } from './publish-item.ts'
import type { ItemProgress } from './publisher.ts'
import type { BatchHeader, ItemEvent, ItemRecord } from './record.ts'

export interface ItemContext {
  ports: Pick<Ports, 'clock' | 'random' | 'deadlines' | 'log' | 'childEnvironment'>
  destination: string
  /** Of this run of the batch, relative to the destination. */
  workFolder: string
  item: BatchHeader['items'][number]
  options: ExportOptions
  server: VideoServer
  trusted(): readonly TrustedCertificate[]
  fetcher: Fetcher
  breaker: Breaker
  /** Errors: tool-missing. */
  locateFfmpeg(): Promise<{ path: string }>
  /** Of the item's server: one order at a time. */
  turnstile: Turnstile
  memory: ItemMemory
  signal: AbortSignal
  record(): ItemRecord
  emit(event: ItemEvent): Promise<void>
  onProgress(progress: Partial<ItemProgress>): void
}

/** What outlives a run of the item but not the program. */
export interface ItemMemory {
  fetch: FetchMemory
  /** Orders in a row that met an unreachable or busy server. */
  failedOrders: number
}

export type ItemOutcome = { kind: 'done' } | Exclude<FetchItemOutcome, { kind: 'fetched' }>

/** Codes after which an order is tried again later; the API may be restarting. */
const passing: ReadonlySet<string> = new Set(['unreachable', 'timed-out', 'rate-limited'])
const mostFailedOrders = 10

/** Errors: an AppError that ends the item (or, for disk trouble, pauses its batch); cancelled when aborted. */
export async function runItem(context: ItemContext): Promise<ItemOutcome> {
  if (context.record().publishing) {
    await context.emit({ kind: 'started', step: 'verifying' })
    if (await publish(context)) return { kind: 'done' }
    await context.emit({ kind: 'startedOver', reason: 'a finished file is gone' })
  }
  const fetched = await fetchWithOrders(context)
  if (fetched.kind !== 'fetched') return fetched
  const finished = await finishItem(context)
  if (finished.kind === 'failed') return finished
  if (await publish(context)) return { kind: 'done' }
  throw new AppError(
    'not-found',
    'A file of this item vanished while it was put in its place. Retry fetches it again.',
    { details: { reason: 'vanished' } },
  )
}

function publish(context: ItemContext): Promise<boolean> {
  const { destination, record, emit } = context
  return publishItem({ destination, stem: context.item.stem, record, emit })
}

async function fetchWithOrders(context: ItemContext): Promise<FetchItemOutcome> {
  const { ports, memory, server, signal } = context
  try {
    if (!context.record().fetched) await learnCoverage(context)
    const outcome = await fetchItem({
      ports,
      fetcher: context.fetcher,
      breaker: context.breaker,
      partPath: join(context.destination, workingFiles(context.item.stem).part),
      memory: memory.fetch,
      signal,
      isLocalAllowed: await isLocalHost(new URL(server.origin).hostname),
      trusted: context.trusted,
      record: context.record,
      emit: context.emit,
      orderLink: (expiredUrl) => orderLink(context, expiredUrl),
      onProgress: context.onProgress,
    })
    memory.failedOrders = 0
    return outcome
  } catch (error) {
    if (signal.aborted || !(error instanceof AppError) || !passing.has(error.code)) throw error
    memory.failedOrders += wasAsked(error) ? 1 : 0
    if (memory.failedOrders > mostFailuresOf(error)) throw error
    return { kind: 'retry', retryAtMs: retryAtOf(context, error), error: { code: error.code, message: error.message } }
  }
}

/** False where the host is only given a rest: then there is a time to come back, but no answer. */
function wasAsked({ details }: AppError): boolean {
  return details['retryAtMs'] === undefined || details['status'] !== undefined
}

/** A server that says itself when to come back (429, 503) is believed more often than one that is silent. */
function mostFailuresOf({ details }: AppError): number {
  return typeof details['retryAtMs'] === 'number' ? limits.busy : mostFailedOrders
}

function retryAtOf({ ports, memory }: ItemContext, error: AppError): number {
  const asked = error.details['retryAtMs']
  const nowMs = ports.clock.now()
  if (typeof asked === 'number') return Math.min(asked, nowMs + ports.deadlines.retryAfterMaxMs)
  return nowMs + backoffMs({ random: ports.random(), deadlines: ports.deadlines }, memory.failedOrders)
}

/** Asks once what is recorded of the range. A server that may not or cannot tell is no obstacle: then nothing is known. */
async function learnCoverage(context: ItemContext): Promise<void> {
  if (context.record().coverage) return
  await context.emit({ kind: 'started', step: 'ordering' })
  const { cameraId, range }: ItemOrder = context.item.order
  const coverage = await context.server
    .coverage(cameraId, range, { signal: context.signal })
    .catch((error: unknown) => {
      const isSilent = error instanceof AppError && ['forbidden', 'bad-reply', 'invalid-input'].includes(error.code)
      if (!isSilent) throw error
      return { kind: 'unknown' as const }
    })
  const intervals = coverage.kind === 'known' ? coverage.intervals : null
  if (intervals?.length === 0)
    throw new AppError('not-found', 'The server has nothing recorded in this range. Choose another range or camera.', {
      details: { reason: 'nothing-recorded' },
    })
  await context.emit({ kind: 'covered', intervals })
}

async function orderLink(context: ItemContext, expiredUrl: string | null): Promise<ArchiveLink> {
  const { signal, record, emit } = context
  await emit({ kind: 'started', step: 'ordering' })
  context.onProgress({ isPreparing: false, fraction: null })
  const leave = await context.turnstile.enter(signal)
  try {
    const told = await placeOrder(context, record().clipId, leave)
    // A clip made before may have one address for ever; when that has expired, only another clip has another one.
    const isStale = told.clipId !== null && told.url === expiredUrl
    const link = isStale ? await placeOrder(context, null, leave) : told
    const { orderedAtMs, clipId, statedRange } = link
    await emit({ kind: 'ordered', orderedAtMs, clipId, statedRange, linkOrigin: new URL(link.url).origin })
    return link
  } finally {
    leave()
  }
}

/** `leave` is called as soon as the order is placed: the next item may place its own while this clip is made. */
function placeOrder(context: ItemContext, clipId: string | null, leave: () => void): Promise<ArchiveLink> {
  const { item, server, signal, emit } = context
  const { cameraId, range, stream } = item.order
  return server.orderArchive(
    { cameraId, range, stream, clipId },
    {
      signal,
      onProgress: (fraction) => context.onProgress({ fraction }),
      onClip: async (newClipId) => {
        leave()
        await emit({ kind: 'clip', clipId: newClipId })
      },
    },
  )
}

/** The error of an item in the journal's form; what is not expected is a bug and reads so. */
export function toItemError(error: unknown, log: Ports['log']): ErrorValue {
  if (error instanceof AppError) return { code: error.code, message: error.message, details: error.details }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log({ level: 'error', event: 'export.bug', fields: { text } })
  return {
    code: 'internal',
    message: 'Something went wrong in Watchroom itself; the other items go on. The log has the details.',
  }
}
