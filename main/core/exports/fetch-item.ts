// Fetches the archive of one item into its .part: orders links, attempts, waits, and goes on where it was. Knows neither
// states nor slots; what must be remembered it says as journal events.
import { lstat } from 'node:fs/promises'
import { AppError, toErrorValue } from '#contract/errors.ts'
import type { ErrorValue } from '#contract/errors.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import type { Breaker } from '#core/http/index.ts'
import type { Ports } from '#core/ports.ts'
import type { ArchiveLink } from '#core/servers/index.ts'
import { decideAfterFetch, noTries } from './decide.ts'
import type { Tries } from './decide.ts'
import type { Fetcher, FetchEvent, FetchOutcome } from './fetch/index.ts'
import type { ItemEvent, ItemRecord, Part } from './record.ts'

/** What outlives an attempt but not the program: the link is a secret and never written down. */
export interface FetchMemory {
  link: ArchiveLink | null
  /** Of the link that was refused last: told again, it is no new one. */
  expiredUrl: string | null
  tries: Tries
  /** The server promised ranges and sent the whole file: from then on its bytes are one stream that begins at 0. */
  isStream: boolean
}

export function newFetchMemory(): FetchMemory {
  return { link: null, expiredUrl: null, tries: noTries, isStream: false }
}

export interface FetchItemContext {
  ports: Pick<Ports, 'clock' | 'random' | 'deadlines' | 'log'>
  fetcher: Fetcher
  /** Of the media hosts, shared by all items: one that is down is not asked by each of them again and again. */
  breaker: Breaker
  /** Absolute path of the .part. */
  partPath: string
  memory: FetchMemory
  signal: AbortSignal
  /** True when the API server itself is on this machine or link (then its media may be, too). */
  isLocalAllowed: boolean
  trusted(): readonly TrustedCertificate[]
  record(): ItemRecord
  emit(event: ItemEvent): Promise<void>
  /** Another address than `expiredUrl`, where the server can give one. */
  orderLink(expiredUrl: string | null): Promise<ArchiveLink>
  onProgress(progress: { bytes: number; totalBytes: number | null; bytesPerSecond: number; isPreparing: boolean }): void
}

export type FetchItemOutcome =
  { kind: 'fetched' } | { kind: 'retry'; retryAtMs: number; error: ErrorValue } | { kind: 'failed'; error: ErrorValue }

/** A wait up to this long is sat out in the item's slot; a longer one gives the slot to another item. */
const longestHeldWaitMs = 2_000

/**
 * Ends with every byte on the disk and journaled, or with when to come back, or with why not. Errors: those of
 * `orderLink`, of the disk, cancelled.
 */
export async function fetchItem(context: FetchItemContext): Promise<FetchItemOutcome> {
  const { memory, ports, signal } = context
  if (context.record().fetched) {
    if (await isOnDisk(context, context.record().fetched?.sizeBytes ?? 0)) return { kind: 'fetched' }
    await context.emit({ kind: 'startedOver', reason: 'the fetched file is gone' })
  }
  if (!(await isOnDisk(context, extentOf(context.record().part))))
    await context.emit({ kind: 'startedOver', reason: 'the part is gone' })
  for (;;) {
    signal.throwIfAborted()
    memory.link ??= await context.orderLink(memory.expiredUrl)
    await context.emit({ kind: 'started', step: 'fetching' })
    const outcome = await attemptUnlessResting(context, memory.link)
    const decision = decideAfterFetch({
      outcome,
      tries: memory.tries,
      isResumable: context.record().part.validator !== null,
      nowMs: ports.clock.now(),
      random: ports.random(),
      deadlines: ports.deadlines,
    })
    if (decision.kind === 'fail') return { kind: 'failed', error: decision.error }
    if (decision.kind === 'complete') {
      const { sizeBytes, sha256, isEndProven } = decision
      await context.emit({ kind: 'fetched', sizeBytes, sha256, isEndProven })
      return { kind: 'fetched' }
    }
    memory.tries = decision.tries
    if (outcome.kind === 'not-resumable') memory.isStream = true
    if (decision.newLink) {
      memory.expiredUrl = memory.link.url
      memory.link = null
    }
    if (decision.startOver !== null) await context.emit({ kind: 'startedOver', reason: decision.startOver })
    ports.log({
      level: 'info',
      event: 'export.fetchAgain',
      fields: {
        outcome: outcome.kind,
        delayMs: decision.delayMs,
        newLink: decision.newLink,
        startOver: decision.startOver,
      },
    })
    const delayMs = Math.max(decision.delayMs, restOf(decision.error) - ports.clock.now())
    if (delayMs > longestHeldWaitMs)
      return { kind: 'retry', retryAtMs: ports.clock.now() + delayMs, error: decision.error }
    if (delayMs > 0) await ports.clock.sleep(delayMs, signal)
  }
}

