// Another program on this machine that wants to work on the batch folder it is given; prints the reply as JSON.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCore } from '#core/create-core.ts'
import { testPorts } from './workstation.ts'

const folder = await mkdtemp(join(tmpdir(), 'watchroom-second-'))
const core = createCore(testPorts(folder, []))
const input = { destination: process.argv[2] }
const reply = await core.dispatch('exports.open', input, { signal: AbortSignal.timeout(60_000) })
process.stdout.write(JSON.stringify(reply))
await core.close()
await rm(folder, { recursive: true, force: true })
