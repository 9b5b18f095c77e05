// The `vsaas` dialect (documents 000, 002, 003, 004) behind VideoServer. Its types stay in this folder.
import { AppError, isAppError } from '#contract/errors.ts'
import { originOf, resolveLink } from '../connection.ts'
import type { Connection } from '../connection.ts'
import { parseReply } from '../parse-reply.ts'
import { formatInstant } from '../server-time.ts'
import type { ArchiveLink, ArchiveOrder, VideoServer } from '../video-server.ts'
import { createBillingList, isOwnId } from './billing-list.ts'
import { listDownloads } from './downloads.ts'
import { zArchiveLink } from './generated/zod.gen.ts'
import { callVsaas } from './vsaas-api.ts'

export function createVsaasServer(connection: Connection): VideoServer {
  const billing = createBillingList(connection)

  return {
    serverId: connection.serverId,
    dialect: 'vsaas',
    get origin() {
      return originOf(connection)
    },
    async account({ signal }) {
      // No call tells who one is; the shortest list tells whether the token counts. 403 means it does.
      const nowMs = connection.ports.clock.now()
      const lastMinute = { fromMs: nowMs - 60_000, toMs: nowMs }
      await listDownloads(connection, lastMinute, 1, signal).catch((error: unknown) => {
        if (!isAppError(error, 'forbidden') || error.details['status'] !== 403) throw error
      })
      return { name: '', permissions: null }
    },
    listCameras: (query, { signal }) => billing.list(query, signal),
    async findCameras(ids, { signal }) {
      const own = ids.filter(isOwnId)
      try {
        return await billing.list({ ids: own, limit: Math.max(1, own.length) }, signal)
      } catch (error) {
        if (isAppError(error, 'forbidden') && error.details['status'] === 403) return 'not-allowed'
        throw error
      }
    },
    coverage: () => Promise.resolve({ kind: 'unknown' }),
    orderArchive: (order, { signal }) => orderLink(connection, order, signal),
    history: (created, limit, { signal }) => listDownloads(connection, created, limit, signal),
    // The document has no call that ends a token: it is forgotten here.
    signOut: () => connection.tokens.forget(),
  }
}

/** Each call writes a record to the server's history (document 003), so it is never repeated here. */
async function orderLink(connection: Connection, order: ArchiveOrder, signal: AbortSignal): Promise<ArchiveLink> {
  if (!isOwnId(order.cameraId)) {
    const message = `"${order.cameraId}" is no camera id of this server: its ids are whole numbers.`
    throw new AppError('not-found', message, { details: { cameraId: order.cameraId } })
  }
  const { zone } = connection.describe().settings
  const query = { from: formatInstant(order.range.fromMs, zone), to: formatInstant(order.range.toMs, zone) }
  const path = `/cameras/${order.cameraId}/archive/link`
  const forbidden = 'This account may not export the archive of this camera.'
  const reply = await callVsaas(connection, { method: 'GET', path, query, retry: 'never', forbidden }, signal)
  const { link } = parseReply(zArchiveLink, reply.json(), { origin: reply.origin })
  if (link === undefined || link === '') {
    const message = `${reply.origin} took the order but gives no link: it may not serve desktop clients.`
    throw new AppError('bad-reply', message, { details: { origin: reply.origin, path: 'link' } })
  }
  return {
    url: resolveLink(connection, link),
    orderedAtMs: connection.ports.clock.now(),
    clipId: null,
    statedRange: null,
  }
}
