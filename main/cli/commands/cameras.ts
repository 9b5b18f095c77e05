// `watchroom cameras`: the cameras of a server, for people and scripts that need their ids.
import type { Camera } from '#contract/servers.ts'
import type { CallInput } from '#contract/index.ts'
import { exitCodes } from '../exit-code.ts'
import { readWholeNumber } from '../read-order.ts'
import type { ServerFlags } from '../read-order.ts'
import type { Session } from '../session.ts'
import { drawTable } from '../table.ts'
import type { Texts } from '../texts/index.ts'
import { connectServer } from './connect-server.ts'
import type { OutputFlags } from './run-batch.ts'

export interface CameraFlags extends ServerFlags, OutputFlags {
  camera?: string[]
  text?: string
  place?: string
  login?: string
  limit?: string
}

/** The exit code. Errors: UsageError, and AppError of what was called. */
export async function runCameras(session: Session, flags: CameraFlags): Promise<number> {
  const { texts, signal, printer } = session
  const limit = flags.limit === undefined ? undefined : readWholeNumber('--limit', flags.limit, 1, 100_000, texts)
  const { client, server } = await connectServer(session, flags)
  const query: CallInput<'cameras.list'> = {
    serverId: server.id,
    ...(flags.camera ? { ids: flags.camera } : {}),
    ...(flags.text ? { text: flags.text } : {}),
    ...(flags.place ? { placeId: flags.place } : {}),
    ...(flags.login ? { login: flags.login } : {}),
    ...(limit === undefined ? {} : { limit }),
  }
  const cameras = await client.call('cameras.list', query, signal)
  if (flags.json) for (const camera of cameras) printer.json({ event: 'camera', ...camera })
  else if (cameras.length === 0) printer.problem(texts.cameras.none)
  else for (const line of drawCameras(cameras, texts)) printer.line(line)
  return exitCodes.done
}

function drawCameras(cameras: readonly Camera[], { cameras: titles }: Texts): string[] {
  const rows = cameras.map(({ id, name, placeName, placeId, status }) => [
    id,
    name,
    placeName ?? placeId ?? '',
    status ?? '',
  ])
  return drawTable([titles.id, titles.name, titles.place, titles.status], rows, [0])
}
