// Host 3: the command line as a process. Decides nothing.
import { exitCodes } from './exit-code.ts'
import { createProcessHost, endProcess } from './process-host.ts'
import { runCli } from './run-cli.ts'

/** Should something keep the process alive after all is done, it ends anyway. */
const graceMs = 5000

// Stays if the process ends before the run does, which only a bug can bring about.
process.exitCode = exitCodes.internal
const code = await runCli(process.argv.slice(2), createProcessHost(process.env))
process.exitCode = code
setTimeout(() => endProcess(code), graceMs).unref()
