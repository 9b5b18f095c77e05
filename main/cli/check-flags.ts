// What is wrong with any flag whatever its command: no text, or too much of it. Knows the limits of the contract.
import type { Texts } from './texts/index.ts'
import { UsageError } from './usage-error.ts'

/** In characters, as in the contract, whose own words are for programs. */
export const longestTexts: Readonly<Record<string, number>> = {
  camera: 128,
  caseNumber: 200,
  exhibit: 200,
  legalBasis: 1000,
  login: 255,
  name: 200,
  note: 4000,
  place: 64,
  requester: 200,
  server: 2048,
  template: 200,
  text: 255,
  to: 4096,
}

/** Errors: UsageError with the name of the flag. An empty text comes from a variable of a script that is not set. */
export function checkFlags(flags: object, { usage }: Texts): void {
  for (const [name, value] of Object.entries(flags)) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const most = longestTexts[name] ?? Infinity
    for (const text of [value].flat()) {
      if (typeof text !== 'string') continue
      if (text.trim() === '') throw new UsageError(usage.missingValue(flag))
      if (text.length > most) throw new UsageError(usage.bad(flag, usage.atMost(most)))
    }
  }
}
