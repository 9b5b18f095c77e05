// The calls of exports: each a line or two on what batches, preflight and verification do.
import type { Handlers } from '#contract/index.ts'
import type { Batches } from './batches.ts'
import { preflight } from './preflight.ts'
import type { PreflightDeps } from './preflight.ts'
import type { Verification } from '#contract/exports.ts'

export type ExportCalls =
  | 'exports.check'
  | 'exports.start'
  | 'exports.open'
  | 'exports.inspect'
  | 'exports.list'
  | 'exports.get'
  | 'exports.pause'
  | 'exports.resume'
  | 'exports.cancel'
  | 'exports.retry'
  | 'exports.verify'

export interface HandlerDeps {
  batches: Batches
  preflight(): PreflightDeps
  verify(destination: string, signal: AbortSignal): Promise<Verification>
}

export function createExportHandlers({
  batches,
  preflight: facts,
  verify,
}: HandlerDeps): Pick<Handlers<AbortSignal>, ExportCalls> {
  return {
    'exports.check': (order, { signal }) => preflight(order, facts(), signal),
    'exports.start': (order, { signal }) => batches.start(order, signal),
    'exports.open': ({ destination }, { signal }) => batches.open(destination, signal),
    'exports.inspect': ({ destination }) => batches.inspect(destination),
    'exports.list': () => batches.list(),
    'exports.get': ({ batchId }) => batches.get(batchId),
    'exports.pause': async ({ batchId }) => {
      const run = await batches.activeRun(batchId)
      await run?.pause()
      return run?.snapshot() ?? batches.get(batchId)
    },
    'exports.resume': async ({ batchId }, { signal }) => {
      const run = await batches.run(batchId, signal)
      run?.resume()
      return run?.snapshot() ?? batches.get(batchId)
    },
    'exports.cancel': async ({ batchId, indexes }, { signal }) => {
      const run = await batches.run(batchId, signal)
      await run?.cancel(indexes)
      return run?.snapshot() ?? batches.get(batchId)
    },
    'exports.retry': async ({ batchId, indexes }, { signal }) => {
      await batches.retry(batchId, indexes, signal)
      return batches.get(batchId)
    },
    'exports.verify': ({ destination }, { signal }) => verify(destination, signal),
  }
}
