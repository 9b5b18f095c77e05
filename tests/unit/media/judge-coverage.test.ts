// Whether a file may count as the asked footage, by table.
import { expect, test } from 'vitest'
import { judgeCoverage } from '#core/exports/media/index.ts'
import type { CoverageQuestion, MediaReport, TimesInStream } from '#core/exports/media/index.ts'

const startMs = Date.UTC(2026, 10, 1, 7)
const minute = 60_000

/** Seconds from the beginning of the asked ten minutes. */
function at(fromSeconds: number, toSeconds: number) {
  return { fromMs: startMs + fromSeconds * 1000, toMs: startMs + toSeconds * 1000 }
}

const range = at(0, 600)

function makeReport(seconds: number, more: Partial<MediaReport> = {}): MediaReport {
  return {
    ...{ containerKind: 'mp4', streams: [], durationMs: seconds * 1000, holes: [], largestHoleMs: 67 },
    ...{ keyIntervalMs: 1000, problems: [], warnings: [], packetSha256: '', frameSha256: null, timesInStream: null },
    ...more,
  }
}

/** A hole as reports have it: from the first picture on. */
function hole(fromSeconds: number, toSeconds: number) {
  return { fromMs: fromSeconds * 1000, toMs: toSeconds * 1000 }
}

function known(...intervals: { fromMs: number; toMs: number }[]): CoverageQuestion['coverage'] {
  return { kind: 'known', intervals }
}

function judge(report: MediaReport, more: Partial<CoverageQuestion> = {}) {
  return judgeCoverage(report, { range, coverage: known(range), statedRange: null, ...more })
}

const rightFiles = [
  { name: 'the whole range', report: makeReport(600), gaps: [] },
  { name: 'begun and ended on key frames', report: makeReport(598.2), gaps: [] },
  { name: 'a key frame early', report: makeReport(601.5), gaps: [] },
  {
    name: 'a gap that the server knows, kept as a hole',
    report: makeReport(600, { holes: [hole(200, 260)] }),
    coverage: known(at(0, 200), at(260, 600)),
    gaps: [{ ...at(200, 260), source: 'server' }],
  },
  {
    name: 'a gap at the end',
    report: makeReport(500),
    coverage: known(at(0, 500)),
    gaps: [{ ...at(500, 600), source: 'server' }],
  },
  {
    name: 'a gap at the beginning',
    report: makeReport(500),
    coverage: known(at(100, 700)),
    gaps: [{ ...at(0, 100), source: 'server' }],
  },
]

test.each(rightFiles)('known coverage: $name is right', ({ report, coverage, gaps }) => {
  const judgement = judge(report, coverage ? { coverage } : {})
  expect(judgement).toMatchObject({ mismatch: null, coverage: 'known', isClosedUp: false })
  expect(judgement.gaps).toEqual(gaps)
})

const wrongFiles = [
  { name: 'the last minute is missing', report: makeReport(540), gap: at(540, 600) },
  { name: 'three seconds are missing at the end', report: makeReport(597), gap: at(597, 600) },
  {
    name: 'half a minute is missing inside',
    report: makeReport(600, { holes: [hole(300, 330)] }),
    gap: at(300, 330),
  },
  {
    name: 'a gap is a minute away from where the server has it',
    report: makeReport(600, { holes: [hole(260, 320)] }),
    coverage: known(at(0, 200), at(260, 600)),
    gap: at(260, 320),
  },
]

test.each(wrongFiles)('known coverage: $name', ({ report, coverage, gap }) => {
  const judgement = judge(report, coverage ? { coverage } : {})
  expect(judgement.mismatch).toMatch(/missing from the video/)
  expect(judgement.gaps).toContainEqual({ ...gap, source: 'media' })
})

test('a longer key-frame interval allows as much at the ends', () => {
  expect(judge(makeReport(592, { keyIntervalMs: 4000 })).mismatch).toBeNull()
  expect(judge(makeReport(592, { keyIntervalMs: 1000 })).mismatch).not.toBeNull()
})

