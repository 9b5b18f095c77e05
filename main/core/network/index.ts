// What every way out to the network shares: sockets that judge a certificate first, whose address is local, errors in our
// words, when to come back. Light on purpose: each downloading thread loads it.
export { fromNodeError } from './from-node-error.ts'
export { bareHost, isLocalAddress, isLocalHost } from './local-address.ts'
export { backoffMs, parseRetryAfter } from './retry-after.ts'
export { connectTcp, connectTls, inspectTls } from './tls-connect.ts'
export type { CertificateView, TlsTarget } from './tls-connect.ts'
export { decideTrust, isTrusted } from './trust.ts'
export type { TrustUse } from './trust.ts'
