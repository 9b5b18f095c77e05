// What the commands that work with one named server share: from its flags to a server that someone is signed in to.
import type { Server } from '#contract/servers.ts'
import type { Client } from '../client.ts'
import { readFingerprints, readServer } from '../read-order.ts'
import type { ServerFlags } from '../read-order.ts'
import type { Session } from '../session.ts'
import { signIn } from '../sign-in.ts'
import { addTokenOfFile } from './add-token.ts'

/** Lets the address be printed, and warns of one that anybody on the way can listen to. */
export function showServer({ redactor, printer, texts }: Session, url: string): void {
  redactor.allowUrl(url)
  if (/^http:/i.test(url)) printer.problem(texts.signIn.open(url))
}

/** Errors: UsageError, and those of signing in. */
export async function connectServer(session: Session, flags: ServerFlags): Promise<{ client: Client; server: Server }> {
  const { texts, signal } = session
  const input = readServer(flags, texts)
  const fingerprints = readFingerprints(flags.trustSha256, texts)
  const secrets = await addTokenOfFile(session, flags.tokenFile)
  showServer(session, input.url)
  const client = await session.connect()
  const { server } = await signIn(input, { client, secrets, fingerprints, texts, signal })
  return { client, server }
}
