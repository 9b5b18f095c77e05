// Entry point of the vms API server of the pretend installation; started by start-site.ts.
// Knows nothing of what the server answers.
import { serveControl, takeChildSettings } from '../child-control.ts'
import { createRequestLog } from '../request-log.ts'
import { startApiServer } from './api-server.ts'
import { createVmsSite } from './vms/vms-site.ts'

const settings = takeChildSettings()
const log = createRequestLog(Date.now)
const site = createVmsSite(settings, Date.now)
const server = await startApiServer(settings, log, (request) => site.respond(request))
serveControl(
  { set: (patch) => site.switches.set(patch), reset: () => site.reset(), log: log.list, clearLog: log.clear },
  server.ports,
)
