// Child process: the media server over HTTPS (two loopback addresses) and HTTP. Started by start-site.ts.
// Puts the parts together; knows nothing of what they do.
import http from 'node:http'
import https from 'node:https'
import path from 'node:path'
import { serveControl, takeChildSettings } from '../child-control.ts'
import { listenOn, listenOnBoth } from '../listen.ts'
import { createRequestLog } from '../request-log.ts'
import { behaviourOf, checkPatch, mergePatches, touches, type BehaviourPatch } from './behaviour.ts'
import { handleRequest, type RequestHandling } from './handle-request.ts'
import { createMediaState } from './link-state.ts'
import { createMediaCache } from './media-cache.ts'
import { findFfmpeg } from './run-ffmpeg.ts'

const maxCacheBytes = 12e9

const settings = takeChildSettings()
const state = createMediaState()
const log = createRequestLog(Date.now)
const folder = path.join(settings.cacheFolder, 'media')
const cache = createMediaCache({ folder, ffmpeg: findFfmpeg(), maxBytes: maxCacheBytes, nowMs: Date.now })
const addresses = { otherHost: '', http: '' }
let patch: BehaviourPatch = {}

const handling: RequestHandling = {
  linkSecret: settings.linkSecret,
  cache,
  state,
  log,
  behaviourOf: (camera) => behaviourOf(patch, camera),
  addresses,
  nowMs: Date.now,
}
const listener: http.RequestListener = (request, response) => void handleRequest(handling, request, response)
const tlsOptions = { cert: settings.certificatePem, key: settings.privateKeyPem }
const secureServers = [https.createServer(tlsOptions, listener), https.createServer(tlsOptions, listener)] as const
const plainServer = http.createServer(listener)

const httpsPort = await listenOnBoth(secureServers, ['127.0.0.1', '127.0.0.2'], settings.httpsPort)
const httpPort = await listenOn(plainServer, '127.0.0.1', settings.httpPort)
addresses.otherHost = `https://127.0.0.2:${httpsPort}`
addresses.http = `http://127.0.0.1:${httpPort}`

serveControl(
  {
    set(value) {
      const next = checkPatch(value)
      patch = mergePatches(patch, next)
      if (touches(next, ['cutAtBytes', 'stallAtBytes'])) state.forgetPositions()
      if (touches(next, ['busy'])) state.busyCounts.clear()
    },
    reset() {
      patch = {}
      state.reset()
    },
    log: () => log.list(),
    clearLog: () => log.clear(),
  },
  { httpsPort, httpPort },
)
