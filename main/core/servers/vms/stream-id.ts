// Which stream of a camera an archive is asked for. Pure; looks into the two free-form blocks of a camera.

/** The part of a camera that may name its streams; both blocks are free-form (note G10). */
export interface StreamSource {
  id: string
  video_streaming?: Record<string, unknown> | undefined
  source?: Record<string, unknown> | undefined
}

const mainKeys = [
  'main_stream_id',
  'stream_id',
  'high_stream_id',
  'primary_stream_id',
  'main_stream',
  'main',
  'high',
  'stream',
]
const subKeys = ['sub_stream_id', 'substream_id', 'low_stream_id', 'secondary_stream_id', 'sub_stream', 'sub', 'low']
const listKeys = ['streams', 'stream_ids']
const idKeys = ['stream_id', 'id', 'uuid']
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * The camera's own streams where its `video_streaming` or `source` names them, `sub` null without one; else the camera id
 * stands for the main stream (how the two relate is not stated, note EV15). Only UUIDs count: the parameter is one.
 */
export function streamIdsOf(camera: StreamSource): { main: string; sub: string | null; isNamed: boolean } {
  const blocks = [camera.video_streaming ?? {}, camera.source ?? {}]
  const main = firstIn(blocks, mainKeys) ?? firstOfLists(blocks, ['main', 'high', 'primary'], 0)
  const sub = firstIn(blocks, subKeys) ?? firstOfLists(blocks, ['sub', 'low', 'secondary'], 1)
  return { main: main ?? camera.id, sub: sub === main ? null : sub, isNamed: main !== null }
}

function firstIn(blocks: readonly Record<string, unknown>[], keys: readonly string[]): string | null {
  for (const block of blocks) {
    for (const key of keys) {
      const id = idOf(block[key])
      if (id !== null) return id
    }
  }
  return null
}

/** From a list of streams: the one whose type or name says so, else the one at that place. */
function firstOfLists(
  blocks: readonly Record<string, unknown>[],
  types: readonly string[],
  place: number,
): string | null {
  const lists = blocks
    .flatMap((block) => listKeys.map((key) => block[key]))
    .filter((list): list is unknown[] => Array.isArray(list))
  for (const list of lists) {
    const typed = list.find(
      (stream) => isObject(stream) && [stream['type'], stream['name']].some((type) => types.includes(String(type))),
    )
    const id = idOf(typed) ?? idOf(list[place])
    if (id !== null) return id
  }
  return null
}

function idOf(value: unknown): string | null {
  if (typeof value === 'string') return uuidForm.test(value) ? value : null
  if (!isObject(value)) return null
  const ids = idKeys.map((key) => value[key])
  return ids.find((id): id is string => typeof id === 'string' && uuidForm.test(id)) ?? null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
