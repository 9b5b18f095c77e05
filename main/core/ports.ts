// What a host must supply to the core. Everything that differs between Electron, browser host, CLI and tests is here.

/** Secrets at rest. Values never appear in logs, errors or events. */
export interface SecretsPort {
  get(name: string): Promise<string | null>
  set(name: string, value: string): Promise<void>
  delete(name: string): Promise<void>
  /** False: what is set lives until this process ends. */
  readonly isPersistent: boolean
}

export interface ClockPort {
  /** Unix milliseconds. */
  now(): number
  /** Resolves after that long, rejects with the signal's reason when aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>
}

export interface LogEntry {
  level: 'debug' | 'info' | 'warn' | 'error'
  /** Stable name of what happened, like `http.retry`. */
  event: string
  /** Plain values. URLs are given as origin only, never with query or token. */
  fields?: Record<string, string | number | boolean | null>
}

/** How long to wait. Tests use seconds. All in milliseconds. */
export interface Deadlines {
  /** TCP and TLS, to any host. */
  connectMs: number
  /** A whole API call, reply included. */
  apiMs: number
  /** First byte of an archive: the media server may be building the file. */
  firstByteMs: number
  /** No byte for this long is a cut. */
  stallMs: number
  /** Smallest and largest backoff between attempts (full jitter). */
  backoffMinMs: number
  backoffMaxMs: number
  /** How long a clip may be in the making. */
  clipMs: number
  /** How often a clip in the making is asked for. */
  clipPollMs: number
  /** A retry asked for by Retry-After is followed up to this long. */
  retryAfterMaxMs: number
  /** Heartbeat of a batch folder's owner; an owner silent for three of these is gone. */
  heartbeatMs: number
  /** Between two looks at a full or missing destination. */
  diskRecheckMs: number
}

export const defaultDeadlines: Deadlines = {
  connectMs: 10_000,
  apiMs: 30_000,
  firstByteMs: 10 * 60_000,
  stallMs: 30_000,
  backoffMinMs: 500,
  backoffMaxMs: 60_000,
  clipMs: 6 * 3_600_000,
  clipPollMs: 2_000,
  retryAfterMaxMs: 30 * 60_000,
  heartbeatMs: 5_000,
  diskRecheckMs: 5_000,
}

export interface Ports {
  product: { name: string; version: string }
  folders: {
    /** Database and settings of this workstation. */
    data: string
  }
  secrets: SecretsPort
  clock: ClockPort
  /** In [0, 1). */
  random(): number
  /** A UUID for ids and the installation's `X-UUID`. */
  uuid(): string
  log(entry: LogEntry): void
  deadlines: Deadlines
  /** The person's own choice of ffmpeg, before FFMPEG_BIN, the bundled file and PATH. */
  ffmpegPath: string | null
  language: 'en' | 'ru'
  /** Operating-system user and workstation name, for the manifest. */
  identity: { user: string; workstation: string }
  /** Whether someone can sign in or accept a certificate while items wait; false in a terminal without a person. */
  canAskPerson: boolean
  /** The part of the process environment that children may see (PATH, TMP…); never holds a secret. */
  childEnvironment: Record<string, string>
}
