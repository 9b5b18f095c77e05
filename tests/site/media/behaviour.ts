// How the media server behaves, per camera: the faults and habits of media servers seen in the field, as data.
// Pure; knows nothing of HTTP.
export interface MediaBehaviour {
  /**
   * `strong-etag`: ETag and Last-Modified, ranges served. `weak-validators`: the ETag is weak, so `If-Range` works with
   * the date only. `none`: no ranges, no validators. `ignored`: says `Accept-Ranges: bytes` and always sends the whole.
   * `wrong-content-range`: a range that starts after byte 0 is answered with an earlier one. `wrong-total`: such a range
   * is answered with another total size than before.
   */
  range: 'strong-etag' | 'weak-validators' | 'none' | 'ignored' | 'wrong-content-range' | 'wrong-total'
  /** `chunked`: no Content-Length. */
  length: 'known' | 'chunked'
  /** Cameras with G.711 deliver MOV; where `mpegts` is asked of them, a faststart MOV. */
  layout: 'faststart' | 'moov-last' | 'fragmented' | 'mpegts'
  /** Silence before the head of a 200 or 206, after the file is ready. */
  silenceMs: number
  /**
   * Positions in the file. The response that would pass one is destroyed there, and that position is used up for the
   * camera and range. The same number twice cuts twice. Setting the list again makes it whole again.
   */
  cutAtBytes: number[]
  /** The same, but the connection falls silent and stays open until the client closes it. */
  stallAtBytes: number[]
  /** Life of a link counted from its order; a response under way is destroyed when it ends. */
  linkTtlMs: number | null
  /** Body bytes served per link in all; a response that would pass the limit is destroyed there. */
  linkMaxBytes: number | null
  /** Answer to a link past its time or bytes. */
  expiredStatus: 401 | 403 | 404 | 410
  /** After this many requests of a link its content is another one: other bytes, other ETag, same footage. */
  changeAfterRequests: number | null
  /** 404 for the first n requests of a link. */
  notFoundFirst: number
  /** 413 for longer ranges. */
  maxRangeMs: number | null
  /** 500 when a gap lies in the range. */
  failAcrossGap: boolean
  /** Refusal of the first `count` requests of a camera; `afterMs` is what Retry-After says, rounded up to seconds. */
  busy: { status: 429 | 503; count: number; retryAfter: 'seconds' | 'date' | 'none'; afterMs: number } | null
  /** Per connection. */
  bytesPerSecond: number | null
  /** `first-then-file`: the first request of a link is sent to another path, later ones get the file at once. */
  redirect: 'none' | 'same-host' | 'other-host' | 'to-http' | 'loop' | 'first-then-file'
  /** The file ends here, and its length says so. */
  truncateFileBytes: number | null
  /** Positions of bytes that are inverted. */
  corruptAtBytes: number[]
  /** Serves the range this much later (negative: earlier): the wrong hour. */
  shiftMs: number
  /** 404 when nothing is recorded in the range; when false, such a range is served as if it had been recorded. */
  emptyOutsideArchive: boolean
}

export const defaultBehaviour: Readonly<MediaBehaviour> = {
  range: 'strong-etag',
  length: 'known',
  layout: 'faststart',
  silenceMs: 0,
  cutAtBytes: [],
  stallAtBytes: [],
  linkTtlMs: null,
  linkMaxBytes: null,
  expiredStatus: 403,
  changeAfterRequests: null,
  notFoundFirst: 0,
  maxRangeMs: null,
  failAcrossGap: false,
  busy: null,
  bytesPerSecond: null,
  redirect: 'none',
  truncateFileBytes: null,
  corruptAtBytes: [],
  shiftMs: 0,
  emptyOutsideArchive: true,
}

export interface BehaviourPatch {
  readonly all?: Partial<MediaBehaviour>
  /** By `SiteCamera.number`; wins over `all`. */
  readonly cameras?: Readonly<Record<number, Partial<MediaBehaviour>>>
}

