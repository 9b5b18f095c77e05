// The command line as a process that can be killed: the real one, with the deadlines of tests.
import { createProcessHost } from '../../../main/cli/process-host.ts'
import { runCli } from '../../../main/cli/run-cli.ts'
import { testDeadlines } from './workstation.ts'

const host = createProcessHost(process.env)
process.exitCode = await runCli(process.argv.slice(2), {
  ...host,
  createCore: (ports) => host.createCore({ ...ports, deadlines: testDeadlines }),
})
