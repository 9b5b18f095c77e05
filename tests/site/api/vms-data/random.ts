// Repeatable numbers and ids: the same words give the same values on every run.
// Knows nothing of what they are used for.
import { createHash } from 'node:crypto'

/** 32 unsigned bits drawn from the words. */
export function drawNumber(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(words.join(' ')).digest().readUInt32BE(0)
}

/** One of the items, drawn from the words. Throws when there are none. */
export function drawItem<Item>(items: readonly Item[], ...words: readonly (string | number)[]): Item {
  const item = items[drawNumber(...words) % items.length]
  if (item === undefined) throw new Error('nothing to draw from')
  return item
}

/** An id of version 4 form drawn from the words. */
export function drawUuid(...words: readonly (string | number)[]): string {
  const hex = createHash('sha256').update(words.join(' ')).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
