// Video clips of the vms dialect: ordered, made in the background, then a file at the media server (section 27).
// Knows nothing of media; a clip's state follows from the time since its order.
import { archiveDepthMs, recordedIntervals } from '../../world.ts'
import { answerJson, bodyFields, readTime, Refusal, writeTime } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { makeArchiveUrl } from './archive.ts'
import { needRow } from './resources.ts'
import { findRecordedCamera } from './streams.ts'
import type { Fields, Row } from './tables.ts'
import type { VmsContext } from './vms-context.ts'

/** The part of the time a clip waits before it runs. */
const queuedPart = 0.2
/** A clip that fails or is aborted does so half-way. */
const brokenPart = 0.5

interface ClipState {
  readonly status: 'queued' | 'running' | 'failed' | 'aborted' | 'done'
  /** 0 to 1. */
  readonly progress: number
  readonly finishedAtMs: number | null
}

/** How the clip would come out was decided when it was ordered, so that later switches leave it alone. */
function readState(clip: Row<string>, nowMs: number): ClipState {
  const makingMs = Number(clip.fields['making_ms'])
  const outcome = clip.fields['outcome'] as 'done' | 'failed' | 'aborted'
  const part = makingMs === 0 ? 1 : Math.min(1, (nowMs - clip.createdAtMs) / makingMs)
  const endPart = outcome === 'done' ? 1 : brokenPart
  const finishedAtMs = Math.ceil(clip.createdAtMs + makingMs * endPart)
  if (part >= endPart) return { status: outcome, progress: endPart, finishedAtMs }
  if (part < queuedPart) return { status: 'queued', progress: 0, finishedAtMs: null }
  const progress = (part - queuedPart) / (1 - queuedPart)
  return { status: 'running', progress: Math.min(endPart, progress), finishedAtMs: null }
}

function describeClip(context: VmsContext, clip: Row<string>, nowMs: number): Fields {
  const { camera_id, range_start, range_end, camera_name, url } = clip.fields
  const { status, progress, finishedAtMs } = readState(clip, nowMs)
  const shown = context.switches.clipProgress === 'percent' ? Math.round(progress * 100) : Number(progress.toFixed(3))
  return {
    camera_id,
    range_start,
    range_end,
    id: clip.id,
    camera_name,
    created_at: writeTime(clip.createdAtMs),
    ...(finishedAtMs === null ? {} : { finished_at: writeTime(finishedAtMs) }),
    progress: shown,
    ...(status === 'done' ? { result: { url } } : {}),
    status,
  }
}

function refuseRange(detail: string): Refusal {
  return new Refusal(400, 'videoclip_invalid_time_range', detail)
}

function orderClip(context: VmsContext, call: Call): Row<string> {
  const { store, switches, makeUuid } = context
  const { camera_id: cameraId, range_start: start, range_end: end } = bodyFields(call)
  const fromMs = readTime(start, 'body', 'range_start')
  const toMs = readTime(end, 'body', 'range_end')
  const row = store.cameras.find(String(cameraId).toLowerCase())
  if (row === undefined) throw new Refusal(404, 'videoclip_camera_not_found', 'the camera does not exist')
  const camera = findRecordedCamera(row.id)
  if (fromMs >= toMs) throw refuseRange('the range is empty')
  if (fromMs < call.nowMs - archiveDepthMs || toMs > call.nowMs) throw refuseRange('the range is outside the archive')
  if (camera === undefined || recordedIntervals(camera.number, fromMs, toMs, call.nowMs).length === 0) {
    throw refuseRange('nothing was recorded in the range')
  }
  const waiting = store.videoClips
    .all()
    .filter((clip) => clip.fields['user_id'] === call.user?.id)
    .filter((clip) => ['queued', 'running'].includes(readState(clip, call.nowMs).status))
  if (waiting.length >= switches.clipQuota) {
    throw new Refusal(429, 'videoclip_user_quota_exceeded', 'too many clips are waiting')
  }
  const id = makeUuid()
  const url = makeArchiveUrl(context, id, camera, { fromMs, toMs }, call.nowMs)
  const made = { making_ms: switches.clipMs, outcome: switches.clipOutcome, user_id: call.user?.id, url }
  const asked = { camera_id: row.id, range_start: start, range_end: end, camera_name: row.fields['name'] }
  return store.videoClips.insert({ ...asked, ...made }, call.nowMs, id)
}

/** Takes no cursor and still has a pagination object (note PL1): all clips that fit, newest first. */
function listClips(context: VmsContext, call: Call): Fields[] {
  const { camera_id: camera, status, created_at_start: start, created_at_end: end } = call.query
  const fromMs = start === undefined ? -Infinity : readTime(start, 'query', 'created_at_start')
  const toMs = end === undefined ? Infinity : readTime(end, 'query', 'created_at_end')
  return context.store.videoClips
    .all()
    .filter((clip) => camera === undefined || clip.fields['camera_id'] === camera)
    .filter((clip) => clip.createdAtMs >= fromMs && clip.createdAtMs <= toMs)
    .map((clip) => describeClip(context, clip, call.nowMs))
    .filter((clip) => status === undefined || clip['status'] === status)
    .reverse()
}

export function handleVideoClips(context: VmsContext): Handlers {
  const { store } = context
  const need = (call: Call): Row<string> => needRow(store.videoClips, call.path['videoclip_id'], 'VideoClip')
  return {
    listVideoClips: (call) => answerJson({ pagination: {}, videoclips: listClips(context, call) }),
    createVideoClip: (call) => answerJson(describeClip(context, orderClip(context, call), call.nowMs)),
    getVideoClip: (call) => answerJson(describeClip(context, need(call), call.nowMs)),
    // 204 without a body, unlike other removals (note VC2).
    deleteVideoClip: (call) => {
      store.videoClips.remove(need(call).id)
      return { status: 204 }
    },
  }
}
