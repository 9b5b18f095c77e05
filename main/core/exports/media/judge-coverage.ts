// Judges a verified file against what the server says is recorded: is anything missing, and is it the right hour? Pure.
import type { Gap, TimeBasis } from '#contract/exports.ts'
import type { Range } from '#contract/servers.ts'
import type { Coverage } from '#core/servers/index.ts'
import type { MediaReport } from './media-report.ts'
import { clipSpans, mergeSpans, subtractSpans, sumSpans } from './spans.ts'
import type { Span } from './spans.ts'

export interface CoverageQuestion {
  /** What was asked for. */
  range: Range
  coverage: Coverage
  /** What the server itself says the file covers; null when it does not say. */
  statedRange: Range | null
}

export interface CoverageJudgement {
  /** In absolute time, sorted, within the range. */
  gaps: Gap[]
  coverage: 'known' | 'unknown'
  timeBasis: TimeBasis
  warnings: string[]
  /** Why this file must not count as the asked footage; null when it may. */
  mismatch: string | null
  /** Unix time of the first picture, as well as it is known. */
  startMs: number
  /** The server closed up its gaps: the file is as long as the recorded time, and stamps after a gap are early. */
  isClosedUp: boolean
}

/** Where the file does not tell: a key frame every two seconds is the usual setting. */
const usualKeyIntervalMs = 2_000
/** Longer ones exist, but then nothing could be missed any more. */
const longestKeyIntervalMs = 30_000
/** Rounding of stamps and the length of the last picture. */
const slackMs = 250
const clockSlackMs = 1_000
const holeMs = 2_000
/** A coverage in whole seconds leaves slivers that are no gaps. */
const shortestServerGapMs = 1_000

export function judgeCoverage(report: MediaReport, question: CoverageQuestion): CoverageJudgement {
  const { range, coverage, statedRange } = question
  const isKnown = coverage.kind === 'known'
  const expected = isKnown ? clipSpans(coverage.intervals, range) : [{ fromMs: range.fromMs, toMs: range.toMs }]
  const keyMs = report.keyIntervalMs ?? usualKeyIntervalMs
  const file: FileTime = {
    report,
    range,
    expected,
    gopMs: Math.min(keyMs, longestKeyIntervalMs) + slackMs,
    startMs: report.timesInStream?.firstUnixMs ?? statedRange?.fromMs ?? expected[0]?.fromMs ?? range.fromMs,
    isStartProven: report.timesInStream !== null,
  }
  const clock = judgeClock(file, statedRange)
  const length = isKnown ? judgeKnown(file) : judgeUnknown(file)
  return {
    gaps: length.gaps,
    coverage: isKnown ? 'known' : 'unknown',
    timeBasis: clock.timeBasis,
    warnings: [...clock.warnings, ...length.warnings],
    mismatch: clock.mismatch ?? findExcess(file) ?? length.mismatch,
    startMs: file.startMs,
    isClosedUp: length.isClosedUp,
  }
}

interface FileTime {
  report: MediaReport
  range: Range
  /** What should be in the file. */
  expected: Span[]
  /** One group of pictures: as far as a cut may lie from where it was asked. */
  gopMs: number
  startMs: number
  isStartProven: boolean
}

interface LengthJudgement {
  gaps: Gap[]
  warnings: string[]
  mismatch: string | null
  isClosedUp: boolean
}

function judgeClock({ report, range, gopMs }: FileTime, stated: Range | null) {
  const times = report.timesInStream
  const limitMs = gopMs + clockSlackMs
  const isOutside = (span: Span) => span.fromMs < range.fromMs - limitMs || span.toMs > range.toMs + limitMs
  if (times) {
    const carried = { fromMs: times.firstUnixMs, toMs: times.lastUnixMs }
    const mismatch = isOutside(carried)
      ? `The pictures themselves say ${formatSpan(carried)}, but ${formatSpan(range)} was asked for.`
      : null
    return { timeBasis: 'frames' as const, warnings: [], mismatch }
  }
  if (stated && isOutside(stated)) {
    const mismatch = `The server says that the file covers ${formatSpan(stated)}, but ${formatSpan(range)} was asked for.`
    return { timeBasis: 'media-server' as const, warnings: [], mismatch }
  }
  const isAsStated = stated !== null && Math.abs(report.durationMs - (stated.toMs - stated.fromMs)) <= 2 * limitMs
  if (isAsStated) return { timeBasis: 'media-server' as const, warnings: [], mismatch: null }
  return { timeBasis: 'asked' as const, warnings: ['Bytes verified, time not proven.'], mismatch: null }
}

