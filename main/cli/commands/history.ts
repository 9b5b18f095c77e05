// `watchroom history`: what the server itself remembers of archive orders.
import type { Download } from '#contract/servers.ts'
import { formatLocal } from '#core/exports/order/index.ts'
import { exitCodes } from '../exit-code.ts'
import { readMoment, readWholeNumber } from '../read-order.ts'
import type { ServerFlags } from '../read-order.ts'
import type { Session } from '../session.ts'
import { drawTable } from '../table.ts'
import type { Texts } from '../texts/index.ts'
import { UsageError } from '../usage-error.ts'
import { connectServer } from './connect-server.ts'
import type { OutputFlags } from './run-batch.ts'

export interface HistoryFlags extends ServerFlags, OutputFlags {
  since?: string
  until?: string
  limit?: string
}

const usualSpanMs = 30 * 24 * 3_600_000
const usualLimit = 1000
const mostRows = 10_000

/** The exit code. Errors: UsageError, and AppError of what was called. */
export async function runHistory(session: Session, flags: HistoryFlags): Promise<number> {
  const { texts, printer, signal } = session
  const { since, until, limit: limitText } = flags
  const toMs = until === undefined ? Date.now() : readMoment('--until', until, texts)
  const fromMs = since === undefined ? Math.max(0, toMs - usualSpanMs) : readMoment('--since', since, texts)
  if (fromMs >= toMs) throw new UsageError(texts.usage.bad('--until', texts.usage.after('--since')))
  const limit = limitText === undefined ? usualLimit : readWholeNumber('--limit', limitText, 1, mostRows, texts)
  const { client, server } = await connectServer(session, flags)
  const rows = await client.call('servers.history', { serverId: server.id, created: { fromMs, toMs }, limit }, signal)
  if (flags.json) for (const row of rows) printer.json({ event: 'download', ...row })
  else if (rows.length === 0) printer.problem(texts.history.none)
  else for (const line of drawHistory(rows, server.settings.zone, texts)) printer.line(line)
  if (rows.length === limit && !flags.json) printer.problem(texts.history.more(limit))
  return exitCodes.done
}

/** Times in the zone of the server, where its own pages show the same ones. */
function drawHistory(rows: readonly Download[], zone: string, { history }: Texts): string[] {
  const { created, camera, from, to, user, file, name, present, gone } = history
  const time = (unixMs: number | undefined): string =>
    unixMs ? formatLocal(Math.floor(unixMs / 1000) * 1000, zone) : ''
  const cells = rows.map((row) => [
    time(row.createdAtMs),
    row.cameraId,
    time(row.range?.fromMs),
    time(row.range?.toMs),
    row.isFilePresent ? present : gone,
    row.userLogin,
    row.name,
  ])
  return drawTable([created, camera, from, to, file, user, name], cells, [0, 1, 2, 3])
}
