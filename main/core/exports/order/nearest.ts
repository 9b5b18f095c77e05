// The word that a misspelt one was probably meant to be. Knows nothing of what the words mean.

/** The closest of `candidates`, or null when none is close: at most a third of its letters (two of a short word) differ. */
export function findNearest(word: string, candidates: readonly string[]): string | null {
  const wanted = word.slice(0, 64).toLowerCase()
  let nearest: string | null = null
  let smallest = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < smallest && distance <= Math.max(candidate.length > 3 ? 2 : 1, Math.floor(candidate.length / 3))) {
      nearest = candidate
      smallest = distance
    }
  }
  return nearest
}

/** Levenshtein distance, by one row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