/** Until when the host is left alone, where the error says so. */
function restOf(error: ErrorValue): number {
  const retryAtMs = error.details?.['retryAtMs']
  return typeof retryAtMs === 'number' ? retryAtMs : 0
}

function extentOf(part: Part): number {
  return Math.max(0, ...part.finished.map((range) => range.end))
}

async function isOnDisk(context: FetchItemContext, sizeBytes: number): Promise<boolean> {
  if (sizeBytes === 0) return true
  const facts = await lstat(context.partPath).catch(() => null)
  return facts !== null && facts.isFile() && facts.size >= sizeBytes
}

/** A host that is given a rest counts as a failed attempt, without asking it. */
async function attemptUnlessResting(context: FetchItemContext, link: ArchiveLink): Promise<FetchOutcome> {
  const { breaker } = context
  const { origin } = new URL(link.url)
  try {
    breaker.enter(origin)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { kind: 'cut', error: toErrorValue(error), newBytes: 0 }
  }
  const outcome = await attempt(context, link).catch((error: unknown) => {
    breaker.leave(origin)
    throw error
  })
  const isDown = outcome.kind === 'cut' && outcome.newBytes === 0
  if (isDown || (outcome.kind === 'server-error' && outcome.status > 500)) breaker.fail(origin, null)
  else breaker.succeed(origin)
  return outcome
}

async function attempt(context: FetchItemContext, link: ArchiveLink) {
  const { part } = context.record()
  const isContinued = part.validator !== null && part.totalBytes !== null && part.finished.length > 0
  let totalBytes = part.totalBytes
  let bytes = part.finished.reduce((sum, range) => sum + range.end - range.start, 0)
  context.onProgress({ bytes, totalBytes, bytesPerSecond: 0, isPreparing: true })

  function onEvent(event: FetchEvent): void {
    if (event.kind === 'head') {
      totalBytes = event.totalBytes
      // A stream has no validator: what an attempt before it noted must not vouch for these bytes.
      const validator = event.isResumable && !context.memory.isStream ? event.validator : null
      remember({ kind: 'described', validator, totalBytes: event.totalBytes })
    } else if (event.kind === 'flushed') {
      if (context.record().part.validator !== null) remember({ kind: 'flushed', finished: event.finished })
    } else {
      bytes = event.bytes
      context.onProgress({ bytes, totalBytes, bytesPerSecond: event.bytesPerSecond, isPreparing: false })
    }
  }

  // A journal that cannot be written stops the whole batch (see run-batch), which aborts this attempt.
  function remember(event: ItemEvent): void {
    const same =
      event.kind === 'described' && JSON.stringify(event.validator) === JSON.stringify(context.record().part.validator)
    if (!same) context.emit(event).catch(() => undefined)
  }

  return context.fetcher.fetch(
    {
      url: link.url,
      file: context.partPath,
      resume: isContinued
        ? { validator: part.validator!, totalBytes: part.totalBytes!, finished: [...part.finished] }
        : null,
      trusted: [...context.trusted()],
      isLocalAllowed: context.isLocalAllowed,
      deadlines: context.ports.deadlines,
      maxConnections: 2,
      bytesPerSecond: null,
    },
    { signal: context.signal, onEvent },
  )
}
