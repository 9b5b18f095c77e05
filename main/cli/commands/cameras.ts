// `watchroom cameras`: the cameras of a server, for people and scripts that need their ids.
import type { Camera } from '#contract/servers.ts'
import type { CallInput } from '#contract/index.ts'
import { exitCodes } from '../exit-code.ts'
import { fitWidth, measureWidth, plainText } from '../format.ts'
import { readFingerprints, readServer, readWholeNumber } from '../read-order.ts'
import type { ServerFlags } from '../read-order.ts'
import type { Session } from '../session.ts'
import { signIn } from '../sign-in.ts'
import type { Texts } from '../texts/index.ts'
import { addTokenOfFile } from './add-token.ts'
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
  const input = readServer(flags, texts)
  const fingerprints = readFingerprints(flags.trustSha256, texts)
  const limit = flags.limit === undefined ? undefined : readWholeNumber('--limit', flags.limit, 1, 100_000, texts)
  const secrets = await addTokenOfFile(session, flags.tokenFile)
  session.redactor.allowUrl(input.url)
  const client = await session.connect()
  const { server } = await signIn(input, { client, secrets, fingerprints, texts, signal })
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
  else for (const line of drawTable(cameras, texts)) printer.line(line)
  return exitCodes.done
}

const widestColumn = 48

function drawTable(cameras: readonly Camera[], texts: Texts): string[] {
  const rows = cameras.map(({ id, name, placeName, placeId, status }) =>
    [id, name, placeName ?? placeId ?? '', status ?? ''].map(plainText),
  )
  const { id, name, place, status } = texts.cameras
  const table = [[id, name, place, status], ...rows]
  const widths = [0, 1, 2, 3].map((column) =>
    Math.min(
      column === 0 ? Infinity : widestColumn,
      table.reduce((widest, row) => Math.max(widest, measureWidth(row[column] ?? '')), 0),
    ),
  )
  return table.map((row) =>
    row
      .map((cell, column) => fitWidth(cell, widths[column] ?? 0, true))
      .join('  ')
      .trimEnd(),
  )
}
