// Finds stretches without a picture from stamps that come in decoding order. Pure and streaming.

export interface Holes {
  /** From the first picture on, in ms. */
  list: { fromMs: number; toMs: number }[]
  largestMs: number
  /** Usual time from one picture to the next at the end of the file; 0 with a single picture. */
  lastStepMs: number
  /** True when there were more than can be listed. */
  isCut: boolean
}

export interface HoleFinder {
  /** Presentation stamps in ms, in decoding order. */
  push(ptsMs: number): void
  finish(): Holes
}

/** H.264 and H.265 hold back at most 16 pictures. */
const reorderedPictures = 17
const shortestHoleMs = 2_000
/** A camera that takes a picture every few seconds has no holes between them: a hole is several of its own steps long. */
const stepsInHole = 4
const mostHoles = 10_000

export function createHoleFinder(): HoleFinder {
  const waiting: number[] = []
  const candidates: { fromMs: number; toMs: number; stepMs: number }[] = []
  let firstMs: number | null = null
  let previousMs: number | null = null
  let shortestStepMs = Infinity
  let stepMs = 0
  let largestMs = 0
  let isCut = false

  function take(ptsMs: number): void {
    firstMs ??= ptsMs
    const deltaMs = ptsMs - (previousMs ?? ptsMs)
    largestMs = Math.max(largestMs, deltaMs)
    if (deltaMs > shortestHoleMs) addCandidate(ptsMs, deltaMs)
    else if (deltaMs > 0) stepMs = deltaMs
    if (deltaMs > 0) shortestStepMs = Math.min(shortestStepMs, deltaMs)
    previousMs = Math.max(previousMs ?? ptsMs, ptsMs)
  }

  function addCandidate(ptsMs: number, deltaMs: number): void {
    if (candidates.length >= mostHoles) isCut = true
    else candidates.push({ fromMs: ptsMs - deltaMs, toMs: ptsMs, stepMs })
  }

  return {
    push(ptsMs) {
      let place = waiting.length
      while (place > 0 && (waiting[place - 1] ?? 0) > ptsMs) place--
      waiting.splice(place, 0, ptsMs)
      if (waiting.length > reorderedPictures) take(waiting.shift() ?? ptsMs)
    },
    finish() {
      for (const ptsMs of waiting.splice(0)) take(ptsMs)
      const startMs = firstMs ?? 0
      const list = candidates
        .filter(({ fromMs, toMs }) => toMs - fromMs > stepsInHole * shortestStepMs)
        .map(({ fromMs, toMs, stepMs: step }) => ({
          fromMs: roundMs(fromMs + step - startMs),
          toMs: roundMs(toMs - startMs),
        }))
      return {
        list,
        largestMs: roundMs(largestMs),
        lastStepMs: stepMs || (Number.isFinite(shortestStepMs) ? shortestStepMs : 0),
        isCut,
      }
    },
  }
}

/** To microseconds: what is finer comes from dividing ticks. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
