// `watchroom export`: from flags to a finished batch.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { ErrorCode } from '#contract/errors.ts'
import { errorCodes } from '#contract/errors.ts'
import type { BatchOrder, Problem } from '#contract/exports.ts'
import type { CallInput } from '#contract/index.ts'
import type { PlanItem } from '#core/exports/order/index.ts'
import { plainText } from '../format.ts'
import { exitCodeOfError, exitCodes } from '../exit-code.ts'
import { readFingerprints, readOrder } from '../read-order.ts'
import type { ExportFlags } from '../read-order.ts'
import type { Session } from '../session.ts'
import { reasonOf } from '../credentials.ts'
import { signIn } from '../sign-in.ts'
import { SpokenError } from '../spoken-error.ts'
import { UsageError } from '../usage-error.ts'
import { addTokenOfFile } from './add-token.ts'
import { showServer } from './connect-server.ts'
import { runBatch } from './run-batch.ts'
import type { OutputFlags } from './run-batch.ts'

/** The exit code. Errors: UsageError, and AppError of what was called. */
export async function runExport(session: Session, flags: ExportFlags & OutputFlags): Promise<number> {
  const { texts, signal, printer } = session
  if (flags.to === undefined) throw new UsageError(texts.usage.needed('--to'))
  const destination = resolve(flags.to)
  const order = await readOrder(flags, texts, signal)
  const fingerprints = readFingerprints(flags.trustSha256, texts)
  await refuseUsedFolder(destination, session)
  const secrets = await addTokenOfFile(session, flags.tokenFile)
  showServer(session, order.server.url)
  const client = await session.connect()
  const { server, account } = await signIn(order.server, { client, secrets, fingerprints, texts, signal })
  if (account && !flags.json && !flags.quiet) printer.line(texts.signIn.to(server.url, plainText(account.name)))
  const batchOrder: CallInput<'exports.start'> = {
    name: order.name ?? basename(destination),
    destination,
    items: order.items.map(({ cameraId, range, stream, label }) => ({
      serverId: server.id,
      cameraId,
      range,
      ...(stream ? { stream } : {}),
      ...(label ? { label } : {}),
    })),
    ...(Object.keys(order.case).length > 0 ? { case: order.case } : {}),
    options: order.options,
  } satisfies Omit<BatchOrder, 'options' | 'items'> & Record<string, unknown>
  const problems = await client.call('exports.check', batchOrder, signal)
  for (const problem of problems) printer.problem(describeProblem(session, problem, order.items))
  const fatal = problems.filter(({ level }) => level === 'error')
  if (fatal.length > 0) return exitCodeOfProblems(fatal)
  return runBatch(session, {
    client,
    flags,
    isResumed: false,
    begin: () => client.call('exports.start', batchOrder, signal),
  })
}

/** Left by a start that was killed before it had anything to go on with; whether it is more than that the core decides. */
const privateFolder = '.watchroom'

/** Before anyone is asked: a folder in use is found again by `resume`, not written into. */
async function refuseUsedFolder(folder: string, { texts }: Session): Promise<void> {
  try {
    const entries = await readdir(folder)
    if (existsSync(join(folder, privateFolder, 'journal.jsonl')))
      throw new SpokenError('already-exists', texts.usage.holdsExport(folder))
    if (entries.some((entry) => entry !== privateFolder))
      throw new SpokenError('already-exists', texts.usage.notEmpty(folder))
  } catch (error) {
    if (error instanceof SpokenError) throw error
    const reason = reasonOf(error)
    if (reason === 'ENOTDIR') throw new UsageError(texts.usage.notFolder(folder))
    if (reason !== 'ENOENT') throw new UsageError(texts.usage.unreadable(folder, reason))
  }
}

function describeProblem({ texts }: Session, problem: Problem, items: readonly PlanItem[]): string {
  const { level, itemIndex } = problem
  const item = itemIndex === null ? undefined : items[itemIndex]
  const name = item && itemIndex !== null ? texts.itemOf(itemIndex + 1, item.label ?? item.cameraId) : ''
  return `${texts.level[level]}: ${plainText(texts.problem(problem, name))}`
}

/** Findings before the start are a matter of usage, unless all have one cause with a code of its own. */
function exitCodeOfProblems(problems: readonly Problem[]): number {
  const known = problems.map(({ code }) => errorCodes.find((candidate): candidate is ErrorCode => candidate === code))
  const codes = new Set(known.map((code) => (code === undefined ? exitCodes.usage : exitCodeOfError({ code }))))
  const [only] = codes
  return codes.size === 1 && only !== undefined ? only : exitCodes.usage
}
