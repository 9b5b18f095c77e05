// Answers a request for a link's file: prepares it, chooses the bytes, sends them with the faults that are switched on.
// Knows nothing of tokens, paths or refusals before this point.
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LinkPayload } from '../link-token.ts'
import type { RequestRecord } from '../request-log.ts'
import { frameTimeMs } from '../world.ts'
import type { MediaBehaviour } from './behaviour.ts'
import { chooseRange, type RangeChoice, type Representation } from './choose-range.ts'
import type { LinkState, MediaState } from './link-state.ts'
import type { MediaCache, OpenMedia } from './media-cache.ts'
import { chooseContainer, contentTypes, type MediaSpec } from './media-spec.ts'
import type { Pacer } from './pace.ts'
import { flushHead, sendBody } from './send-body.ts'

export interface FileAnswer {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly record: RequestRecord
  readonly payload: LinkPayload
  readonly link: LinkState
  readonly behaviour: MediaBehaviour
  readonly spec: MediaSpec
  readonly cache: MediaCache
  readonly state: MediaState
  readonly pacer: Pacer
  /** Fires when the client has gone or the link's time is over. */
  readonly signal: AbortSignal
}

type Served = Exclude<RangeChoice, { status: 416 }>

function describeFile(answer: FileAnswer, file: OpenMedia): Representation {
  const { range, truncateFileBytes, corruptAtBytes } = answer.behaviour
  const sizeBytes = Math.min(file.sizeBytes, truncateFileBytes ?? file.sizeBytes)
  if (range === 'none') return { sizeBytes, etag: null, lastModifiedMs: null }
  const isAltered = sizeBytes !== file.sizeBytes || corruptAtBytes.length > 0
  const content = isAltered ? JSON.stringify([file.key, sizeBytes, corruptAtBytes]) : file.key
  const hash = isAltered ? createHash('sha256').update(content).digest('hex').slice(0, 32) : content
  const endFrame = answer.spec.spans.at(-1)?.endFrame ?? 0
  return {
    sizeBytes,
    etag: range === 'weak-validators' ? `W/"${hash}"` : `"${hash}"`,
    lastModifiedMs: frameTimeMs(endFrame) + 1000 * answer.spec.variant,
  }
}

function setHeaders(answer: FileAnswer, representation: Representation, choice: Served): void {
  const { response, behaviour, spec } = answer
  response.setHeader('content-type', contentTypes[chooseContainer(spec.camera, spec.layout)])
  if (behaviour.range !== 'none') response.setHeader('accept-ranges', 'bytes')
  if (representation.etag !== null) response.setHeader('etag', representation.etag)
  if (representation.lastModifiedMs !== null) {
    response.setHeader('last-modified', new Date(representation.lastModifiedMs).toUTCString())
  }
  if (choice.status === 206) response.setHeader('content-range', choice.contentRange)
  if (behaviour.length === 'known') response.setHeader('content-length', choice.end - choice.start)
}

/** Where this response is to be cut or to fall silent; the position is used up at once, so that no other takes it too. */
function takeStop(answer: FileAnswer, choice: Served): { kind: 'cut' | 'stall'; position: number } | null {
  const { behaviour, state, payload } = answer
  const find = (kind: 'cut' | 'stall', positions: readonly number[]) =>
    state
      .positionsLeft(kind, payload, positions)
      .filter((position) => position >= choice.start && position < choice.end)
      .map((position) => ({ kind, position }))
      .at(0)
  const cut = find('cut', behaviour.cutAtBytes)
  const stall = find('stall', behaviour.stallAtBytes)
  const stop = cut !== undefined && (stall === undefined || cut.position <= stall.position) ? cut : stall
  if (stop === undefined) return null
  state.usePosition(stop.kind, payload, stop.position)
  return stop
}

/** Bytes the link may still serve are taken when they are sent, so that parallel responses share one allowance. */
function takeAllowance({ link, behaviour }: FileAnswer, count: number): number {
  const left = behaviour.linkMaxBytes === null ? count : Math.max(0, behaviour.linkMaxBytes - link.bytesSent)
  const taken = Math.min(count, left)
  link.bytesSent += taken
  return taken
}

function waitForEnd(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function sendChoice(answer: FileAnswer, file: OpenMedia, choice: Served): Promise<void> {
  const { response, record, behaviour, signal } = answer
  const stop = takeStop(answer, choice)
  response.statusCode = choice.status
  record.rangeStart = choice.start
  record.status = choice.status
  await flushHead(response)
  const outcome = await sendBody(response, {
    handle: file.handle,
    start: choice.start,
    end: stop?.position ?? choice.end,
    corruptAtBytes: behaviour.corruptAtBytes,
    bytesPerSecond: behaviour.bytesPerSecond,
    pacer: answer.pacer,
    allow: (count) => takeAllowance(answer, count),
    onFlushed: (count) => (record.bytesSent += count),
    signal,
  })
  if (outcome === 'whole' && stop === null) response.end()
  else if (outcome === 'whole' && stop?.kind === 'stall') await waitForEnd(signal)
  else response.destroy()
}

/** Settles when the response is over. Rejects with the signal's reason when the client went away. */
export async function answerFile(answer: FileAnswer): Promise<void> {
  const { request, response, behaviour, signal } = answer
  const file = await answer.cache.open(answer.spec, signal)
  try {
    if (behaviour.silenceMs > 0) await sleep(behaviour.silenceMs, undefined, { signal })
    const representation = describeFile(answer, file)
    const choice = chooseRange(request.headers, representation, behaviour.range)
    if (choice.status === 416) {
      response.writeHead(416, { 'content-range': choice.contentRange, 'content-length': 0 }).end()
      return
    }
    setHeaders(answer, representation, choice)
    await sendChoice(answer, file, choice)
  } finally {
    await file.handle.close()
  }
}
