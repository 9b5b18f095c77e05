// From the facts of a batch to its manifest. Pure: the clock is an input, and nothing secret passes, even by mistake.
import { toErrorValue, AppError } from '#contract/errors.ts'
import type { CaseRecord, ExportOptions, FinishedFile, ItemOrder, ItemState } from '#contract/exports.ts'
import type { Dialect, Server } from '#contract/servers.ts'
import { formatLocal } from '../order/index.ts'
import type { Manifest, ManifestItem } from './manifest.ts'

interface Span {
  fromMs: number
  toMs: number
}

export interface ServerFacts {
  id: string
  name: string
  dialect: Dialect
  url: string
  account: string | null
  clockOffsetMs: number | null
  clockCheck: Server['clockCheck']
  zone: string
}

export interface ItemFacts {
  index: number
  order: ItemOrder
  cameraName: string
  placeName: string | null
  state: ItemState
  startedAtMs: number | null
  endedAtMs: number | null
  /** What the server said is recorded; null: it does not tell, or was not asked. */
  coverage: readonly Span[] | null
  /** A whole link may be passed as origin: only its origin is written. */
  link: { origin: string; orderedAtMs: number; orders: number; clipId: string | null; statedRange: Span | null } | null
  validator: { kind: 'etag' | 'last-modified'; value: string } | null
  fetched: { sizeBytes: number; sha256: string } | null
  codecs: readonly string[]
  command: readonly string[] | null
  /** Everything of this item that lies in the folder, `.suspect` too. */
  files: readonly FinishedFile[]
}

export interface BatchFacts {
  product: { name: string; version: string }
  /** When the manifest is written. */
  atMs: number
  batch: { id: string; name: string; createdAtMs: number }
  case: CaseRecord | null
  options: ExportOptions
  identity: { user: string; workstation: string }
  servers: readonly ServerFacts[]
  tools: readonly { name: string; version: string }[]
  items: readonly ItemFacts[]
}

/** Keys in a fixed order, lists sorted: equal facts give an equal manifest. Errors: invalid-input for an unknown zone. */
export function buildManifest(facts: BatchFacts): Manifest {
  const { zone } = facts.options
  const { number, exhibit, requester, legalBasis, note } = facts.case ?? {}
  return {
    format: 'watchroom-manifest',
    version: 1,
    product: { name: facts.product.name, version: facts.product.version },
    writtenAt: writeMoment(facts.atMs, zone),
    batch: {
      id: facts.batch.id,
      name: facts.batch.name,
      createdAt: writeMoment(facts.batch.createdAtMs, zone),
      zone,
    },
    case: facts.case === null ? null : dropUndefined({ number, exhibit, requester, legalBasis, note }),
    operator: { osUser: facts.identity.user, workstation: facts.identity.workstation },
    options: copyOptions(facts.options),
    servers: sortBy(facts.servers, (server) => server.id).map(copyServer),
    tools: sortBy(facts.tools, (tool) => tool.name).map(({ name, version }) => ({ name, version })),
    items: [...facts.items].sort((a, b) => a.index - b.index).map((item) => buildItem(item, zone)),
  }
}

function buildItem(item: ItemFacts, zone: string): ManifestItem {
  const { order, state, link } = item
  const result = state.kind === 'done' ? state.result : null
  const toSpan = (span: Span): ManifestItem['asked'] => writeSpan(span, zone)
  return {
    index: item.index,
    state: state.kind === 'done' || state.kind === 'failed' || state.kind === 'cancelled' ? state.kind : 'unfinished',
    error: errorOf(state),
    server: order.serverId,
    camera: { id: order.cameraId, name: item.cameraName, place: item.placeName },
    stream: order.stream,
    label: order.label ?? null,
    asked: toSpan(order.range),
    startedAt: item.startedAtMs === null ? null : writeMoment(item.startedAtMs, zone),
    endedAt: item.endedAtMs === null ? null : writeMoment(item.endedAtMs, zone),
    coverage: {
      kind: item.coverage === null ? 'unknown' : 'known',
      intervals: sortSpans(item.coverage ?? []).map(toSpan),
    },
    gaps: sortSpans(result?.gaps ?? []).map((gap) => ({ ...toSpan(gap), source: gap.source })),
    timeBasis: result?.timeBasis ?? null,
    durationMs: result?.durationMs ?? null,
    warnings: [...(result?.warnings ?? [])],
    link: link && {
      origin: originOf(link.origin),
      orderedAt: writeMoment(link.orderedAtMs, zone),
      orders: link.orders,
      clipId: link.clipId,
      statedRange: link.statedRange && toSpan(link.statedRange),
    },
    validator: item.validator && { kind: item.validator.kind, value: item.validator.value },
    fetched: item.fetched && { sizeBytes: item.fetched.sizeBytes, sha256: item.fetched.sha256 },
    codecs: [...item.codecs],
    command: item.command && item.command.map(nameOnly),
    files: sortBy(item.files, (file) => file.path).map(({ path, role, sizeBytes, sha256 }) => ({
      path,
      role,
      sizeBytes,
      sha256,
    })),
  }
}

/** Code and words. Details stay out: they may hold addresses of this workstation's network. */
function errorOf(state: ItemState): ManifestItem['error'] {
  if (state.kind === 'cancelled') {
    const { code, message } = toErrorValue(new AppError('cancelled', 'Cancelled before it was finished.'))
    return { code, message }
  }
  if (state.kind !== 'failed' && state.kind !== 'waiting' && state.kind !== 'paused') return null
  return state.error && { code: state.error.code, message: state.error.message }
}

function copyServer(server: ServerFacts): Manifest['servers'][number] {
  const { id, name, dialect, account, clockOffsetMs, clockCheck, zone } = server
  const url = new URL(server.url)
  return {
    id,
    name,
    dialect,
    url: url.origin + url.pathname.replace(/\/+$/, ''),
    account,
    clockOffsetMs,
    clockCheck,
    zone,
  }
}

function copyOptions(options: ExportOptions): ExportOptions {
  const { container, audio, keepOriginal, nameTemplate, zone, concurrency, decode, subtitles } = options
  return { container, audio, keepOriginal, nameTemplate, zone, concurrency, decode, subtitles }
}

/** A path keeps its last part, an address its origin: a manifest goes to strangers, who need neither folders nor links. */
function nameOnly(argument: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(argument)) return originOf(argument)
  const path = /^(file:)?((?:\/|[A-Za-z]:[\\/]|\\\\).*)$/s.exec(argument)
  return path ? (path[1] ?? '') + (path[2]?.split(/[\\/]/).at(-1) ?? '') : argument
}

function originOf(url: string): string {
  const { origin, protocol } = new URL(url)
  return origin === 'null' ? protocol : origin
}

function writeSpan({ fromMs, toMs }: Span, zone: string): ManifestItem['asked'] {
  return { fromMs, toMs, from: writeMoment(fromMs, zone), to: writeMoment(toMs, zone) }
}

function writeMoment(unixMs: number, zone: string): string {
  return formatLocal(Math.floor(unixMs), zone).replace(' ', 'T')
}

function sortSpans<T extends Span>(spans: readonly T[]): T[] {
  return [...spans].sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs)
}

/** By code units: the same on every machine, whatever its language. */
function sortBy<T>(list: readonly T[], key: (value: T) => string): T[] {
  return [...list].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

function dropUndefined(record: { [K in keyof CaseRecord]: CaseRecord[K] | undefined }): CaseRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}
