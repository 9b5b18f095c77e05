// Host 3: the command line as a process. Decides nothing.
import { createProcessHost } from './process-host.ts'
import { runCli } from './run-cli.ts'

/** Should something keep the process alive after all is done, it ends anyway. */
const graceMs = 5000

process.exitCode = await runCli(process.argv.slice(2), createProcessHost(process.env))
setTimeout(() => process.exit(), graceMs).unref()
