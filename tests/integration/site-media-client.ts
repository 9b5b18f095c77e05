// A plain HTTP client for tests of the pretend media server: no retries, no redirects, no pool.
// Knows nothing of the product.
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { makeLinkToken, type LinkPayload } from '../site/link-token.ts'
import type { MediaBehaviour } from '../site/media/behaviour.ts'
import { startSite, type Control, type Site } from '../site/start-site.ts'
import { ensureCertificate } from '../site/tls.ts'

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
  /** False when the connection ended before the body was whole. */
  readonly isWhole: boolean
}

export interface RequestOptions {
  readonly headers?: Record<string, string>
  readonly method?: string
  readonly signal?: AbortSignal
}

export interface MediaClient {
  /** Settles when the head has come. The signal drops the connection, whatever stage it is in. */
  open(url: string, options?: RequestOptions): Promise<http.IncomingMessage>
  get(url: string, headers?: Record<string, string>, method?: string): Promise<Answer>
  /** A link of its own to the range; `orderedAtMs` is now unless given. */
  link(camera: number, fromMs: number, toMs: number, differences?: Partial<LinkPayload>): string
}

/** Reads to the end, however it comes. */
export async function readBody(message: http.IncomingMessage): Promise<{ body: Buffer; isWhole: boolean }> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer)
  } catch {
    return { body: Buffer.concat(chunks), isWhole: false }
  }
  return { body: Buffer.concat(chunks), isWhole: message.complete }
}

/** `certificatePem`: the media server's, the only one that is trusted. */
export function createMediaClient(site: Site, certificatePem: string): MediaClient {
  let lastLink = 0
  function open(url: string, options: RequestOptions = {}): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const all = { ...options, agent: false as const }
      const request = url.startsWith('https:')
        ? https.request(url, { ...all, ca: certificatePem })
        : http.request(url, all)
      request.once('response', resolve).once('error', reject).end()
    })
  }
  return {
    open,
    async get(url, headers = {}, method = 'GET') {
      const message = await open(url, { headers, method })
      return { status: message.statusCode ?? 0, headers: message.headers, ...(await readBody(message)) }
    },
    link(camera, fromMs, toMs, differences = {}) {
      lastLink += 1
      const payload = { link: `test-${lastLink}`, camera, fromMs, toMs, orderedAtMs: Date.now(), ...differences }
      return `${site.media.httpsUrl}/archive/${makeLinkToken(site.media.linkSecret, payload)}`
    },
  }
}

export const hourMs = 3_600_000
/** The start of an hour that is in the archive all along a test; cameras 1–6 have no gap in its first 20 minutes. */
export const quietHourMs = Math.floor(Date.now() / hourMs) * hourMs - 5 * hourMs

export interface MediaSite {
  readonly media: Site['media']
  readonly control: Control
  readonly client: MediaClient
  /** Cache folder of this site alone: media are made afresh. */
  readonly folder: string
  setAll(all: Partial<MediaBehaviour>): Promise<void>
  /** A new link to ten seconds of camera 1. */
  link(): string
  close(): Promise<void>
}

/** A media server of its own for one test file. */
export async function startMediaSite(): Promise<MediaSite> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'site-media-'))
  const site = await startSite({ cacheFolder: folder, only: ['media'] })
  const { certificatePem } = await ensureCertificate(folder, 'media', Date.now())
  const client = createMediaClient(site, certificatePem)
  return {
    media: site.media,
    control: site.media.control,
    client,
    folder,
    setAll: (all) => site.media.control.set({ all }),
    link: () => client.link(1, quietHourMs, quietHourMs + 10_000),
    async close() {
      await site.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
