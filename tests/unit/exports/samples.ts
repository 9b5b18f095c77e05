// Small, valid values of the engine for its unit tests.
import { optionsSchema } from '#contract/exports.ts'
import type { ItemResult } from '#contract/exports.ts'
import type { BatchHeader } from '../../../main/core/exports/record.ts'

export const sampleResult: ItemResult = {
  files: [{ path: 'camera.mp4', role: 'video', sizeBytes: 100, sha256: 'ab' }],
  fetchedBytes: 100,
  fetchedSha256: 'ab',
  durationMs: 10_000,
  coverage: 'known',
  gaps: [],
  timeBasis: 'asked',
  warnings: [],
}

/** A batch of so many items, one an hour, the oldest last. */
export function sampleHeader(items: number): BatchHeader {
  const hourMs = 3_600_000
  return {
    version: 1,
    batchId: 'batch',
    name: 'Night',
    createdAtMs: 1,
    options: optionsSchema.parse({}),
    case: null,
    servers: { one: { dialect: 'vsaas', url: 'https://server.example' } },
    items: Array.from({ length: items }, (_, index) => {
      const fromMs = (items - index) * hourMs
      return {
        order: {
          serverId: 'one',
          cameraId: String(index + 1),
          range: { fromMs, toMs: fromMs + 60_000 },
          stream: 'main' as const,
        },
        cameraName: `Camera ${index + 1}`,
        placeName: null,
        stem: `camera-${index + 1}`,
      }
    }),
  }
}
