// The history of archive orders in this dialect (document 004), page by page.
import { z } from 'zod'
import type { Download, Range } from '#contract/servers.ts'
import type { Connection } from '../connection.ts'
import { parseReply } from '../parse-reply.ts'
import { formatInstant, parseServerTime } from '../server-time.ts'
import { zDownload, zDownloadPage, zDownloadStream, zDownloadUser, zPaginationMeta } from './generated/zod.gen.ts'
import { callVsaas } from './vsaas-api.ts'

const perPageAtMost = 100

/** What is used; `created_at` as plain text, for the document shows two forms of time (note V19). */
const rowSchema = zDownload.pick({ id: true, name: true, from: true, to: true, is_file_exists: true }).extend({
  created_at: z.string(),
  stream: zDownloadStream.pick({ camera_id: true }),
  user: zDownloadUser.pick({ login: true }),
})
const pageSchema = zDownloadPage.pick({}).extend({
  data: z.array(rowSchema),
  meta: zPaginationMeta.pick({ last_page: true }),
})

/**
 * Orders that were created in the range, at most `limit`. The order of rows is the server's. Rows that repeat because the
 * list grew meanwhile are given once.
 */
export async function listDownloads(
  connection: Connection,
  created: Range,
  limit: number,
  signal: AbortSignal,
): Promise<Download[]> {
  const found = new Map<number, Download>()
  const perPage = Math.min(limit, perPageAtMost)
  const { zone } = connection.describe().settings
  const period = { from: formatInstant(created.fromMs, zone), to: formatInstant(created.toMs, zone) }
  const pagesAtMost = Math.ceil(limit / perPage) + 10
  for (let page = 1; page <= pagesAtMost && found.size < limit; page++) {
    const query = { page, per_page: perPage, ...period }
    const reply = await callVsaas(connection, { method: 'GET', path: '/downloads', query }, signal)
    const { data, meta } = parseReply(pageSchema, reply.json(), { origin: reply.origin })
    for (const row of data) found.set(row.id, toDownload(row, zone))
    if (data.length === 0 || page >= meta.last_page) break
  }
  return [...found.values()].slice(0, limit)
}

function toDownload(row: z.infer<typeof rowSchema>, zone: string): Download {
  const fromMs = parseServerTime(row.from, zone)
  const toMs = parseServerTime(row.to, zone)
  return {
    id: String(row.id),
    name: row.name,
    cameraId: String(row.stream.camera_id),
    range: fromMs === null || toMs === null ? null : { fromMs, toMs },
    createdAtMs: parseServerTime(row.created_at, zone) ?? 0,
    isFilePresent: row.is_file_exists,
    userLogin: row.user.login,
  }
}
