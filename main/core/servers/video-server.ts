// One interface for both dialects: what every feature may know of a server. Dialect types never leave their folder.
import type { Account, Camera, Dialect, Download, Range } from '#contract/servers.ts'

export interface CallContext {
  signal: AbortSignal
}

export interface CameraQuery {
  ids?: readonly string[] | undefined
  login?: string | undefined
  placeId?: string | undefined
  text?: string | undefined
  /** At most this many are returned. */
  limit: number
}

/** What the server says is recorded. `unknown`: it does not tell; nothing follows from it. */
export type Coverage = { kind: 'known'; intervals: Range[] } | { kind: 'unknown' }

/** An address an archive is downloaded from. Opaque: never parse it to decide what to do, and send no credentials there. */
export interface ArchiveLink {
  url: string
  orderedAtMs: number
  /** `vms`: the clip's id, so that a resumed item asks for the same clip. */
  clipId: string | null
  /** The range the server itself says the file covers; null when it does not say. */
  statedRange: Range | null
}

export interface ArchiveOrder {
  cameraId: string
  range: Range
  stream: 'main' | 'sub'
  /** A clip ordered before: its link is asked for again instead of a new order, where the dialect can. */
  clipId: string | null
}

export interface VideoServer {
  readonly serverId: string
  readonly dialect: Dialect
  /** Where the API lives, without path. */
  readonly origin: string
  /** Who is signed in. Errors: unauthorized, forbidden, unreachable, untrusted-certificate, timed-out, bad-reply. */
  account(context: CallContext): Promise<Account>
  /** Follows every page or cursor up to `limit`. `forbidden` where the account may not list (vsaas billing list): the remedy is in the message. */
  listCameras(query: CameraQuery, context: CallContext): Promise<Camera[]>
  /** Cameras by id that exist; ids unknown to the server are left out. Never asks for more than it needs. */
  findCameras(ids: readonly string[], context: CallContext): Promise<Camera[] | 'not-allowed'>
  coverage(cameraId: string, range: Range, context: CallContext): Promise<Coverage>
  /**
   * Orders an archive and waits until there is a link. `vsaas`: each call writes a record to the server's history.
   * `vms`: creates a clip and waits for it (`onProgress` in 0…1). `onClip` is awaited as soon as the clip has an id: from
   * then on it is the caller's to ask for again; without it, an abort deletes the clip. Errors as above, and not-found
   * (nothing recorded, or no such camera), rate-limited with `retryAtMs`, invalid-input with the server's texts.
   */
  orderArchive(
    order: ArchiveOrder,
    context: CallContext & {
      onProgress?: (fraction: number) => void
      onClip?: (clipId: string) => void | Promise<void>
    },
  ): Promise<ArchiveLink>
  /** The server's own history of orders; empty where the dialect has none. */
  history(created: Range, limit: number, context: CallContext): Promise<Download[]>
  /**
   * Ends the account's tokens on the server where it can, and always forgets them here. `unreachable` or `timed-out` says
   * that only the second was possible.
   */
  signOut(context: CallContext): Promise<void>
}
