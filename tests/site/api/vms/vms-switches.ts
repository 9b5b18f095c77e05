// The switches of the vms API server with their defaults and the values they take.
// Knows nothing of what they do.
import { createSwitches, outageDefaults, outageSchemas } from '../switches.ts'
import type { Switches } from '../switches.ts'
import type { VmsSwitches } from './vms-context.ts'

const defaults: VmsSwitches = {
  ...outageDefaults,
  accessTokenTtlMs: 600_000,
  accessTokensValid: true,
  refreshTokensValid: true,
  withoutPermissions: [],
  lastCursor: 'absent',
  tsUnit: 'ms',
  streamIds: 'named',
  clipQuota: 20,
  clipMs: 1000,
  clipOutcome: 'done',
  clipProgress: 'fraction',
  onvifFault: null,
}

export function createVmsSwitches(): Switches<VmsSwitches> {
  return createSwitches<VmsSwitches>(defaults, {
    ...outageSchemas,
    accessTokenTtlMs: { type: 'integer', minimum: 0 },
    accessTokensValid: { type: 'boolean' },
    refreshTokensValid: { type: 'boolean' },
    withoutPermissions: { type: 'array', items: { type: 'string' } },
    lastCursor: { enum: ['absent', 'empty', 'null', 'repeated'] },
    tsUnit: { enum: ['s', 'ms', 'us'] },
    streamIds: { enum: ['named', 'camera'] },
    clipQuota: { type: 'integer', minimum: 0 },
    clipMs: { type: 'integer', minimum: 0 },
    clipOutcome: { enum: ['done', 'failed', 'aborted'] },
    clipProgress: { enum: ['fraction', 'percent'] },
    onvifFault: { enum: ['onvif_unauthenticated', 'onvif_not_configured', 'temporarily_unavailable', null] },
  })
}
