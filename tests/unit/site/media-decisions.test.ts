// What the pretend media server decides before it sends a byte: ranges, patches, refusals, pieces.
import { describe, expect, it } from 'vitest'
import { behaviourOf, checkPatch, defaultBehaviour, mergePatches, touches } from '../../site/media/behaviour.ts'
import { chooseRange } from '../../site/media/choose-range.ts'
import { writeConcatList } from '../../site/media/join-pieces.ts'
import { createMediaState } from '../../site/media/link-state.ts'
import { framesPerSlot, mediaKey, splitIntoPieces, type MediaSpec } from '../../site/media/media-spec.ts'
import { chooseIntervals, refuseBusy, refuseExpired } from '../../site/media/refuse.ts'
import { findCamera, siteCameras } from '../../site/world.ts'

const file = { sizeBytes: 1000, etag: '"tag"', lastModifiedMs: Date.UTC(2026, 10, 1) + 66 }
const whole = { status: 200, start: 0, end: 1000 }

describe('chooseRange', () => {
  it.each([
    ['bytes=0-', 0, 1000],
    ['bytes=10-19', 10, 20],
    ['bytes=990-5000', 990, 1000],
    ['bytes=-10', 990, 1000],
    ['bytes=-5000', 0, 1000],
  ])('%s', (range, start, end) => {
    const contentRange = `bytes ${start}-${end - 1}/1000`
    expect(chooseRange({ range }, file, 'strong-etag')).toEqual({ status: 206, start, end, contentRange })
  })

  it.each(['bytes=-', 'bytes=9-3', 'lines=1-2', 'bytes=1-2,4-5', 'bytes=a-b', 'nonsense'])('ignores %s', (range) => {
    expect(chooseRange({ range }, file, 'strong-etag')).toEqual(whole)
  })

  it.each(['bytes=1000-', 'bytes=-0'])('cannot satisfy %s', (range) => {
    expect(chooseRange({ range }, file, 'strong-etag')).toEqual({ status: 416, contentRange: 'bytes */1000' })
  })

  it.each([
    ['"tag"', 206],
    ['W/"tag"', 200],
    ['"other"', 200],
    ['Sun, 01 Nov 2026 00:00:00 GMT', 206],
    ['Sun, 01 Nov 2026 00:00:01 GMT', 200],
    ['rubbish', 200],
  ])('If-Range %s gives %i', (ifRange, status) => {
    expect(chooseRange({ range: 'bytes=5-', 'if-range': ifRange }, file, 'strong-etag').status).toBe(status)
  })

  it('never takes a weak validator for a strong one', () => {
    const weak = { ...file, etag: 'W/"tag"' }
    expect(chooseRange({ range: 'bytes=5-', 'if-range': 'W/"tag"' }, weak, 'weak-validators').status).toBe(200)
  })
})

describe('behaviour', () => {
  it('of a camera is the default, changed by what was set for all, then for it', () => {
    const first = checkPatch({ all: { silenceMs: 5, notFoundFirst: 1 }, cameras: { 2: { silenceMs: 7 } } })
    const both = mergePatches(first, checkPatch({ cameras: { 2: { range: 'none' } } }))
    expect(behaviourOf(both, 1)).toEqual({ ...defaultBehaviour, silenceMs: 5, notFoundFirst: 1 })
    expect(behaviourOf(both, 2)).toEqual({ ...defaultBehaviour, silenceMs: 7, notFoundFirst: 1, range: 'none' })
    expect([touches(first, ['silenceMs']), touches(first, ['busy'])]).toEqual([true, false])
  })

  it('accepts its own defaults', () => {
    expect(checkPatch({ all: { ...defaultBehaviour } }).all).toEqual(defaultBehaviour)
  })

  it.each([
    [{ every: {} }, 'every'],
    [{ all: { cutAt: [] } }, 'cutAt'],
    [{ all: { cutAtBytes: [-1] } }, 'cutAtBytes'],
    [{ all: { bytesPerSecond: 0 } }, 'bytesPerSecond'],
    [{ all: { expiredStatus: 402 } }, 'expiredStatus'],
    [{ all: { busy: { status: 429, count: 1, retryAfter: 'later', afterMs: 0 } } }, 'busy'],
    [{ cameras: { 3: { layout: 'avi' } } }, 'layout'],
  ])('refuses %j', (patch, name) => {
    expect(() => checkPatch(patch)).toThrow(name)
  })
})

