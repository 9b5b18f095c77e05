// What other features may use of the way out to the network.
export { fromNodeError } from './from-node-error.ts'
export { bareHost, isLocalAddress, isLocalHost } from './local-address.ts'
export { connectTcp, connectTls, inspectTls } from './tls-connect.ts'
export type { CertificateView, SocketTarget, TlsTarget } from './tls-connect.ts'
export { decideTrust, isTrusted } from './trust.ts'
export type { TrustDecision, TrustUse } from './trust.ts'
