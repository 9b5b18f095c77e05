// Archive segments, their index and camera snapshots of the vms dialect (sections 18 and 19.2).
// Knows nothing of media: links lead to the media server.
import { createHmac } from 'node:crypto'
import { makeLinkToken } from '../../link-token.ts'
import { archiveDepthMs, recordedIntervals } from '../../world.ts'
import type { SiteCamera } from '../../world.ts'
import type { Answer, ApiRequest } from '../api-server.ts'
import { makePicture } from '../vms-data/picture.ts'
import { drawNumber } from '../vms-data/random.ts'
import { answerJson, badRequest } from './call.ts'
import type { Handlers } from './call.ts'
import { needRow } from './resources.ts'
import { findRecordedCamera, findStreamCamera, needStreamCamera, readTimestamp, writeTimestamp } from './streams.ts'
import type { VmsContext } from './vms-context.ts'

const segmentMs = 10_000
const indexPath = '/segment-index/'

interface Segment {
  readonly fromMs: number
  readonly toMs: number
  readonly url: string
  readonly signature: string
}

/** What a link has to be fetched with; how is not documented (note SG2), and the media server's links work without. */
function signLink({ settings }: VmsContext, link: string): string {
  return createHmac('sha256', settings.linkSecret).update(`signature ${link}`).digest('base64url')
}

/** Address of an archive file at the media server. */
export function makeArchiveUrl(
  { settings }: VmsContext,
  link: string,
  camera: SiteCamera,
  range: { readonly fromMs: number; readonly toMs: number },
  orderedAtMs: number,
): string {
  const { fromMs, toMs } = range
  const token = makeLinkToken(settings.linkSecret, { link, camera: camera.number, fromMs, toMs, orderedAtMs })
  return `https://127.0.0.1:${settings.mediaHttpsPort}/archive/${token}`
}

/** Segments begin on whole tens of seconds of UTC and end there, or where the recording does. */
function cutSegments(
  context: VmsContext,
  camera: SiteCamera,
  range: { readonly fromMs: number; readonly toMs: number },
  nowMs: number,
): Segment[] {
  const wholeFromMs = Math.floor(range.fromMs / segmentMs) * segmentMs
  const wholeToMs = Math.ceil(range.toMs / segmentMs) * segmentMs
  const segments: Segment[] = []
  for (const interval of recordedIntervals(camera.number, wholeFromMs, wholeToMs, nowMs)) {
    let fromMs = interval.fromMs
    while (fromMs < interval.toMs) {
      const toMs = Math.min(interval.toMs, (Math.floor(fromMs / segmentMs) + 1) * segmentMs)
      const link = `${context.run}-segment-${camera.number}-${fromMs}`
      const url = makeArchiveUrl(context, link, camera, { fromMs, toMs }, nowMs)
      segments.push({ fromMs, toMs, url, signature: signLink(context, url) })
      fromMs = toMs
    }
  }
  return segments
}

/** An HLS playlist (RFC 8216) of the whole archive, holes as discontinuities. */
function writePlaylist(segments: readonly Segment[]): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:6', `#EXT-X-TARGETDURATION:${segmentMs / 1000}`]
  lines.push('#EXT-X-MEDIA-SEQUENCE:0', '#EXT-X-PLAYLIST-TYPE:EVENT')
  let endMs = segments[0]?.fromMs ?? 0
  for (const [index, segment] of segments.entries()) {
    if (index > 0 && segment.fromMs !== endMs) lines.push('#EXT-X-DISCONTINUITY')
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.fromMs).toISOString()}`)
    lines.push(`#EXTINF:${((segment.toMs - segment.fromMs) / 1000).toFixed(3)},`, segment.url)
    endMs = segment.toMs
  }
  return `${lines.join('\n')}\n`
}

/**
 * The index file itself, which is no operation of the document: null when the request is for something else. It wants
 * its signature as the query parameter or the header `signature`, and no token.
 */
export function answerIndexFile(
  context: VmsContext,
  { url, headers, method }: ApiRequest,
  nowMs: number,
): Answer | null {
  if (method !== 'GET' || !url.pathname.startsWith(indexPath)) return null
  const camera = findStreamCamera(context, url.pathname.slice(indexPath.length).replace(/\.m3u8$/, ''))
  if (camera === undefined) return { status: 404 }
  const given = url.searchParams.get('signature') ?? headers['signature']
  if (given !== signLink(context, url.pathname)) return { status: 403 }
  const range = { fromMs: nowMs - archiveDepthMs, toMs: nowMs }
  const playlist = writePlaylist(cutSegments(context, camera, range, nowMs))
  return { status: 200, bytes: Buffer.from(playlist), mediaType: 'application/vnd.apple.mpegurl' }
}

export function handleArchive(context: VmsContext): Handlers {
  return {
    // An unknown stream gives an empty list: 404 is not among the statuses of this operation (note SG3).
    listSegments: (call) => {
      const camera = findStreamCamera(context, call.query['stream_id'])
      const fromMs = readTimestamp(context, Number(call.query['ts_from']))
      const toMs = readTimestamp(context, Number(call.query['ts_to']))
      const segments = camera === undefined ? [] : cutSegments(context, camera, { fromMs, toMs }, call.nowMs)
      return answerJson({
        segments: segments.map((segment) => ({
          segment_url: segment.url,
          ts_start: writeTimestamp(context, segment.fromMs),
          ts_end: writeTimestamp(context, segment.toMs),
          signature: segment.signature,
        })),
      })
    },
    getSegmentIndex: (call) => {
      needStreamCamera(context, call.query['stream_id'])
      const path = `${indexPath}${String(call.query['stream_id']).toLowerCase()}.m3u8`
      return answerJson({ index_url: call.origin + path, signature: signLink(context, path) })
    },
    getCameraSnapshot: (call) => {
      const row = needRow(context.store.cameras, call.path['camera_id'], 'Camera')
      const camera = findRecordedCamera(row.id)
      if (camera === undefined) throw badRequest('the camera has no stream')
      return { status: 200, bytes: makePicture(drawNumber('camera', camera.number, Math.floor(call.nowMs / 1000))) }
    },
  }
}
