// The feature of cameras: their list. Knows servers only as VideoServer.
import type { Handlers } from '#contract/index.ts'
import type { Servers } from '#core/servers/index.ts'

export interface Cameras {
  handlers: Pick<Handlers<AbortSignal>, 'cameras.list'>
}

/** Errors of `cameras.list` are those of VideoServer.listCameras, and not-found for an unknown server. */
export function createCamerasFeature(deps: { servers: Pick<Servers, 'open'> }): Cameras {
  return {
    handlers: {
      'cameras.list': async ({ serverId, ...query }, { signal }) =>
        deps.servers.open(serverId).listCameras(query, { signal }),
    },
  }
}