const payload = { link: 1, camera: 1, fromMs: 0, toMs: 1000, orderedAtMs: 10_000 }

describe('refusals', () => {
  it('a link ends at its time or when its bytes are served', () => {
    const link = { requests: 0, bytesSent: 99, wasRedirected: false }
    const behaviour = { ...defaultBehaviour, linkTtlMs: 500, linkMaxBytes: 100, expiredStatus: 410 as const }
    expect(refuseExpired(behaviour, payload, link, 10_499)).toBeNull()
    expect(refuseExpired(behaviour, payload, link, 10_500)?.status).toBe(410)
    expect(refuseExpired(behaviour, payload, { ...link, bytesSent: 100 }, 10_000)?.status).toBe(410)
  })

  it('Retry-After is never too early', () => {
    const busy = { status: 503, count: 1, retryAfter: 'seconds', afterMs: 1001 } as const
    expect(refuseBusy(busy, 0, 0)?.headers).toEqual({ 'retry-after': '2' })
    const dated = refuseBusy({ ...busy, retryAfter: 'date' }, 0, 500)
    expect(dated?.headers).toEqual({ 'retry-after': 'Thu, 01 Jan 1970 00:00:02 GMT' })
    expect(refuseBusy(busy, 1, 0)).toBeNull()
  })

  it('what a link holds depends on when it was ordered, and on the shift', () => {
    const hourMs = 3_600_000
    const orderedAtMs = Date.UTC(2026, 10, 1)
    const future = { ...payload, fromMs: orderedAtMs + hourMs, toMs: orderedAtMs + hourMs + 1000, orderedAtMs }
    expect(chooseIntervals(defaultBehaviour, future)).toEqual([])
    const shifted = chooseIntervals({ ...defaultBehaviour, shiftMs: -hourMs - 1000 }, future)
    expect(shifted).toEqual([{ fromMs: orderedAtMs - 1000, toMs: orderedAtMs }])
  })
})

describe('media state', () => {
  it('uses up positions per camera and range, equal ones one by one', () => {
    const state = createMediaState()
    state.usePosition('cut', payload, 5)
    expect(state.positionsLeft('cut', payload, [9, 5, 5])).toEqual([5, 9])
    expect(state.positionsLeft('stall', payload, [5])).toEqual([5])
    expect(state.positionsLeft('cut', { ...payload, toMs: 2000 }, [5])).toEqual([5])
    state.forgetPositions()
    expect(state.positionsLeft('cut', payload, [5])).toEqual([5])
  })
})

describe('pieces', () => {
  it('end at ten-minute boundaries and last until the next one begins', () => {
    const spans = [
      { firstFrame: framesPerSlot - 15, endFrame: framesPerSlot + 30 },
      { firstFrame: framesPerSlot + 90, endFrame: framesPerSlot + 91 },
    ]
    const pieces = splitIntoPieces(spans)
    expect(pieces.map((span) => [span.firstFrame - framesPerSlot, span.endFrame - framesPerSlot])).toEqual([
      [-15, 0],
      [0, 30],
      [90, 91],
    ])
    const list = writeConcatList(pieces.map((span, index) => ({ name: `${index}.piece`, span })))
    expect(list.match(/duration .*/g)).toEqual(['duration 1.000000', 'duration 6.000000', 'duration 0.066667'])
  })

  it('files have a name of their own for each camera, range, layout and variant', () => {
    const camera = findCamera(1) ?? siteCameras[0]
    if (camera === undefined) throw new Error('no camera')
    const spec: MediaSpec = { camera, spans: [{ firstFrame: 0, endFrame: 9 }], layout: 'faststart', variant: 0 }
    const others: MediaSpec[] = [
      { ...spec, camera: { ...camera, number: 2 } },
      { ...spec, spans: [{ firstFrame: 0, endFrame: 8 }] },
      { ...spec, layout: 'mpegts' },
      { ...spec, variant: 1 },
    ]
    expect(new Set([spec, ...others].map(mediaKey)).size).toBe(5)
    expect(mediaKey({ ...spec })).toBe(mediaKey(spec))
  })
})