test('a server that closes its gaps up keeps every recorded second, and it is said', () => {
  const judgement = judge(makeReport(540), { coverage: known(at(0, 200), at(260, 600)) })
  expect(judgement).toMatchObject({ mismatch: null, isClosedUp: true })
  expect(judgement.gaps).toEqual([{ ...at(200, 260), source: 'server' }])
  expect(judgement.warnings.join(' ')).toContain('closed up')
})

test('pictures where the server says nothing is recorded are a warning', () => {
  const judgement = judge(makeReport(600), { coverage: known(at(0, 200), at(260, 600)) })
  expect(judgement.mismatch).toBeNull()
  expect(judgement.warnings.join(' ')).toContain('60.0 s of pictures where the server says that nothing is recorded')
})

test('footage of a range in which nothing is recorded is a mismatch', () => {
  expect(judge(makeReport(600), { coverage: known() }).mismatch).toContain('nothing is recorded')
})

test.each([{ coverage: known(range) }, { coverage: { kind: 'unknown' as const } }])(
  'much more than asked is a mismatch: %j',
  ({ coverage }) => {
    expect(judge(makeReport(604), { coverage }).mismatch).toBeNull()
    expect(judge(makeReport(605), { coverage }).mismatch).toContain('longer than what was asked')
  },
)

test('unknown coverage: holes become gaps, and a short file is done with a warning', () => {
  const report = makeReport(500, { holes: [hole(10, 14), hole(100, 160.5)] })
  const judgement = judge(report, { coverage: { kind: 'unknown' } })
  expect(judgement).toMatchObject({ mismatch: null, coverage: 'unknown', timeBasis: 'asked' })
  expect(judgement.gaps).toEqual([
    { ...at(10, 14), source: 'media' },
    { ...at(100, 160.5), source: 'media' },
  ])
  expect(judgement.warnings).toEqual([
    'Bytes verified, time not proven.',
    'The video is 100.0 s shorter than asked; the server does not tell what is recorded.',
  ])
})

function times(fromSeconds: number, toSeconds: number): TimesInStream {
  const span = at(fromSeconds, toSeconds)
  return { firstUnixMs: span.fromMs, lastUnixMs: span.toMs, source: 'sei' }
}

const clocks = [
  { name: 'times in the pictures that agree', inStream: times(0, 599.9), basis: 'frames', isRight: true },
  { name: 'times in the pictures, a key frame early', inStream: times(-1.5, 598), basis: 'frames', isRight: true },
  { name: 'times in the pictures of an hour earlier', inStream: times(-3600, -3000), basis: 'frames', isRight: false },
  { name: 'times in the pictures four seconds late', inStream: times(4, 604), basis: 'frames', isRight: false },
  { name: 'the range that the server states', stated: range, basis: 'media-server', isRight: true },
  { name: 'another range stated by the server', stated: at(3600, 4200), basis: 'media-server', isRight: false },
  { name: 'a stated range of another length', stated: at(0, 300), basis: 'asked', isRight: true },
  { name: 'nothing but our question', basis: 'asked', isRight: true },
]

test.each(clocks)('the hour is proven by $name: $basis', ({ inStream, stated, basis, isRight }) => {
  const report = makeReport(600, { timesInStream: inStream ?? null })
  const judgement = judge(report, { statedRange: stated ?? null, coverage: { kind: 'unknown' } })
  expect(judgement.timeBasis).toBe(basis)
  expect(judgement.mismatch === null).toBe(isRight)
  expect(judgement.warnings.includes('Bytes verified, time not proven.')).toBe(basis === 'asked')
})

test('times in the pictures place the gaps, and the beginning', () => {
  const report = makeReport(590, { timesInStream: times(10, 600), holes: [hole(10, 70)] })
  const judgement = judge(report, { coverage: { kind: 'unknown' } })
  expect(judgement.startMs).toBe(startMs + 10_000)
  expect(judgement.gaps).toEqual([{ ...at(20, 80), source: 'media' }])
})

test('gaps never reach beyond the asked range', () => {
  const judgement = judge(makeReport(600, { holes: [hole(590, 599.8)], timesInStream: times(1, 601) }), {
    coverage: { kind: 'unknown' },
  })
  expect(judgement.gaps).toEqual([{ ...at(591, 600), source: 'media' }])
  expect(judgement.gaps[0]?.toMs).toBeLessThanOrEqual(startMs + 10 * minute)
})
