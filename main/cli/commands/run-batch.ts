// What `export` and `resume` share: a batch from its begin to its summary and exit code.
import { resolve } from 'node:path'
import type { Batch, Item } from '#contract/exports.ts'
import type { Client } from '../client.ts'
import { exitCodeOfItems, exitCodes } from '../exit-code.ts'
import { followBatch } from '../follow-batch.ts'
import { createBarReporter } from '../report/bars.ts'
import { createJsonReporter } from '../report/json-lines.ts'
import { createPlainReporter } from '../report/plain-lines.ts'
import type { Reporter } from '../report/reporter.ts'
import { describeError } from '../report/sentences.ts'
import type { Session } from '../session.ts'

export interface OutputFlags {
  json?: boolean
  quiet?: boolean
}

export interface BatchRun {
  client: Client
  flags: OutputFlags
  isResumed: boolean
  begin(): Promise<Batch>
}

/** The exit code. A signal pauses the batch; what was fetched is kept. Errors: those of `begin`. */
export async function runBatch(session: Session, run: BatchRun): Promise<number> {
  const { texts, signal } = session
  const reporter = chooseReporter(session, run.flags)
  let left = 0
  const tellPausing = (): void => reporter.note(texts.pausing)
  try {
    const batch = await followBatch({
      client: run.client,
      begin: run.begin,
      pauseSignal: signal,
      onBegin: (started) => {
        signal.addEventListener('abort', tellPausing)
        left = started.items.filter(({ state }) => state.kind !== 'done' && state.kind !== 'cancelled').length
        reporter.begin(started, left, run.isResumed)
      },
      onItem: (item) => {
        reporter.item(item)
        logFailure(session, item)
      },
    })
    for (const item of batch.items) if (item.state.kind === 'done' || item.state.kind === 'failed') reporter.item(item)
    reporter.end(batch)
    return left === 0 && run.isResumed ? exitCodes.done : conclude(session, batch)
  } finally {
    signal.removeEventListener('abort', tellPausing)
    reporter.close()
  }
}

/** What went wrong, in the words of the core. */
function logFailure({ log }: Session, { index, state }: Item): void {
  if (state.kind !== 'failed') return
  const { code, message } = state.error
  log({ level: 'warn', event: 'cli.itemFailed', fields: { index, code, message } })
}

function conclude({ printer, texts, signal }: Session, batch: Batch): number {
  const destination = resolve(batch.destination)
  const isOver = batch.items.every(({ state }) => ['done', 'failed', 'cancelled'].includes(state.kind))
  if (!isOver && signal.aborted) {
    printer.problem(texts.paused(destination))
    return signal.reason === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted
  }
  if (batch.error !== null) printer.problem(texts.stopped(describeError(batch.error, texts), destination))
  return exitCodeOfItems(batch.items, batch.error)
}

/** JSON where asked for, bars on a terminal, lines elsewhere. */
function chooseReporter({ host, printer, redactor, texts }: Session, flags: OutputFlags): Reporter {
  const note = (text: string): void => printer.problem(text)
  if (flags.json)
    return createJsonReporter(
      (value) => printer.json(value),
      note,
      () => Date.now(),
    )
  const { environment, stdout, stderr } = host
  const isTerminal = stdout.isTTY === true && stderr.isTTY === true && environment['TERM'] !== 'dumb'
  if (isTerminal && !flags.quiet) {
    const hasColor = !environment['NO_COLOR']
    return createBarReporter({ texts, stream: stdout, hasColor, redact: (text) => redactor.redact(text) })
  }
  return createPlainReporter({ texts, print: (line) => printer.line(line), note, isQuiet: flags.quiet === true })
}
