// Which certificates a connection may accept: a pure decision over the pins that a person accepted. Opens no socket.
import type { TrustedCertificate } from '#contract/servers.ts'

export type TrustUse = TrustedCertificate['use']

export interface TrustDecision {
  /** SHA-256 of leaf certificates in DER form (lower-case hex) that are accepted whatever the authorities say. */
  fingerprints: string[]
  /** Whether a certificate that a public or system authority vouches for is accepted too. */
  isPublicAllowed: boolean
}

/**
 * Pins with exactly that origin: the leaf must be one of them or of the pins without origin, and authorities do not
 * count (a changed certificate blocks). No pin for the origin: authorities count, and pins without origin too.
 */
export function decideTrust(trusted: readonly TrustedCertificate[], use: TrustUse, origin: string): TrustDecision {
  const ofUse = trusted.filter((pin) => pin.use === use)
  const ofOrigin = ofUse.filter((pin) => pin.origin === origin)
  const anywhere = ofUse.filter((pin) => pin.origin === null)
  const fingerprints = [...ofOrigin, ...anywhere].map((pin) => pin.fingerprint)
  return { fingerprints: [...new Set(fingerprints)], isPublicAllowed: ofOrigin.length === 0 }
}

/** Whether a leaf certificate passes; `isAuthorized` is the outcome of the authorities' check, host name included. */
export function isTrusted(decision: TrustDecision, fingerprint: string, isAuthorized: boolean): boolean {
  return decision.fingerprints.includes(fingerprint) || (decision.isPublicAllowed && isAuthorized)
}
