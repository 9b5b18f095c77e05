// `--token-file` for the commands that sign in.
import { readTokenFile } from '../credentials.ts'
import type { Secrets } from '../credentials.ts'
import type { Session } from '../session.ts'
import { untilAborted } from '../until-aborted.ts'

/** The secrets of this run, with the token of the file in place of that of the environment. Errors: UsageError, cancelled. */
export async function addTokenOfFile(session: Session, path: string | undefined): Promise<Secrets> {
  if (path === undefined) return session.secrets
  const token = await untilAborted(
    readTokenFile(path, session.texts, (text) => session.printer.problem(text)),
    session.signal,
  )
  session.redactor.hide(token)
  return { ...session.secrets, token }
}
