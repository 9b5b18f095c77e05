// Tells ffmpeg's messages about damaged bytes from its other chatter, and puts them into words. Pure.

/** Messages at which ffmpeg goes on although bytes are damaged. */
const damageMessage =
  /Packet corrupt|partial file|Invalid NAL unit size|NAL unit size .* too big|missing picture in access unit|error while decoding|concealing|Error splitting|stream \d+, offset 0x/i

export interface DamageWatch {
  /** A message of ffmpeg. */
  push(line: string): void
  /** The first one that tells of damage; null when there was none. */
  readonly first: string | null
}

export function createDamageWatch(): DamageWatch {
  let first: string | null = null
  return {
    push(line) {
      if (damageMessage.test(line)) first ??= line.replace(/^(\[[^\]]*\] ?)+/, '').slice(0, 200)
    },
    get first() {
      return first
    },
  }
}

/** What is wrong with a file of which ffmpeg said that; nothing for null. `readMs`: how far it was read. */
export function describeDamage(message: string | null, readMs: number): string[] {
  if (message === null) return []
  if (/non.?monoton/i.test(message)) return ['The time stamps run backwards.']
  return [`The video is damaged; what was read reaches ${(readMs / 1000).toFixed(1)} s. ffmpeg says: ${message}`]
}
