// The pretend world: cameras, gaps, the frame grid, and the tokens of links.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeLinkToken, readLinkToken } from '../../site/link-token.ts'
import {
  archiveDepthMs,
  findGaps,
  firstFrameAt,
  frameTimeMs,
  recordedIntervals,
  siteCameras,
  subtractGaps,
} from '../../site/world.ts'

const hourMs = 3_600_000
const startMs = Date.UTC(2026, 10, 1)
const times = fc.integer({ min: startMs, max: startMs + 60 * 24 * hourMs })

describe('cameras', () => {
  it('have ids of their own and the kinds of footage a client must cope with', () => {
    expect(siteCameras.length).toBeGreaterThanOrEqual(12)
    for (const key of ['number', 'vsaasId', 'externalId', 'uuid', 'streamUuid'] as const) {
      expect(new Set(siteCameras.map((camera) => camera[key])).size).toBe(siteCameras.length)
    }
    expect(new Set(siteCameras.map((camera) => camera.name)).size).toBe(siteCameras.length - 1)
    expect(siteCameras.map((camera) => camera.number)).toEqual(siteCameras.map((_, index) => index + 1))
  })
})

describe('gaps', () => {
  it('are 40 to 90 s long and 5 to 7 hours apart', () => {
    for (const { number } of siteCameras) {
      const gaps = findGaps(number, startMs, startMs + 30 * 24 * hourMs)
      expect(gaps.length).toBeGreaterThan(110)
      gaps.forEach(({ fromMs, toMs }, index) => {
        expect(toMs - fromMs).toBeGreaterThanOrEqual(40_000)
        expect(toMs - fromMs).toBeLessThanOrEqual(90_000)
        const before = gaps[index - 1]
        if (before === undefined) return
        expect(fromMs - before.fromMs).toBeGreaterThan(4 * hourMs)
        expect(fromMs - before.fromMs).toBeLessThan(8 * hourMs)
      })
    }
  })

  it('spare the first 20 minutes of every hour of cameras 1 to 6', () => {
    for (let hour = 0; hour < 30 * 24; hour++) {
      const fromMs = startMs + hour * hourMs
      for (let camera = 1; camera <= 6; camera++) expect(findGaps(camera, fromMs, fromMs + hourMs / 3)).toEqual([])
    }
  })

  it('and what is recorded make up the range', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 16 }),
        times,
        fc.integer({ min: 1, max: 20 * hourMs }),
        (camera, fromMs, lengthMs) => {
          const toMs = fromMs + lengthMs
          const intervals = subtractGaps(camera, fromMs, toMs)
          const clipped = findGaps(camera, fromMs, toMs).map(
            (gap) => Math.min(gap.toMs, toMs) - Math.max(gap.fromMs, fromMs),
          )
          const recorded = intervals.map((interval) => interval.toMs - interval.fromMs)
          expect([...clipped, ...recorded].reduce((sum, length) => sum + length, 0)).toBe(lengthMs)
          expect([...clipped, ...recorded].every((length) => length > 0)).toBe(true)
        },
      ),
    )
  })
})

describe('archive', () => {
  it('ends now and begins 48 hours before', () => {
    const nowMs = startMs + 100 * hourMs
    const all = recordedIntervals(1, 0, nowMs + hourMs, nowMs)
    expect([all.at(0)?.fromMs, all.at(-1)?.toMs]).toEqual([nowMs - archiveDepthMs, nowMs])
    expect(recordedIntervals(1, nowMs, nowMs + hourMs, nowMs)).toEqual([])
    expect(recordedIntervals(1, nowMs - 60 * hourMs, nowMs - archiveDepthMs, nowMs)).toEqual([])
  })
})

describe('frame grid', () => {
  it('a frame belongs to a range exactly when its whole millisecond lies in it', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 5000 }), (fromMs, lengthMs) => {
        const [first, end] = [firstFrameAt(fromMs), firstFrameAt(fromMs + lengthMs)]
        expect(frameTimeMs(first)).toBeGreaterThanOrEqual(fromMs)
        expect(frameTimeMs(first - 1)).toBeLessThan(fromMs)
        expect(frameTimeMs(end - 1)).toBeLessThan(fromMs + lengthMs)
      }),
    )
  })
})

describe('link token', () => {
  const payload = { link: 7, camera: 3, fromMs: startMs, toMs: startMs + 1000, orderedAtMs: startMs + 5000 }
  const token = makeLinkToken('secret', payload)

  it('is read back with the same secret only', () => {
    expect(readLinkToken('secret', token)).toEqual(payload)
    expect(readLinkToken('other', token)).toBeNull()
  })

  it('is refused when any character of the payload differs', () => {
    const end = token.indexOf('.')
    for (let place = 0; place < end; place++) {
      const other = token[place] === 'A' ? 'B' : 'A'
      expect(readLinkToken('secret', token.slice(0, place) + other + token.slice(place + 1))).toBeNull()
    }
  })

  it.each(['', '.', 'a.b', `${token}.x`, token.slice(0, -2)])('refuses %j', (text) => {
    expect(readLinkToken('secret', text)).toBeNull()
  })

  it('refuses a signed text that is no payload', () => {
    const signed = makeLinkToken('secret', { ...payload, camera: 1.5 })
    expect(readLinkToken('secret', signed)).toBeNull()
  })
})
