// The command line as a process that can be killed: the real one, with the deadlines of tests.
import { createProcessHost } from '../../../main/cli/process-host.ts'
import { runCli } from '../../../main/cli/run-cli.ts'
import { testDeadlines } from './workstation.ts'

process.exitCode = await runCli(process.argv.slice(2), { ...createProcessHost(process.env), deadlines: testDeadlines })
