// The people and vehicles that pass the cameras of the pretend installation, and their descriptors.
// Knows nothing of events or tables.
import { createHash } from 'node:crypto'

/** People 1 to 8 are in the table of faces, under the same numbers; the others are strangers. */
export const personCount = 14
export const knownPersonCount = 8

/** The first eight are in the table of plates, in this order, ids from 1. */
export const plateNumbers: readonly string[] = [
  'A123BC77',
  'B456EK99',
  'E789KX178',
  'K012MH50',
  'M345OP77',
  'H678PC199',
  'O901CT77',
  'P234TY99',
  'C567YX50',
  'T890XA177',
  'Y123AB77',
  'X456BE97',
]
export const knownPlateCount = 8

const componentCount = 32

export interface Descriptor extends Record<string, unknown> {
  /** Base64 of 32 signed bytes. */
  readonly data: string
  readonly norm: number
}

/** Descriptor of one sight of a person: another `sight` gives nearly the same vector, another person another one. */
export function makeDescriptor(person: number, sight: number): Descriptor {
  const digest = createHash('sha256').update(`person ${person}`).digest()
  const jitter = createHash('sha256').update(`sight ${sight}`).digest()
  const values = Int8Array.from({ length: componentCount }, (_, index) => {
    const value = digest.readInt8(index) + (jitter.readInt8(index) >> 4)
    return Math.max(-127, Math.min(127, value))
  })
  const norm = Math.hypot(...values)
  return { data: Buffer.from(values.buffer).toString('base64'), norm: Number(norm.toFixed(4)) }
}

/** Null when the text is no descriptor of this installation. */
export function readDescriptor(data: string): Int8Array | null {
  const bytes = Buffer.from(data, 'base64')
  if (bytes.length !== componentCount || bytes.toString('base64') !== data) return null
  return Int8Array.from(bytes, (byte) => (byte << 24) >> 24)
}

/** Cosine of the angle between two descriptors: -1 to 1. */
export function compareDescriptors(one: Int8Array, other: Int8Array): number {
  const product = one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
  const norms = Math.hypot(...one) * Math.hypot(...other)
  return norms === 0 ? 0 : Math.max(-1, Math.min(1, product / norms))
}

/** 1 for equal numbers, less with every character that differs (edit distance over the longer length). */
export function comparePlates(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, character] of [...one].entries()) {
    const next = [index + 1]
    for (let column = 1; column <= other.length; column++) {
      const change = row[column - 1]! + Number(character !== other[column - 1])
      next.push(Math.min(change, row[column]! + 1, next[column - 1]! + 1))
    }
    row = next
  }
  const longest = Math.max(one.length, other.length)
  return longest === 0 ? 1 : 1 - row[other.length]! / longest
}
