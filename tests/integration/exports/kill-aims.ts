// Where to kill next: at every mark of a batch, evenly over a clean run, or at random. Pure; all chance comes from a seed.
import type { Aim } from './kill-batch.ts'

/** In [0, 1), the same for the same seed (mulberry32). */
export type Random = () => number

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a clean run showed. */
export interface CleanRun {
  durationMs: number
  /** From the start to the first mark. */
  startMs: number
  marks: string[]
}

/** The next aim of a batch after so many kills of it; null: it may end. */
export type Plan = (kills: number) => Aim | null

/** Killed at each mark as it shows for the first time: every transition of the batch, one after another. */
export function aimAtEveryMark(most: number): Plan {
  return (kills) => (kills < most ? { kind: 'new', delayMs: 0 } : null)
}

/** First at its place among `count` in a clean run, then a few more times while it goes on. */
export function aimEvenly(place: number, count: number, clean: CleanRun, random: Random, most: number): Plan {
  const workMs = clean.durationMs - clean.startMs
  return (kills) => {
    if (kills >= most) return null
    if (kills === 0) return { kind: 'time', afterMs: ((place + random()) / count) * clean.durationMs }
    return { kind: 'time', afterMs: clean.startMs + random() * 0.6 * workMs }
  }
}

/** Each time at a mark of a clean run, within a few milliseconds, or at any moment. */
export function aimAtRandom(clean: CleanRun, random: Random, most: number): Plan {
  return (kills) => {
    if (kills >= most) return null
    const mark = clean.marks[Math.floor(random() * clean.marks.length)]
    if (mark === undefined || random() < 0.4) return { kind: 'time', afterMs: random() * clean.durationMs }
    return { kind: 'mark', mark, delayMs: random() < 0.5 ? 0 : random() * 15 }
  }
}
