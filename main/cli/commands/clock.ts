// `watchroom clock`: whether a server reads our times as they are meant.
import { exitCodes } from '../exit-code.ts'
import { plainText } from '../format.ts'
import type { ServerFlags } from '../read-order.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'
import { connectServer } from './connect-server.ts'
import type { OutputFlags } from './run-batch.ts'

export interface ClockFlags extends ServerFlags, OutputFlags {
  camera?: string
}

/** The exit code: 0 when the times are right. Orders one or two archives. Errors: UsageError, and AppError of what was called. */
export async function runClock(session: Session, flags: ClockFlags): Promise<number> {
  const { texts, printer, signal } = session
  if (flags.camera === undefined) throw new UsageError(texts.usage.needed('--camera'))
  const { client, server } = await connectServer(session, flags)
  const isTold = !flags.json && !flags.quiet
  if (isTold) printer.line(texts.clock.asking(plainText(flags.camera)))
  const checked = await client.call('servers.checkClock', { serverId: server.id, cameraId: flags.camera }, signal)
  const { clockCheck, url, settings } = checked
  const name = plainText(checked.name)
  const isRight = clockCheck === 'right'
  if (flags.json) printer.json({ event: 'clock', server: url, camera: flags.camera, clockCheck, zone: settings.zone })
  else if (clockCheck === 'misread') printer.line(texts.clock.misread(name, settings.zone))
  else if (!isRight) printer.line(texts.clock.undecided(name))
  else if (isTold) printer.line(texts.clock.right(name))
  if (isTold) printer.line(texts.clock.remembered)
  return isRight ? exitCodes.done : exitCodes.failed
}
