// What the engine is given: everything outside the batch's own folder.
import type { Batch, Item } from '#contract/exports.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import type { Ports } from '#core/ports.ts'
import type { VideoServer } from '#core/servers/index.ts'
import type { Fetcher } from './fetch/index.ts'
import type { BatchHeader, ItemRecord } from './record.ts'
import type { Turnstile } from './turnstile.ts'

export interface EngineDeps {
  ports: Ports
  fetcher: Fetcher
  /** Errors: not-found when the server is not saved any more. */
  openServer(serverId: string): VideoServer
  trustedOf(serverId: string): readonly TrustedCertificate[]
  /** Of a server, shared by all batches: one order at a time. */
  turnstileOf(serverId: string): Turnstile
  /** Whether someone can be asked to sign in or to accept a certificate while items wait. */
  canAskPerson: boolean
  onItem(item: Item): void
  onBatch(batch: Omit<Batch, 'items'>): void
  /** Writes the evidence files of a batch anew from its records. Errors: those of the disk. */
  writeEvidence(destination: string, header: BatchHeader, records: readonly ItemRecord[]): Promise<void>
}
