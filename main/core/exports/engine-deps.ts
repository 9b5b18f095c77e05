// What the engine is given: everything outside the batch's own folder.
import type { Batch, Item } from '#contract/exports.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import type { Breaker } from '#core/http/index.ts'
import type { LocatedFfmpeg } from '#core/ffmpeg/index.ts'
import type { Ports } from '#core/ports.ts'
import type { VideoServer } from '#core/servers/index.ts'
import type { Fetcher } from './fetch/index.ts'
import type { BatchHeader, ItemRecord } from './record.ts'
import type { Turnstile } from './turnstile.ts'

export interface EngineDeps {
  ports: Ports
  fetcher: Fetcher
  /** Of the media hosts, shared by all batches. */
  breaker: Breaker
  /** Errors: tool-missing. */
  locateFfmpeg(): Promise<LocatedFfmpeg>
  /** Errors: not-found when the server is not saved any more. */
  openServer(serverId: string): VideoServer
  trustedOf(serverId: string): readonly TrustedCertificate[]
  /** Of a server, shared by all batches: one order at a time. */
  turnstileOf(serverId: string): Turnstile
  onItem(item: Item): void
  onBatch(batch: Omit<Batch, 'items'>): void
  /** Writes the evidence files of a batch anew from its records. Errors: those of the disk. */
  writeEvidence(destination: string, header: BatchHeader, records: readonly ItemRecord[]): Promise<void>
}
