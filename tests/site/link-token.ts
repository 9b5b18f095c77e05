// The token in an archive link: what the API servers order from the media server, signed so that it cannot be made up.
// Knows nothing of HTTP.
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface LinkPayload {
  /** Unique per ordered link: limits on life and bytes are counted by it. */
  readonly link: number | string
  /** `SiteCamera.number`. */
  readonly camera: number
  readonly fromMs: number
  readonly toMs: number
  readonly orderedAtMs: number
}

function signText(secret: string, text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}

/** `base64url(JSON) . base64url(HMAC-SHA256)`; the secret is shared by the site's processes only. */
export function makeLinkToken(secret: string, payload: LinkPayload): string {
  const text = Buffer.from(JSON.stringify(payload)).toString('base64url')
  return `${text}.${signText(secret, text).toString('base64url')}`
}

function isPayload(value: unknown): value is LinkPayload {
  if (typeof value !== 'object' || value === null) return false
  const { link, camera, fromMs, toMs, orderedAtMs } = value as Record<string, unknown>
  const idFits = typeof link === 'number' || typeof link === 'string'
  return idFits && [camera, fromMs, toMs, orderedAtMs].every(Number.isSafeInteger)
}

/** Null when the token is not whole, not signed with this secret, or not a payload. */
export function readLinkToken(secret: string, token: string): LinkPayload | null {
  const [text, signature, ...rest] = token.split('.')
  if (text === undefined || signature === undefined || rest.length > 0) return null
  const given = Buffer.from(signature, 'base64url')
  const wanted = signText(secret, text)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
  try {
    const payload: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return isPayload(payload) ? payload : null
  } catch {
    return null
  }
}
