// Makes the first characters of a page from a stranger fit for an error message: one line, no tricks, no secrets. Pure.

const mostCharacters = 200

/** At most 200 characters; controls and direction marks removed, tags dropped, and everything as long as a token blanked. */
export function sanitizeSample(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8').decode(bytes)
  const line = text
    .replace(/<(script|style)\b[\s\S]*?(<\/\1>|$)/gi, ' ')
    .replace(/<[^>]{0,1000}>/g, ' ')
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .replace(/[\w.~%+/=-]{24,}/g, '…')
    .trim()
  return [...line].slice(0, mostCharacters).join('')
}
