// What passes between the fetcher and its workers. Types only.
import type { ErrorValue } from '#contract/errors.ts'
import type { FetchEvent, FetchRequest } from './fetch-request.ts'
import type { TransferOutcome } from './transfer.ts'

export type FetchCommand = { kind: 'start'; id: number; request: FetchRequest } | { kind: 'abort'; id: number }

export type FetchReport =
  | { kind: 'event'; id: number; event: FetchEvent }
  /** That many bytes from the beginning of the file can be read back. */
  | { kind: 'prefix'; id: number; prefixBytes: number }
  | { kind: 'end'; id: number; outcome: TransferOutcome }
  /** Cancelled, or a bug. */
  | { kind: 'failed'; id: number; error: ErrorValue }

export type HashCommand =
  /** Reads `file` from the beginning, up to `untilBytes` so far (null: to its end, whatever it is). */
  | { kind: 'open'; id: number; file: string; untilBytes: number | null }
  | { kind: 'grow'; id: number; untilBytes: number }
  /** No more will come after `sizeBytes`: the digest is wanted. */
  | { kind: 'finish'; id: number; sizeBytes: number }
  /** Lets go of the file and keeps the state, until the next `grow` or `finish`. */
  | { kind: 'park'; id: number }
  | { kind: 'drop'; id: number }

export type HashReport =
  | { kind: 'progress'; id: number; bytes: number }
  | { kind: 'digest'; id: number; sha256: string; sizeBytes: number }
  | { kind: 'failed'; id: number; systemCode: string }
