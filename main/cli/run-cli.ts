// One run of the command line: from arguments to an exit code. Knows no process: all it touches is in the host.
import { randomUUID } from 'node:crypto'
import { CommanderError } from 'commander'
import { isAppError } from '#contract/errors.ts'
import { runCameras } from './commands/cameras.ts'
import { runClock } from './commands/clock.ts'
import { runExport } from './commands/export.ts'
import { runHistory } from './commands/history.ts'
import { runResume } from './commands/resume.ts'
import { runServers } from './commands/servers.ts'
import { runVerify } from './commands/verify.ts'
import { checkFlags } from './check-flags.ts'
import { takeSecrets } from './credentials.ts'
import { describeUsage, whereHelpIs } from './describe-usage.ts'
import { exitCodeOfError, exitCodes } from './exit-code.ts'
import type { CliHost } from './host.ts'
import { createPrinter } from './printer.ts'
import { commandNames, createProgram } from './program.ts'
import { createRedactor } from './redactor.ts'
import { describeError } from './report/sentences.ts'
import { createSession } from './session.ts'
import type { Session } from './session.ts'
import { chooseLanguage, textsOf } from './texts/index.ts'
import { SpokenError } from './spoken-error.ts'
import { UsageError } from './usage-error.ts'

const secretFlag = /^--?(token|password|passphrase|passwd|pass|secret|bearer|auth|api-?key|list-token|username)(=|$)/i

/** One Ctrl+C may come twice: from the terminal, and from npm or `timeout`, which pass it on. */
const echoMs = 300

/** What progress bars change: the cursor is shown again (DECTCEM) and lines wrap (DECAWM). */
const restoreTerminal = '\u001b[?25h\u001b[?7h\n'

/** Never rejects. The first signal to end aborts or pauses what runs; the second ends the process. */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  const secrets = takeSecrets(host.environment)
  const language = chooseLanguage(args, host.environment)
  const redactor = createRedactor()
  for (const secret of [secrets.token, secrets.listToken, secrets.password, secrets.passphrase])
    if (secret) redactor.hide(secret)
  const printer = createPrinter(host.stdout, host.stderr, redactor)
  const abort = new AbortController()
  let firstAtMs: number | null = null
  const stopListening = host.onInterrupt((signal) => {
    abort.abort(signal)
    firstAtMs ??= host.nowMs()
    if (host.nowMs() - firstAtMs < echoMs) return
    if (host.stdout.isTTY) host.stdout.write(restoreTerminal)
    host.exit(codeOfSignal(signal))
  })
  const parts = { host, texts: textsOf(language), printer, redactor, secrets, signal: abort.signal, language }
  const session = createSession(parts)
  try {
    const code = await runCommand(args, session).catch((error: unknown) => describeFailure(error, args, session))
    await printer.flush()
    return code === exitCodes.done ? codeOfOutput(session) : code
  } finally {
    await session.close().catch((error: unknown) => printer.problem(String(error)))
    stopListening()
    await printer.flush()
  }
}

async function runCommand(args: readonly string[], session: Session): Promise<number> {
  const { host, texts } = session
  const refused = args.find((arg) => secretFlag.test(arg))
  if (refused !== undefined) throw new UsageError(texts.usage.secretArgument(refused.split('=')[0] ?? refused))
  let code: number = exitCodes.usage
  const program = createProgram(texts, host.version, {
    export: async (flags) => void (code = await runExport(session, flags)),
    resume: async (folder, flags) => void (code = await runResume(session, folder, flags)),
    verify: async (folder, flags) => void (code = await runVerify(session, folder, flags)),
    cameras: async (flags) => void (code = await runCameras(session, flags)),
    clock: async (flags) => void (code = await runClock(session, flags)),
    history: async (flags) => void (code = await runHistory(session, flags)),
    servers: async (flags) => void (code = await runServers(session, flags)),
  })
  program.hook('preAction', (_program, command) => {
    checkFlags(command.opts(), texts)
    if (command.args.includes('')) throw new UsageError(texts.usage.missingArgument('folder'))
  })
  for (const command of [program, ...program.commands]) {
    command.exitOverride()
    command.configureOutput({
      // Help is our own text: it holds addresses of examples that the redactor would cut.
      writeOut: (text) => void host.stdout.write(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(120, host.stdout.columns ?? 100),
    })
  }
  try {
    if (args.length === 0) {
      host.stdout.write(program.helpInformation())
      return exitCodes.usage
    }
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return exitCodes.done
    session.printer.problem(`watchroom: ${describeUsage(error, program, args, texts)}`)
    return exitCodes.usage
  }
}

function describeFailure(error: unknown, args: readonly string[], session: Session): number {
  const { printer, texts, signal, log } = session
  if (error instanceof UsageError) {
    const command = args.find((arg) => commandNames.includes(arg)) ?? null
    printer.problem(`watchroom: ${error.message} ${whereHelpIs(command, texts)}`)
    return exitCodes.usage
  }
  if (isAppError(error, 'cancelled') && signal.aborted) return codeOfSignal(signal.reason)
  if (error instanceof SpokenError) {
    printer.problem(`watchroom: ${error.message}`)
    return exitCodeOfError(error)
  }
  if (isAppError(error)) {
    log({ level: 'warn', event: 'cli.failed', fields: { code: error.code, message: error.message } })
    printer.problem(`watchroom: ${describeError(error, texts)}`)
    return exitCodeOfError(error)
  }
  const id = randomUUID()
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log({ level: 'error', event: 'bug', fields: { id, text } })
  printer.problem(`watchroom: ${texts.unexpected(id)}`)
  return exitCodes.internal
}

/** A script that gets only a part of what it asked for must not take it for the whole. */
function codeOfOutput({ printer, texts }: Session): number {
  const lost = printer.lost()
  if (lost === null) return exitCodes.done
  printer.problem(`watchroom: ${texts.unprinted(lost)}`)
  return lost === 'ENOSPC' ? exitCodes.diskFull : exitCodes.internal
}

function codeOfSignal(signal: unknown): number {
  return signal === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted
}
