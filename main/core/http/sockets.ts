// The light door of this folder, for worker threads: sockets, trust and errors, without the HTTP client and its memory.
export { fromNodeError } from './from-node-error.ts'
export { bareHost } from './local-address.ts'
export { parseRetryAfter } from './retry-after.ts'
export { connectTcp, connectTls } from './tls-connect.ts'
export type { SocketTarget, TlsTarget } from './tls-connect.ts'
