// What other features may use of servers.
export { createServersFeature } from './create-servers-feature.ts'
export type { Servers } from './create-servers-feature.ts'
export type { ArchiveLink, Coverage, VideoServer } from './video-server.ts'
