// Subtitles: what a player shows at which second.
import { expect, test } from 'vitest'
import { buildSubtitles } from '#core/exports/media/index.ts'

const startMs = Date.UTC(2026, 9, 25, 0, 59, 58)

test('a cue a second, cut at full seconds, in local time with its offset across the clock change', () => {
  const text = buildSubtitles({
    camera: 'Проходная №1',
    gaps: [],
    durationMs: 3500,
    zone: 'Europe/Berlin',
    startMs: startMs + 400,
  })
  expect(text).toBe(
    [
      ...['1', '00:00:00,000 --> 00:00:00,600', 'Проходная №1', '2026-10-25 02:59:58+02:00', ''],
      ...['2', '00:00:00,600 --> 00:00:01,600', 'Проходная №1', '2026-10-25 02:59:59+02:00', ''],
      ...['3', '00:00:01,600 --> 00:00:02,600', 'Проходная №1', '2026-10-25 02:00:00+01:00', ''],
      ...['4', '00:00:02,600 --> 00:00:03,500', 'Проходная №1', '2026-10-25 02:00:01+01:00', ''],
    ].join('\r\n'),
  )
})

test('a gap is one cue that says so; gaps outside the video are left out', () => {
  const gaps = [
    { fromMs: startMs + 1500, toMs: startMs + 91_000, source: 'server' as const },
    { fromMs: startMs + 500_000, toMs: startMs + 600_000, source: 'media' as const },
  ]
  const cues = buildSubtitles({ camera: 'Yard', gaps, durationMs: 93_000, zone: '+03:00', startMs }).split('\r\n\r\n')
  expect(cues).toHaveLength(5)
  expect(cues[2]).toBe(
    '3\r\n00:00:01,500 --> 00:01:31,000\r\nYard\r\nNo recording: 2026-10-25 03:59:59+03:00 – 2026-10-25 04:01:29+03:00',
  )
})

test('a gap that the server closed up moves the clock, not the video', () => {
  const gaps = [{ fromMs: startMs + 2000, toMs: startMs + 62_000, source: 'server' as const }]
  const text = buildSubtitles({ camera: 'Yard', gaps, durationMs: 4000, zone: 'UTC', startMs, isClosedUp: true })
  expect(text.split('\r\n').filter((line) => /:/.test(line))).toEqual([
    ...['00:00:00,000 --> 00:00:01,000', '2026-10-25 00:59:58+00:00'],
    ...['00:00:01,000 --> 00:00:02,000', '2026-10-25 00:59:59+00:00'],
    ...['00:00:02,000 --> 00:00:03,000', '2026-10-25 01:01:00+00:00'],
    ...['00:00:03,000 --> 00:00:04,000', '2026-10-25 01:01:01+00:00'],
  ])
})

test('a gap before the video does not count', () => {
  const gaps = [{ fromMs: startMs - 9000, toMs: startMs, source: 'server' as const }]
  const order = { camera: 'Yard', durationMs: 2000, zone: 'UTC', startMs }
  for (const isClosedUp of [false, true])
    expect(buildSubtitles({ ...order, gaps, isClosedUp })).toBe(buildSubtitles({ ...order, gaps: [] }))
})

test('a picture that does not stand at 0 moves every cue', () => {
  const text = buildSubtitles({ camera: 'Yard', gaps: [], durationMs: 1000, zone: 'UTC', startMs, offsetMs: 3064 })
  expect(text).toContain('00:00:03,064 --> 00:00:04,064')
})

test.each([
  ['<b>A</b>\r\n{\\an8}', '‹b›A‹/b› (\\an8)'],
  ['1\n\n2\n00:00:00,000 --> 00:00:09,000', '1 2 00:00:00,000 → 00:00:09,000'],
  ['\u202e\u0000', '–'],
])('a hostile name %j stays one line of text', (camera, shown) => {
  const lines = buildSubtitles({ camera, gaps: [], durationMs: 1000, zone: 'UTC', startMs }).split('\r\n')
  expect(lines.slice(2)).toEqual([shown, '2026-10-25 00:59:58+00:00', ''])
})

test('a day has a cue for each second', () => {
  const text = buildSubtitles({ camera: 'Yard', gaps: [], durationMs: 86_400_000, zone: 'UTC', startMs })
  expect(text.match(/-->/g)).toHaveLength(86_400)
  expect(text).toContain('23:59:59,000 --> 24:00:00,000')
})
