// What can be known to go wrong before anything is fetched. Finds, explains and changes nothing.
import { readdir, stat } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { BatchOrder, ItemOrder, Problem } from '#contract/exports.ts'
import type { Server } from '#contract/servers.ts'
import type { VideoServer } from '#core/servers/index.ts'
import { freeBytesOf, isUnbegun } from './destination.ts'
import { parseZone, validateTemplate } from './order/index.ts'

export interface PreflightDeps {
  nowMs: number
  /** Errors: not-found. */
  describe(serverId: string): Server
  open(serverId: string): VideoServer
  /** Errors: tool-missing. Nothing is fetched that could not be verified afterwards. */
  locateFfmpeg(): Promise<unknown>
}

/** A rate to guess sizes with before the first answer: a usual main stream. */
const usualBitsPerSecond = 2_000_000
/** Coverage is asked item by item; beyond this many the items find out themselves. */
const mostCoverageQuestions = 200
const questionsAtOnce = 4

/** Pure part: the order itself, without asking anyone. */
export function checkOrder(order: BatchOrder, deps: Pick<PreflightDeps, 'nowMs' | 'describe'>): Problem[] {
  const problems: Problem[] = []
  const refusal = (check: () => unknown): string | null => {
    try {
      check()
      return null
    } catch (error) {
      if (error instanceof AppError) return error.message
      throw error
    }
  }
  const whole = (code: string, message: string | null): void => {
    if (message !== null) problems.push({ level: 'error', itemIndex: null, code, message })
  }
  whole(
    'template',
    refusal(() => validateTemplate(order.options.nameTemplate)),
  )
  whole(
    'zone',
    refusal(() => parseZone(order.options.zone)),
  )
  if (!isAbsolute(order.destination)) whole('destination', `The destination must be a whole path: ${order.destination}`)
  for (const serverId of new Set(order.items.map((item) => item.serverId))) {
    whole(
      'server',
      refusal(() => deps.describe(serverId)),
    )
    if (refusal(() => deps.describe(serverId)) === null) whole('clock', describeClockTrouble(deps.describe(serverId)))
  }
  return [...problems, ...checkItems(order.items, deps.nowMs)]
}

/** Null unless the server is known to read our times in another zone. */
export function describeClockTrouble(server: Server): string | null {
  if (server.clockCheck !== 'misread') return null
  return `${server.name} reads our times in another zone: it would export the wrong hour. Set the zone of this server, then check its clock again.`
}

function checkItems(items: readonly ItemOrder[], nowMs: number): Problem[] {
  const problems: Problem[] = []
  const seen = new Map<string, number>()
  items.forEach((item, itemIndex) => {
    const { fromMs, toMs } = item.range
    if (fromMs >= nowMs)
      problems.push({
        level: 'error',
        itemIndex,
        code: 'future',
        message: `Item ${itemIndex} lies in the future: nothing is recorded there yet.`,
      })
    else if (toMs > nowMs)
      problems.push({
        level: 'warning',
        itemIndex,
        code: 'future',
        message: `Item ${itemIndex} ends in the future: its end will be missing.`,
      })
    const key = `${item.serverId} ${item.cameraId} ${item.stream} ${fromMs} ${toMs}`
    const first = seen.get(key)
    if (first === undefined) seen.set(key, itemIndex)
    else
      problems.push({
        level: 'warning',
        itemIndex,
        code: 'duplicate',
        message: `Item ${itemIndex} is the same as item ${first}.`,
      })
  })
  return problems
}

/** Everything: the order, the destination, and what the servers say of cameras and coverage. Errors: cancelled. */
export async function preflight(order: BatchOrder, deps: PreflightDeps, signal: AbortSignal): Promise<Problem[]> {
  const problems = checkOrder(order, deps)
  problems.push(...(await checkDestination(order)), ...(await checkTools(deps)))
  if (problems.some((problem) => problem.code === 'server')) return problems
  for (const serverId of new Set(order.items.map((item) => item.serverId)))
    problems.push(...(await checkCameras(order.items, deps.open(serverId), signal)))
  problems.push(...(await checkCoverage(order.items, deps, signal)))
  return problems
}

async function checkTools(deps: PreflightDeps): Promise<Problem[]> {
  try {
    await deps.locateFfmpeg()
    return []
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return [{ level: 'error', itemIndex: null, code: error.code, message: error.message }]
  }
}

async function checkDestination(order: BatchOrder): Promise<Problem[]> {
  const entries = await readdir(order.destination).catch(() => [])
  if (!isUnbegun(order.destination, entries))
    return [
      {
        level: 'error',
        itemIndex: null,
        code: 'already-exists',
        message: `${order.destination} is not empty. Choose another folder, or resume the export that is in it.`,
      },
    ]
  const freeBytes = await freeBytesOf(await nearestFolder(order.destination))
  const seconds = order.items.reduce((sum, item) => sum + (item.range.toMs - item.range.fromMs) / 1000, 0)
  const guessedBytes = (seconds * usualBitsPerSecond) / 8
  if (freeBytes === null || freeBytes >= guessedBytes) return []
  const [wanted, free] = [guessedBytes, freeBytes].map(describeSize)
  return [
    {
      level: 'warning',
      itemIndex: null,
      code: 'disk-full',
      message: `This may need about ${wanted}, and ${free} are free.`,
    },
  ]
}

function describeSize(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}

async function nearestFolder(path: string): Promise<string> {
  const facts = await stat(path).catch(() => null)
  const parent = dirname(path)
  return facts?.isDirectory() || parent === path ? path : nearestFolder(parent)
}

async function checkCameras(items: readonly ItemOrder[], server: VideoServer, signal: AbortSignal): Promise<Problem[]> {
  const mine = items.flatMap((item, itemIndex) => (item.serverId === server.serverId ? [{ item, itemIndex }] : []))
  const found = await server.findCameras([...new Set(mine.map(({ item }) => item.cameraId))], { signal })
  if (found === 'not-allowed') return []
  const known = new Set(found.map((camera) => camera.id))
  return mine
    .filter(({ item }) => !known.has(item.cameraId))
    .map(({ item, itemIndex }) => ({
      level: 'warning' as const,
      itemIndex,
      code: 'camera',
      message: `The server does not know camera ${item.cameraId} (item ${itemIndex}), or this account may not see it.`,
    }))
}

async function checkCoverage(
  items: readonly ItemOrder[],
  deps: PreflightDeps,
  signal: AbortSignal,
): Promise<Problem[]> {
  const problems: Problem[] = []
  const asked = items.slice(0, mostCoverageQuestions).map((item, itemIndex) => ({ item, itemIndex }))
  const askNext = async (): Promise<void> => {
    for (let next = asked.shift(); next; next = asked.shift()) {
      const { item, itemIndex } = next
      const coverage = await deps
        .open(item.serverId)
        .coverage(item.cameraId, item.range, { signal })
        .catch((error: unknown) => {
          // What the server does not tell now the item will meet itself, with its retries.
          if (error instanceof AppError && !signal.aborted) return { kind: 'unknown' as const }
          throw error
        })
      if (coverage.kind === 'known' && coverage.intervals.length === 0)
        problems.push({
          level: 'warning',
          itemIndex,
          code: 'coverage',
          message: `Nothing is recorded in the range of item ${itemIndex}.`,
        })
    }
  }
  await Promise.all(Array.from({ length: questionsAtOnce }, askNext))
  return problems.sort((a, b) => (a.itemIndex ?? 0) - (b.itemIndex ?? 0))
}
