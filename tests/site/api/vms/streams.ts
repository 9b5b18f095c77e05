// Streams, stream servers and their availability of the vms dialect (sections 21, 22 and 23).
// Knows nothing of archives and media.
import { archiveDepthMs, findGaps, framesPerSecond, siteCameras } from '../../world.ts'
import type { SiteCamera } from '../../world.ts'
import { answerJson, badRequest, bodyFields, notFound, writeTime } from './call.ts'
import type { Call, Handlers } from './call.ts'
import type { VmsContext } from './vms-context.ts'

const unitsPerMs = { s: 1 / 1000, ms: 1, us: 1000 }

/** Integer time of the dialect; its unit is a switch, because the document names none (note EV5). */
export function writeTimestamp({ switches }: VmsContext, unixMs: number): number {
  return Math.floor(unixMs * unitsPerMs[switches.tsUnit])
}

/** Read in the same unit as it is written in, however unlikely the time it then gives. */
export function readTimestamp({ switches }: VmsContext, timestamp: number): number {
  return timestamp / unitsPerMs[switches.tsUnit]
}

export function streamIdOf({ switches }: VmsContext, camera: SiteCamera): string {
  return switches.streamIds === 'named' ? camera.streamUuid : camera.uuid
}

/** The camera of the world behind a camera id; cameras made by requests have none, hence no stream and no archive. */
export function findRecordedCamera(cameraId: string): SiteCamera | undefined {
  return siteCameras.find(({ uuid }) => uuid === cameraId)
}

/** Undefined when there is no such stream or its camera was removed. */
export function findStreamCamera(context: VmsContext, streamId: unknown): SiteCamera | undefined {
  const wanted = String(streamId).toLowerCase()
  const camera = siteCameras.find((one) => streamIdOf(context, one) === wanted)
  return camera !== undefined && context.store.cameras.find(camera.uuid) !== undefined ? camera : undefined
}

/** Throws 404. */
export function needStreamCamera(context: VmsContext, streamId: unknown): SiteCamera {
  const camera = findStreamCamera(context, streamId)
  if (camera === undefined) throw notFound(`stream ${String(streamId)}`)
  return camera
}

function nameServer(camera: SiteCamera): string {
  return `streamserver-${1 + (camera.number % 2)}`
}

/** Downtimes are the gaps of the archive. */
function listDowntimes(camera: SiteCamera, nowMs: number): object[] {
  return findGaps(camera.number, nowMs - archiveDepthMs, nowMs).map(({ fromMs, toMs }) => ({
    ts: writeTime(fromMs),
    downtime_start: writeTime(fromMs),
    downtime_end: writeTime(Math.min(toMs, nowMs)),
    reason: 'no data',
  }))
}

function describeAvailability(context: VmsContext, camera: SiteCamera, nowMs: number): object {
  const gaps = findGaps(camera.number, nowMs - archiveDepthMs, nowMs)
  const downMs = gaps.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  return {
    stream_id: streamIdOf(context, camera),
    stream_name: camera.name.slice(0, 255),
    lifetime: archiveDepthMs / 1000,
    availability: Math.max(0, Number((100 - (100 * downMs) / archiveDepthMs).toFixed(3))),
  }
}

export function handleStreams(context: VmsContext): Handlers {
  const need = (call: Call): SiteCamera => needStreamCamera(context, call.path['stream_id'])
  return {
    getStream: (call) => {
      const camera = need(call)
      return answerJson({
        streamserver_id: nameServer(camera),
        streamserver_host: '127.0.0.1',
        status: 'running',
        ts: writeTimestamp(context, call.nowMs),
      })
    },
    getStreamInfo: (call) => {
      const { kbps, video } = need(call)
      const codec = video === 'hevc' ? 'hevc' : 'h264'
      const size = { frame_width: 640, frame_height: 360 }
      return answerJson({ frame_rate: framesPerSecond, bit_rate: kbps * 1000, ...size, codec })
    },
    verifyStream: (call) => {
      const link = String(bodyFields(call)['rtsp_link'])
      const isRtsp = URL.canParse(link) && ['rtsp:', 'rtsps:'].includes(new URL(link).protocol)
      if (!isRtsp) throw badRequest('the link is not an RTSP link')
      return answerJson({ status: 'ok' })
    },
    listStreamServers: () =>
      answerJson({
        streamservers: [1, 2].map((number) => ({
          streamserver_id: `streamserver-${number}`,
          group: `group-${number}`,
          tags: ['site'],
        })),
      }),
    getStreamStatusSummary: (call) => {
      const cameras = siteCameras.filter(({ uuid }) => context.store.cameras.find(uuid) !== undefined)
      const summary = cameras.map((camera) => describeAvailability(context, camera, call.nowMs))
      return answerJson({ stream_status_summary: summary })
    },
    getStreamStatus: (call) => answerJson({ downtime_stats: listDowntimes(need(call), call.nowMs) }),
  }
}
