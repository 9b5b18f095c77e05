// Arithmetic on half-open byte ranges [start, end): what is there, what is missing, where to split. Knows neither disk nor network.

/** Bytes `start` up to, not including, `end`. */
export interface ByteRange {
  start: number
  end: number
}

/** Sorted, without overlaps, touching ranges joined, empty ones left out. */
export function mergeRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const sorted = ranges.filter((range) => range.end > range.start).sort((left, right) => left.start - right.start)
  const merged: ByteRange[] = []
  for (const range of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end)
    else merged.push({ start: range.start, end: range.end })
  }
  return merged
}

/** What of [0, totalBytes) is not covered by `present`. */
export function missingRanges(present: readonly ByteRange[], totalBytes: number): ByteRange[] {
  const missing: ByteRange[] = []
  let position = 0
  for (const range of mergeRanges(present)) {
    if (range.start >= totalBytes) break
    if (range.start > position) missing.push({ start: position, end: range.start })
    position = Math.max(position, range.end)
  }
  if (position < totalBytes) missing.push({ start: position, end: totalBytes })
  return missing
}

/** How many bytes `ranges` cover together. */
export function countBytes(ranges: readonly ByteRange[]): number {
  return mergeRanges(ranges).reduce((sum, range) => sum + range.end - range.start, 0)
}

/** Length of the unbroken stretch that begins at byte 0. */
export function measurePrefix(ranges: readonly ByteRange[]): number {
  const first = mergeRanges(ranges)[0]
  return first !== undefined && first.start === 0 ? first.end : 0
}

/** A list that can describe a file of that size: whole numbers, in order, inside the file. */
export function areValidRanges(ranges: readonly ByteRange[], totalBytes: number): boolean {
  return ranges.every(
    (range) =>
      Number.isSafeInteger(range.start) &&
      Number.isSafeInteger(range.end) &&
      range.start >= 0 &&
      range.start <= range.end &&
      range.end <= totalBytes,
  )
}

/**
 * Where to cut the longest of the ranges still under way so that another connection can take its second half: the index of
 * that range and the first byte of the half, or null when no half would be worth a connection of its own.
 */
export function chooseSplit(
  remaining: readonly ByteRange[],
  smallestHalfBytes: number,
): { index: number; at: number } | null {
  let index = -1
  let longestBytes = 0
  remaining.forEach((range, candidate) => {
    const lengthBytes = range.end - range.start
    if (lengthBytes > longestBytes) [index, longestBytes] = [candidate, lengthBytes]
  })
  const range = remaining[index]
  if (range === undefined || longestBytes < 2 * smallestHalfBytes) return null
  return { index, at: range.start + Math.ceil(longestBytes / 2) }
}
