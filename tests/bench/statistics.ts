// Medians and ratios of interleaved rounds. Pure.

/** One contender's measurements of one round. */
export interface Measurement {
  wallMs: number
  /** User and system time; null where it cannot be told. */
  cpuMs: number | null
  rssMb: number | null
}

export interface BenchResult {
  id: string
  against: string
  /** Of medians, ours to theirs; for `rss`, megabytes. Smaller is better. */
  ratio: number
  goal: number
  /** Of the rounds. */
  min: number
  max: number
  rounds: number
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  const [lower, upper] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return lower === undefined || upper === undefined ? Number.NaN : (lower + upper) / 2
}

/** `ours` and `theirs`: the same rounds in the same order. */
export function compare(
  row: { id: string; against: string; goal: number },
  ours: readonly number[],
  theirs: readonly number[],
): BenchResult {
  const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN))
  return {
    ...row,
    ratio: round2(median(ours) / median(theirs)),
    min: round2(Math.min(...ratios)),
    max: round2(Math.max(...ratios)),
    rounds: ours.length,
  }
}

export function round2(value: number): number {
  return Math.round(value * 100) / 100
}

/** Fisher–Yates; `random` in [0, 1). */
export function shuffle<T>(values: readonly T[], random: () => number): T[] {
  const shuffled = [...values]
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const [left, right] = [shuffled[last] as T, shuffled[other] as T]
    shuffled[last] = right
    shuffled[other] = left
  }
  return shuffled
}
