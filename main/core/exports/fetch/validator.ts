// The witness that two replies speak of the same bytes (RFC 9110, 8.8): reading it from a reply and comparing it.

/** A strong ETag, quotes included; or the weaker witness, the text of Last-Modified. Weak ETags do not count. */
export type Validator = { kind: 'etag'; value: string } | { kind: 'last-modified'; value: string }

/** Opaque-tag of RFC 9110, 8.8.3, without the weak prefix. */
const strongEtag = /^"[\x21\x23-\x7e\x80-\xff]{0,1024}"$/
const httpDate = /^[A-Za-z0-9 ,:+-]{1,64}$/

/** The strongest witness that the reply carries; null when it carries none that proves identical bytes. */
export function readValidator(headers: {
  readonly etag?: string | undefined
  readonly 'last-modified'?: string | undefined
}): Validator | null {
  const etag = headers.etag?.trim()
  if (etag !== undefined && strongEtag.test(etag)) return { kind: 'etag', value: etag }
  const lastModified = headers['last-modified']?.trim()
  if (lastModified !== undefined && httpDate.test(lastModified) && Number.isFinite(Date.parse(lastModified))) {
    return { kind: 'last-modified', value: lastModified }
  }
  return null
}

/** False too for witnesses of different kinds: nothing follows from them. */
export function isSameValidator(left: Validator | null, right: Validator | null): boolean {
  return left !== null && right !== null && left.kind === right.kind && left.value === right.value
}
