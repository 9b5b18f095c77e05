// The last gate before anything is printed or logged: takes out secrets that are known, and all of a link but its origin.

const mask = '•••'
/** Shorter ones would tear ordinary words apart; no server issues such. */
const shortestSecret = 4
const link = /\bhttps?:\/\/[^\s/"'<>]+\/[^\s"'<>]*/gi

export interface Redactor {
  /** From now on that text never passes; also not percent-encoded. */
  hide(secret: string): void
  redact(text: string): string
}

/** `allowedUrls`: addresses that may be shown whole, such as that of the server itself. */
export function createRedactor(): Redactor & { allowUrl(url: string): void } {
  const secrets = new Set<string>()
  const allowed = new Set<string>()
  return {
    hide(secret) {
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
        if (form.length >= shortestSecret) secrets.add(form)
    },
    allowUrl(url) {
      allowed.add(url.replace(/\/+$/, ''))
    },
    redact(text) {
      let result = text.replace(link, (url) => (allowed.has(url.replace(/[/.,;:)]+$/, '')) ? url : shorten(url)))
      for (const secret of [...secrets].sort((a, b) => b.length - a.length)) result = result.replaceAll(secret, mask)
      return result
    },
  }
}

function shorten(url: string): string {
  const [scheme, rest = ''] = url.split('://')
  const host = (rest.split('/')[0] ?? '').replace(/^.*@/, '')
  return `${scheme}://${host}/…`
}
