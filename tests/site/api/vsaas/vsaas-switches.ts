// The switches of the vsaas API server with their defaults and the values they take.
// Knows nothing of what they do.
import { createSwitches, outageDefaults, outageSchemas } from '../switches.ts'
import type { OutageValues, Switches } from '../switches.ts'

export interface VsaasSwitches extends OutageValues {
  zoneMinutes: number
  misreadZoneMinutes: number | null
  /** False: both tokens are answered as if they had run out or been revoked. */
  tokensValid: boolean
  /** True: 402 to everything. */
  licenceProblem: boolean
  /** What `meta.from` and `meta.to` of an empty page are: the document does not say (note V29). */
  emptyPageBounds: 'zero' | 'null'
}

const zoneSchema = { type: 'integer', minimum: -14 * 60, maximum: 14 * 60 }

export function createVsaasSwitches(): Switches<VsaasSwitches> {
  return createSwitches<VsaasSwitches>(
    {
      ...outageDefaults,
      zoneMinutes: 0,
      misreadZoneMinutes: null,
      tokensValid: true,
      licenceProblem: false,
      emptyPageBounds: 'zero',
    },
    {
      ...outageSchemas,
      zoneMinutes: zoneSchema,
      misreadZoneMinutes: { ...zoneSchema, type: ['integer', 'null'] },
      tokensValid: { type: 'boolean' },
      licenceProblem: { type: 'boolean' },
      emptyPageBounds: { enum: ['zero', 'null'] },
    },
  )
}
