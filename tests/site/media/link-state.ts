// What the media server remembers between requests: counts per link and camera, positions used up per camera and range.
// Knows nothing of HTTP or time.
import type { LinkPayload } from '../link-token.ts'

export interface LinkState {
  /** Requests that reached the file or a refusal by `notFoundFirst`; redirects are not counted. */
  requests: number
  /** Body bytes sent or about to be: taken from the link's allowance before they are written. */
  bytesSent: number
  wasRedirected: boolean
}

export interface MediaState {
  ofLink(payload: LinkPayload): LinkState
  /** How many requests of the camera were refused as busy. */
  busyCounts: Map<number, number>
  /** Positions of the list not used up yet for this camera and range, in rising order. */
  positionsLeft(kind: 'cut' | 'stall', payload: LinkPayload, positions: readonly number[]): number[]
  usePosition(kind: 'cut' | 'stall', payload: LinkPayload, position: number): void
  forgetPositions(): void
  reset(): void
}

/** Links beyond this number make the oldest one forgotten. */
const maxLinks = 100_000

export function createMediaState(): MediaState {
  const links = new Map<string, LinkState>()
  const used = new Map<string, number[]>()
  const busyCounts = new Map<number, number>()
  const keyOf = (kind: string, { camera, fromMs, toMs }: LinkPayload) => `${kind} ${camera} ${fromMs} ${toMs}`
  return {
    busyCounts,
    ofLink(payload) {
      const key = String(payload.link)
      const known = links.get(key)
      if (known !== undefined) return known
      const oldest = links.keys().next()
      if (links.size >= maxLinks && oldest.done !== true) links.delete(oldest.value)
      const fresh: LinkState = { requests: 0, bytesSent: 0, wasRedirected: false }
      links.set(key, fresh)
      return fresh
    },
    positionsLeft(kind, payload, positions) {
      const left = [...positions]
      for (const position of used.get(keyOf(kind, payload)) ?? []) {
        const index = left.indexOf(position)
        if (index >= 0) left.splice(index, 1)
      }
      return left.sort((a, b) => a - b)
    },
    usePosition(kind, payload, position) {
      const key = keyOf(kind, payload)
      used.set(key, [...(used.get(key) ?? []), position])
    },
    forgetPositions() {
      used.clear()
    },
    reset() {
      links.clear()
      used.clear()
      busyCounts.clear()
    },
  }
}
