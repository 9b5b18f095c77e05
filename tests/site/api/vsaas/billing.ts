// The camera list for outside systems of the vsaas dialect (document 002).
// Knows nothing of requests.
import { createHmac } from 'node:crypto'
import { siteCameras } from '../../world.ts'
import type { SiteCamera } from '../../world.ts'

/** At least one of the three is there; several select the union (note V02: the document's sample sends all three). */
export interface BillingSelection {
  readonly cameras_ids?: readonly number[]
  readonly cameras_uuid?: readonly string[]
  readonly login?: string
}

/** Numbers of the cameras of each login the server knows. */
const camerasByLogin: ReadonlyMap<string, readonly number[]> = new Map([
  ['operator@site.example', siteCameras.map(({ number }) => number)],
  ['guard@site.example', [1, 2, 3, 4]],
  ['nobody@site.example', []],
])

function describeCamera(camera: SiteCamera, mediaOrigin: string, secret: string): object {
  const token = createHmac('sha256', secret).update(`preview ${camera.streamUuid}`).digest('base64url')
  const stream = (type: string): object => ({ type, status: 'active', camera_id: camera.vsaasId })
  return {
    id: camera.vsaasId,
    external_id: camera.externalId,
    start_at: null,
    status: 'active',
    name: camera.name,
    group_type: camera.number % 3 === 0 ? 'private' : 'public',
    streams: [stream('high'), stream('low')],
    preview: `${mediaOrigin}/live/${camera.streamUuid}/preview.mp4?token=${token}`,
  }
}

/** Null, not an empty list, when nothing was found (note V03). */
export function listBillingCameras(
  selection: BillingSelection,
  mediaOrigin: string,
  secret: string,
): readonly object[] | null {
  const ofLogin = camerasByLogin.get(selection.login ?? '') ?? []
  const found = siteCameras.filter(
    (camera) =>
      selection.cameras_ids?.includes(camera.vsaasId) === true ||
      selection.cameras_uuid?.includes(camera.externalId) === true ||
      ofLogin.includes(camera.number),
  )
  return found.length === 0 ? null : found.map((camera) => describeCamera(camera, mediaOrigin, secret))
}
