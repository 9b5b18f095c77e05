// What every handler of the vms dialect works on: the tables, the switches, the settings of the process.
// Knows nothing of requests.
import type { ChildSettings } from '../../child-control.ts'
import type { OutageValues } from '../switches.ts'
import type { LastCursor } from './paging.ts'
import type { Store } from './store.ts'

export interface VmsSwitches extends OutageValues {
  accessTokenTtlMs: number
  /** False: no access token is accepted, as after a revocation by the server; refreshing works. */
  accessTokensValid: boolean
  /** False: no refresh token is accepted. */
  refreshTokensValid: boolean
  /** Taken from what the signed-in user may do. */
  withoutPermissions: readonly string[]
  lastCursor: LastCursor
  /** Unit of `ts` in answers and requests (note EV5). */
  tsUnit: 's' | 'ms' | 'us'
  /** `named`: streams have ids of their own, named in `video_streaming`; `camera`: the camera's id (note EV15). */
  streamIds: 'named' | 'camera'
  /** Clips of one user that may wait or run at once. */
  clipQuota: number
  /** Time from order to file. */
  clipMs: number
  clipOutcome: 'done' | 'failed' | 'aborted'
  /** Scale of `progress` (note VC3). */
  clipProgress: 'fraction' | 'percent'
  /** What every call to a camera device is answered with: a 400 status of the document, or 503. */
  onvifFault: 'onvif_unauthenticated' | 'onvif_not_configured' | 'temporarily_unavailable' | null
}

export interface VmsContext {
  readonly store: Store
  readonly switches: Readonly<VmsSwitches>
  readonly settings: ChildSettings
  /** Differs from run to run, so that link numbers do not meet those of a former run. */
  readonly run: string
  readonly makeUuid: () => string
}
