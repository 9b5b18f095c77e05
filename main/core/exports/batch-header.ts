// The beginning of a batch's journal: made from an order, and brought home when a folder was carried here. Reads the names
// of cameras; touches no disk.
import { basename } from 'node:path'
import type { BatchOrder } from '#contract/exports.ts'
import type { ServerInput } from '#contract/servers.ts'
import type { Servers } from '#core/servers/index.ts'
import { buildStems } from './order/index.ts'
import type { BatchHeader } from './record.ts'

/** Asks each server once for the names of its cameras, and gives every item the stem of its files. */
export async function makeHeader(
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
export async function adoptServers(header: BatchHeader, servers: Servers): Promise<BatchHeader> {
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
