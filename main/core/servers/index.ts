// What other features may use of servers.
export { createServersFeature } from './create-servers-feature.ts'
export type { Servers, ServersDeps } from './create-servers-feature.ts'
export type { ArchiveLink, ArchiveOrder, CallContext, CameraQuery, Coverage, VideoServer } from './video-server.ts'