function findExcess({ report, range, gopMs }: FileTime): string | null {
  const excessMs = report.durationMs - (range.toMs - range.fromMs)
  if (excessMs <= 2 * gopMs + holeMs) return null
  return `The video is ${formatDuration(excessMs)} longer than what was asked for.`
}

function findPresent({ report, startMs }: FileTime): Span[] {
  const whole = [{ fromMs: startMs, toMs: startMs + report.durationMs }]
  return subtractSpans(whole, mergeSpans(report.holes.map((hole) => moveSpan(hole, startMs))))
}

function judgeKnown(file: FileTime): LengthJudgement {
  const { report, range, expected, gopMs } = file
  const serverGaps = subtractSpans([range], expected).filter((span) => lengthOf(span) >= shortestServerGapMs)
  const gaps: Gap[] = serverGaps.map((span) => ({ ...span, source: 'server' }))
  if (expected.length === 0) {
    const mismatch = 'The server says that nothing is recorded in this range, and yet sent a video.'
    return { gaps, warnings: [], mismatch, isClosedUp: false }
  }
  if (isClosedUp(file)) {
    const warning = 'The server closed up its gaps: time stamps after a gap are earlier than the pictures were taken.'
    return { gaps, warnings: [warning], mismatch: null, isClosedUp: true }
  }
  const present = findPresent(file)
  const missing = subtractSpans(expected, present).filter((span) => lengthOf(span) > allowedMs(span, file))
  gaps.push(...missing.map((span) => ({ ...span, source: 'media' as const })))
  gaps.sort((one, other) => one.fromMs - other.fromMs)
  const extraMs = sumSpans(subtractSpans(clipSpans(present, range), expected))
  const warnings =
    extraMs > 2 * gopMs * expected.length + holeMs
      ? [`There are ${formatDuration(extraMs)} of pictures where the server says that nothing is recorded.`]
      : []
  const [first] = missing
  if (!first) return { gaps, warnings, mismatch: null, isClosedUp: false }
  const mismatch = `Of ${formatDuration(sumSpans(expected))} recorded, ${formatDuration(sumSpans(missing))} are missing from the video (which lasts ${formatDuration(report.durationMs)}), first ${formatSpan(first)}.`
  return { gaps, warnings, mismatch, isClosedUp: false }
}

/** At the ends of what is recorded a cut may fall on the next key frame, and where the file begins may be unsure by as much. */
function allowedMs(missing: Span, { expected, gopMs, isStartProven }: FileTime): number {
  const isAtEnd = expected.some(({ fromMs, toMs }) => missing.fromMs === fromMs || missing.toMs === toMs)
  if (isAtEnd) return isStartProven ? gopMs : 2 * gopMs
  return Math.max(gopMs, holeMs)
}

function isClosedUp({ report, expected, gopMs }: FileTime): boolean {
  if (expected.length < 2 || report.holes.length > 0) return false
  const first = expected[0]
  const last = expected.at(-1)
  if (!first || !last) return false
  const limitMs = gopMs * (expected.length + 1)
  return (
    Math.abs(report.durationMs - sumSpans(expected)) <= limitMs &&
    last.toMs - first.fromMs - report.durationMs > limitMs
  )
}

function judgeUnknown(file: FileTime): LengthJudgement {
  const { report, range, gopMs, startMs } = file
  const holes = mergeSpans(report.holes.map((hole) => moveSpan(hole, startMs)))
  const gaps: Gap[] = clipSpans(holes, range).map((span) => ({ ...span, source: 'media' }))
  const shortMs = range.toMs - range.fromMs - report.durationMs
  const warnings =
    shortMs > 2 * gopMs
      ? [`The video is ${formatDuration(shortMs)} shorter than asked; the server does not tell what is recorded.`]
      : []
  return { gaps, warnings, mismatch: null, isClosedUp: false }
}

function moveSpan({ fromMs, toMs }: Span, byMs: number): Span {
  return { fromMs: Math.round(fromMs + byMs), toMs: Math.round(toMs + byMs) }
}

function lengthOf({ fromMs, toMs }: Span): number {
  return toMs - fromMs
}

function formatSpan({ fromMs, toMs }: Span): string {
  return `${new Date(fromMs).toISOString()} – ${new Date(toMs).toISOString()}`
}

function formatDuration(durationMs: number): string {
  return durationMs < 120_000 ? `${(durationMs / 1000).toFixed(1)} s` : `${(durationMs / 60_000).toFixed(1)} min`
}