type Check = (value: unknown) => boolean
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isCounts: Check = (value) => Array.isArray(value) && value.length <= 100_000 && value.every(isCount)
const isFlag: Check = (value) => typeof value === 'boolean'
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const oneOf =
  (...allowed: unknown[]): Check =>
  (value) =>
    allowed.includes(value)

function isBusy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { status, count, retryAfter, afterMs } = value as Record<string, unknown>
  const namesFit = oneOf(429, 503)(status) && oneOf('seconds', 'date', 'none')(retryAfter)
  return namesFit && isCount(count) && isCount(afterMs)
}

const checks: Readonly<Record<keyof MediaBehaviour, Check>> = {
  range: oneOf('strong-etag', 'weak-validators', 'none', 'ignored', 'wrong-content-range', 'wrong-total'),
  length: oneOf('known', 'chunked'),
  layout: oneOf('faststart', 'moov-last', 'fragmented', 'mpegts'),
  silenceMs: isCount,
  cutAtBytes: isCounts,
  stallAtBytes: isCounts,
  linkTtlMs: orNull(isCount),
  linkMaxBytes: orNull(isCount),
  expiredStatus: oneOf(401, 403, 404, 410),
  changeAfterRequests: orNull(isCount),
  notFoundFirst: isCount,
  maxRangeMs: orNull(isCount),
  failAcrossGap: isFlag,
  busy: orNull(isBusy),
  bytesPerSecond: orNull((value) => isCount(value) && value !== 0),
  redirect: oneOf('none', 'same-host', 'other-host', 'to-http', 'loop', 'first-then-file'),
  truncateFileBytes: orNull(isCount),
  corruptAtBytes: isCounts,
  shiftMs: Number.isSafeInteger,
  emptyOutsideArchive: isFlag,
}

function checkPart(part: unknown): Partial<MediaBehaviour> {
  if (typeof part !== 'object' || part === null) throw new Error('a behaviour patch is an object')
  for (const [name, value] of Object.entries(part)) {
    const check = (checks as Record<string, Check | undefined>)[name]
    if (check === undefined) throw new Error(`no such media behaviour: ${name}`)
    if (!check(value)) throw new Error(`media behaviour ${name} does not take ${JSON.stringify(value)}`)
  }
  return part
}

/** Throws, with the name of the switch, on a patch that does not fit. */
export function checkPatch(patch: Readonly<Record<string, unknown>>): BehaviourPatch {
  const { all, cameras, ...others } = patch
  const strange = Object.keys(others)
  if (strange.length > 0) throw new Error(`no such part of a behaviour patch: ${strange.join(', ')}`)
  const checked: Record<number, Partial<MediaBehaviour>> = {}
  for (const [number, part] of Object.entries(cameras ?? {})) checked[Number(number)] = checkPart(part)
  return { all: checkPart(all ?? {}), cameras: checked }
}

/** Adds the later patch to the earlier one, switch by switch. */
export function mergePatches(earlier: BehaviourPatch, later: BehaviourPatch): BehaviourPatch {
  const cameras: Record<number, Partial<MediaBehaviour>> = { ...earlier.cameras }
  for (const [number, part] of Object.entries(later.cameras ?? {})) {
    cameras[Number(number)] = { ...cameras[Number(number)], ...part }
  }
  return { all: { ...earlier.all, ...later.all }, cameras }
}

export function behaviourOf(patch: BehaviourPatch, camera: number): MediaBehaviour {
  return { ...defaultBehaviour, ...patch.all, ...patch.cameras?.[camera] }
}

/** Whether the patch sets one of these switches for any camera. */
export function touches(patch: BehaviourPatch, names: readonly (keyof MediaBehaviour)[]): boolean {
  const parts = [patch.all ?? {}, ...Object.values(patch.cameras ?? {})]
  return parts.some((part) => names.some((name) => name in part))
}
