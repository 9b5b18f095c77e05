// A server that answers with raw bytes, so that it can lie in every way, and a fetcher on a temporary folder to try it on.
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { generate } from 'selfsigned'
import type { TrustedCertificate } from '#contract/servers.ts'
import { createFetcher } from '#core/exports/fetch/index.ts'
import type { ByteRange, FetchEvent, FetchOutcome, FetchRequest, Validator } from '#core/exports/fetch/index.ts'

export interface RawRequest {
  method: string
  path: string
  /** By lower-case name. */
  headers: Record<string, string>
}

export interface RawServer {
  origin: string
  requests: RawRequest[]
  /** Bytes of requests that arrived, over all connections. */
  receivedBytes(): number
  close(): Promise<void>
}

export type Answer = (request: RawRequest, socket: net.Socket, index: number) => void

export interface Certificate {
  certificatePem: string
  privateKeyPem: string
  fingerprint: string
}

export async function makeCertificate(): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const fingerprint = new X509Certificate(made.cert).fingerprint256.replaceAll(':', '').toLowerCase()
  return { certificatePem: made.cert, privateKeyPem: made.private, fingerprint }
}

/** `answer` gets each request once its head is complete, and the socket to write to. */
export async function startRawServer(answer: Answer, certificate?: Certificate): Promise<RawServer> {
  const sockets = new Set<net.Socket>()
  const requests: RawRequest[] = []
  let receivedBytes = 0
  const onConnection = (socket: net.Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    let head = ''
    socket.on('data', (bytes: Buffer) => {
      receivedBytes += bytes.length
      if (head.includes('\r\n\r\n')) return
      head += bytes.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      const request = parseRequest(head)
      requests.push(request)
      answer(request, socket, requests.length - 1)
    })
  }
  const server = certificate
    ? tls.createServer({ cert: certificate.certificatePem, key: certificate.privateKeyPem }, onConnection)
    : net.createServer(onConnection)
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  return {
    origin: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    receivedBytes: () => receivedBytes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function parseRequest(head: string): RawRequest {
  const [first = '', ...lines] = (head.split('\r\n\r\n')[0] ?? '').split('\r\n')
  const [method = '', target = ''] = first.split(' ')
  const headers: Record<string, string> = {}
  for (const line of lines)
    headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim()
  return { method, path: target, headers }
}

/** Status line, headers and body, then the end of the connection. */
export function reply(
  socket: net.Socket,
  status: string,
  headers: Record<string, string | number>,
  body?: Buffer | string,
): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`, 'latin1')
  socket.end(body ?? '')
}

export interface FileAnswer {
  etag?: string
  lastModified?: string
  /** Answers 200 with everything whatever is asked. */
  ignoresRange?: boolean
  /** Breaks the connection instead of sending the byte at this position of the file. */
  cutAt?: number
  /** Sends no more, and stays open, instead of sending that byte. */
  stallAt?: number
}

/** Serves `file` the way RFC 9110 says, up to the fault that is asked for. */
export function serveFile(request: RawRequest, socket: net.Socket, file: Buffer, options: FileAnswer = {}): void {
  const { etag, lastModified } = options
  const validators = { ...(etag ? { ETag: etag } : {}), ...(lastModified ? { 'Last-Modified': lastModified } : {}) }
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers['range'] ?? '')
  const ifRange = request.headers['if-range']
  const isPart = match !== null && !options.ignoresRange && (!ifRange || ifRange === etag || ifRange === lastModified)
  const start = isPart ? Number(match[1]) : 0
  const end = isPart && match[2] !== '' ? Math.min(file.length, Number(match[2]) + 1) : file.length
  const range = isPart ? { 'Content-Range': `bytes ${start}-${end - 1}/${file.length}` } : {}
  const headers = { 'Content-Type': 'video/mp4', 'Content-Length': end - start, ...validators, ...range }
  const fault = options.cutAt ?? options.stallAt ?? Number.POSITIVE_INFINITY
  const isFaulty = fault >= start && fault < end
  const body = file.subarray(start, isFaulty ? fault : end)
  if (!isFaulty) return reply(socket, isPart ? '206 Partial Content' : '200 OK', headers, body)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${isPart ? '206 Partial Content' : '200 OK'}\r\n${lines.join('')}\r\n`, 'latin1')
  socket.write(body, () => {
    if (options.cutAt !== undefined) socket.destroy()
  })
}

export const shortDeadlines = { connectMs: 5000, firstByteMs: 5000, stallMs: 5000 }

export interface Attempt {
  outcome: FetchOutcome
  events: FetchEvent[]
  /** The last ranges told to be on the disk. */
  finished: ByteRange[]
  /** What a next attempt passes as `resume`; null when the reply was not resumable. */
  resume: { validator: Validator; totalBytes: number; finished: ByteRange[] } | null
}

export interface FetchBench {
  folder: string
  /** The unfinished file; a new name after each `renew`. */
  file(): string
  renew(): void
  request(url: string, differences?: Partial<FetchRequest>): FetchRequest
  attempt(request: FetchRequest, signal?: AbortSignal, onEvent?: (event: FetchEvent) => void): Promise<Attempt>
  /** Of the file as it lies on the disk. */
  diskSha256(): Promise<string>
  close(): Promise<void>
}

export async function createFetchBench(): Promise<FetchBench> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fetch-'))
  let files = 0
  const file = (): string => path.join(folder, `archive-${files}.part`)
  const fetcher = createFetcher({ workers: 1, log: () => undefined })
  return {
    folder,
    file,
    renew() {
      files += 1
    },
    request: (url, differences = {}) => ({
      url,
      file: file(),
      resume: null,
      trusted: [],
      isLocalAllowed: true,
      deadlines: shortDeadlines,
      maxConnections: 1,
      bytesPerSecond: null,
      ...differences,
    }),
    async attempt(request, signal = new AbortController().signal, onEvent = () => undefined) {
      const events: FetchEvent[] = []
      const outcome = await fetcher.fetch(request, {
        signal,
        onEvent(event) {
          events.push(event)
          onEvent(event)
        },
      })
      return { outcome, events, ...summarize(events, request) }
    },
    diskSha256: async () => sha256(await readFile(file())),
    async close() {
      await fetcher.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function summarize(events: FetchEvent[], request: FetchRequest): Pick<Attempt, 'finished' | 'resume'> {
  const flushed = events.filter((event) => event.kind === 'flushed').at(-1)
  const head = events.find((event) => event.kind === 'head')
  const finished = flushed?.finished ?? request.resume?.finished ?? []
  const validator = head?.isResumable ? head.validator : (request.resume?.validator ?? null)
  const totalBytes = head?.totalBytes ?? request.resume?.totalBytes ?? null
  const resume = validator !== null && totalBytes !== null ? { validator, totalBytes, finished } : null
  return { finished, resume }
}

export function pin(certificate: Certificate, origin: string | null): TrustedCertificate {
  return { use: 'media', origin, fingerprint: certificate.fingerprint }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The same bytes for the same seed; no two blocks of them alike. */
export function makeBytes(lengthBytes: number, seed = 1): Buffer {
  const blocks: Buffer[] = []
  for (let made = 0; made < lengthBytes; made += 32) {
    blocks.push(createHash('sha256').update(`${seed} ${made}`).digest())
  }
  return Buffer.concat(blocks).subarray(0, lengthBytes)
}
