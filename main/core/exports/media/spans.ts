// Sums over half-open spans of time, [from, to). Pure.

export interface Span {
  fromMs: number
  toMs: number
}

/** Sorted and joined where they touch or overlap; empty ones are left out. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const { fromMs, toMs } of [...spans].sort((one, other) => one.fromMs - other.fromMs)) {
    if (fromMs >= toMs) continue
    const last = merged.at(-1)
    if (last && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs)
    else merged.push({ fromMs, toMs })
  }
  return merged
}

/** What of the first is in none of the second. Both must be merged. */
export function subtractSpans(spans: readonly Span[], taken: readonly Span[]): Span[] {
  const left: Span[] = []
  let first = 0
  for (const span of spans) {
    let fromMs = span.fromMs
    while ((taken[first]?.toMs ?? Infinity) <= fromMs) first++
    for (let place = first; (taken[place]?.fromMs ?? Infinity) < span.toMs; place++) {
      const hole = taken[place] ?? span
      if (hole.fromMs > fromMs) left.push({ fromMs, toMs: hole.fromMs })
      fromMs = Math.max(fromMs, hole.toMs)
    }
    if (fromMs < span.toMs) left.push({ fromMs, toMs: span.toMs })
  }
  return left
}

/** What of the spans lies in the window. */
export function clipSpans(spans: readonly Span[], window: Span): Span[] {
  return mergeSpans(
    spans.map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, window.fromMs), toMs: Math.min(toMs, window.toMs) })),
  )
}

export function sumSpans(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
}
