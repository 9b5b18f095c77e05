// The names of all files of a batch, from its template. Pure; knows no disk, so equal orders get equal names.
import { refuseOrder } from './fault.ts'
import { formatForName } from './instant.ts'
import { cleanText, countBytes, cutToBytes, foldName, longestStemBytes, sanitizeStem } from './stem.ts'

export interface StemItem {
  server: string
  place: string | null
  /** Name of the camera as the server gives it. */
  camera: string
  /** Stands in place of the camera's name. */
  label?: string | undefined
  fromMs: number
  toMs: number
}

const freeTokens = ['server', 'place', 'camera'] as const
const tokens = [...freeTokens, 'from', 'to', 'index'] as const
type Token = (typeof tokens)[number]

/** Errors: invalid-input for a token that does not exist, or a brace left open. */
export function validateTemplate(template: string): void {
  const known: readonly string[] = tokens
  const unknown = [...template.matchAll(/\{([^{}]*)\}/g)].find((match) => !known.includes(match[1] ?? ''))
  if (unknown || /[{}]/.test(template.replace(/\{[^{}]*\}/g, ''))) {
    const what = unknown ? `the token ${unknown[0].slice(0, 40)}, which does not exist` : 'a brace without its partner'
    const list = tokens.map((token) => `{${token}}`).join(' ')
    const token = unknown?.[0].slice(0, 40) ?? null
    throw refuseOrder(`The name template has ${what}. Tokens are ${list}.`, [{ reason: 'template', token, list }])
  }
}

/**
 * One stem per item, in their order: valid on Windows, at most 120 bytes, unique also where case does not count. Long
 * names of cameras and places give way before times do. Errors: invalid-input for the template or zone.
 */
export function buildStems(items: readonly StemItem[], template: string, zone: string): string[] {
  validateTemplate(template)
  const indexWidth = String(items.length).length
  const taken = new Set<string>()
  const nextNumbers = new Map<string, number>()
  return items.map((item, index) => {
    const values = readValues(item, String(index + 1).padStart(indexWidth, '0'), zone)
    const base = fillTemplate(template, values, longestStemBytes)
    const baseKey = foldName(base)
    let stem = base
    let key = baseKey
    let number = nextNumbers.get(baseKey) ?? 2
    while (taken.has(key)) {
      const suffix = ` (${number})`
      stem = fillTemplate(template, values, longestStemBytes - suffix.length) + suffix
      key = foldName(stem)
      number += 1
    }
    nextNumbers.set(baseKey, number)
    taken.add(key)
    return stem
  })
}

function readValues(item: StemItem, index: string, zone: string): Record<Token, string> {
  return {
    server: cleanText(item.server),
    place: cleanText(item.place ?? ''),
    camera: cleanText(item.label || item.camera),
    from: formatForName(item.fromMs, zone),
    to: formatForName(item.toMs, zone),
    index,
  }
}

function fillTemplate(template: string, values: Record<Token, string>, limitBytes: number): string {
  const fill = (current: Record<Token, string>): string =>
    template.replace(/\{([^{}]*)\}/g, (_match, token: string) => current[token as Token])
  const fitting = { ...values }
  for (let rounds = 0; rounds < freeTokens.length; rounds++) {
    const excess = countBytes(fill(fitting)) - limitBytes
    if (excess <= 0) break
    const longest = freeTokens
      .filter((token) => template.includes(`{${token}}`))
      .sort((a, b) => countBytes(fitting[b]) - countBytes(fitting[a]))[0]
    if (longest === undefined) break
    const uses = template.split(`{${longest}}`).length - 1
    const allowed = countBytes(fitting[longest]) - Math.ceil(excess / uses)
    fitting[longest] = cutToBytes(fitting[longest], Math.max(allowed, 0)).trimEnd()
  }
  return sanitizeStem(fill(fitting), limitBytes)
}
