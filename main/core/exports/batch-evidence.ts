// From a batch's header and records to its evidence files. The journal's own times are used, never the clock: written
// again from the same records, the files are the same to the byte.
import type { Server } from '#contract/servers.ts'
import type { Ports } from '#core/ports.ts'
import { buildManifest, listSums, writeManifest, writeSums } from './evidence/index.ts'
import type { BatchFacts, ItemFacts } from './evidence/index.ts'
import type { BatchHeader, ItemRecord } from './record.ts'

export interface EvidenceSources {
  product: Ports['product']
  identity: Ports['identity']
  /** Null when the server is not saved any more. */
  findServer(serverId: string): Server | null
  ffmpegVersion(): Promise<string | null>
}

/** Writes manifest.json and SHA256SUMS anew, whole or not at all. Errors: those of the disk. */
export async function writeBatchEvidence(
  destination: string,
  header: BatchHeader,
  records: readonly ItemRecord[],
  sources: EvidenceSources,
): Promise<void> {
  const manifest = buildManifest(await factsOf(header, records, sources))
  await writeSums(destination, listSums(manifest, await writeManifest(destination, manifest)))
}

async function factsOf(
  header: BatchHeader,
  records: readonly ItemRecord[],
  sources: EvidenceSources,
): Promise<BatchFacts> {
  const version = await sources.ffmpegVersion()
  const { batchId: id, name, createdAtMs } = header
  return {
    product: sources.product,
    atMs: records.reduce((latest, record) => Math.max(latest, record.endedAtMs ?? 0), createdAtMs),
    batch: { id, name, createdAtMs },
    case: header.case,
    options: header.options,
    identity: sources.identity,
    servers: Object.entries(header.servers).map(([serverId, input]) => ({
      id: serverId,
      name: input.name ?? input.url,
      dialect: input.dialect,
      url: input.url,
      account: null,
      clockOffsetMs: null,
      clockCheck: sources.findServer(serverId)?.clockCheck ?? 'not-checked',
      zone: input.settings?.zone ?? 'UTC',
    })),
    tools: version === null ? [] : [{ name: 'ffmpeg', version }],
    items: records.map((record) => itemFactsOf(header, record)),
  }
}

function itemFactsOf(header: BatchHeader, record: ItemRecord): ItemFacts {
  const { order, cameraName, placeName } = header.items[record.index]!
  const { ordered, publishing, state } = record
  return {
    index: record.index,
    order,
    cameraName,
    placeName,
    state,
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
    coverage: record.coverage?.intervals ?? null,
    link: ordered && {
      origin: ordered.linkOrigin,
      orderedAtMs: ordered.orderedAtMs,
      orders: record.orders,
      clipId: record.clipId,
      statedRange: ordered.statedRange,
    },
    validator: record.part.validator,
    fetched: record.fetched,
    codecs: publishing?.codecs ?? [],
    command: publishing?.command ?? null,
    files: [...(state.kind === 'done' ? state.result.files : []), ...record.suspects],
  }
}
