// `watchroom verify`: whether a batch folder is still what was written.
import { resolve } from 'node:path'
import { exitCodes } from '../exit-code.ts'
import { formatBytes, plainText } from '../format.ts'
import type { Session } from '../session.ts'
import type { OutputFlags } from './run-batch.ts'

/** The exit code. Errors: AppError (not-found for a folder that is no export). */
export async function runVerify(session: Session, folder: string, flags: OutputFlags): Promise<number> {
  const { host, printer, texts, signal } = session
  const destination = resolve(folder)
  const client = await session.connect()
  const isShown = host.stderr.isTTY === true && !flags.json && !flags.quiet && host.environment['TERM'] !== 'dumb'
  const stop = client.on('exports.verifyProgress', ({ doneBytes, totalBytes }) => {
    const [done, total] = [doneBytes, totalBytes].map((bytes) => formatBytes(bytes, texts.unit))
    if (isShown) printer.over(`\r${texts.verify.progress(done ?? '', total ?? '')}\u001b[K`)
  })
  const result = await client.call('exports.verify', { destination }, signal).finally(() => {
    stop()
    if (isShown) printer.over('\r\u001b[K')
  })
  const { changed, missing, added, checked, isIntact } = result
  if (flags.json) printer.json({ event: 'verification', destination, checked, isIntact, changed, missing, added })
  else {
    for (const kind of ['changed', 'missing', 'added'] as const)
      for (const path of result[kind]) printer.line(`${texts.verify[kind]}: ${plainText(path)}`)
    if (!isIntact) printer.line(texts.verify.broken(changed.length, missing.length, added.length))
    else if (!flags.quiet) printer.line(texts.verify.intact(checked))
  }
  return isIntact ? exitCodes.done : exitCodes.verification
}
