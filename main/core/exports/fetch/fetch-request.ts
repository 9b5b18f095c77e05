// What a caller asks of one download, what it hears on the way, and how it can end. Types only.
import type { ErrorValue } from '#contract/errors.ts'
import type { TrustedCertificate } from '#contract/servers.ts'
import type { Deadlines } from '#core/ports.ts'
import type { ByteRange } from './byte-ranges.ts'
import type { Validator } from './validator.ts'

export interface FetchRequest {
  /** http or https. Opaque: nothing is decided by its path or query, and neither is ever logged. */
  url: string
  /** Absolute path of the unfinished file. The caller owns it: it is created if absent, and never removed here. */
  file: string
  /** Sent only to the origin of `url`; dropped for good on a redirect to another origin. */
  headers?: Record<string, string>
  /** What an earlier attempt left on the disk; null: from the beginning, the file is emptied first. */
  resume: { validator: Validator; totalBytes: number; finished: ByteRange[] } | null
  /** Only pins of use `media` count. */
  trusted: TrustedCertificate[]
  /** Whether loopback and link-local addresses may be connected to: only where the server itself lives there (F7). */
  isLocalAllowed: boolean
  deadlines: Pick<Deadlines, 'connectMs' | 'firstByteMs' | 'stallMs'>
  /** At least 1. More than one is used only when the reply can be split, and only while the rate rises. */
  maxConnections: number
  /** Upper bound of the rate, over all connections; null: none. */
  bytesPerSecond: number | null
}

export type FetchEvent =
  /** The first usable reply of this attempt, before its body. */
  | {
      kind: 'head'
      status: number
      totalBytes: number | null
      validator: Validator | null
      contentType: string | null
      /** The Last-Modified header as it came. */
      lastModified: string | null
      /** Origin that sends the bytes, after redirects. */
      finalOrigin: string
      /** A later attempt may pass `resume`. */
      isResumable: boolean
    }
  /**
   * All ranges of the file that are safely on the disk (fdatasync is done), merged; told before anybody may journal them.
   * Not more than 8 MiB per connection are ever received beyond what was told, and one second at most goes by.
   */
  | { kind: 'flushed'; finished: ByteRange[] }
  /** Bytes of the file that are there, earlier attempts included; every 200 ms at most. */
  | { kind: 'progress'; bytes: number; bytesPerSecond: number }

export type FetchOutcome =
  /**
   * Every byte is on the disk; SHA-256 in lower-case hex. `isEndProven` is false where the reply had neither a length nor
   * chunks, so that its end is only the end of the connection.
   */
  | { kind: 'complete'; sizeBytes: number; sha256: string; isEndProven: boolean }
  /** Unreachable, reset, stalled or ended early: what is flushed is kept. The caller resumes or starts over. */
  | { kind: 'cut'; error: ErrorValue; newBytes: number }
  | { kind: 'expired'; status: 401 | 403 | 404 | 410; newBytes: number }
  /** `retryAtMs` in Unix milliseconds, where the server told. */
  | { kind: 'busy'; status: 429 | 503; retryAtMs: number | null }
  /** 413: the server refuses a range of that length. */
  | { kind: 'too-long' }
  | { kind: 'server-error'; status: number }
  /** The bytes under this address are not those asked for any more. Nothing was spliced; start over. */
  | { kind: 'changed' }
  /** The whole file came where a part was asked for; the request was ended at once. */
  | { kind: 'not-resumable' }
  /**
   * Trying again the same way is no use. Network: untrusted-certificate, forbidden (a redirect or a local address),
   * bad-reply, not-found (the server sent nothing), invalid-input. Disk: disk-full {neededBytes}, forbidden
   * (reason `no-permission` or `read-only`), not-found (`destination-missing`), invalid-input (`path-too-long`, `file-too-large`),
   * unreachable (`device-error`).
   */
  | { kind: 'refused'; error: ErrorValue }
