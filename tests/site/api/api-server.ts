// The socket side of both API servers: HTTPS and HTTP on loopback, whole bodies in, whole answers out, everything logged.
// Knows nothing of dialects.
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { ChildPorts, ChildSettings } from '../child-control.ts'
import { listenOn } from '../listen.ts'
import type { RequestLog } from '../request-log.ts'

export interface ApiRequest {
  readonly method: string
  readonly url: URL
  /** Lower-case names; a header sent several times is joined with commas. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON unless undefined; `null` is the JSON text null. */
  readonly json?: unknown
  /** Sent as they are when there is no `json`. */
  readonly bytes?: Buffer
  /** Of `bytes`; default application/octet-stream. */
  readonly mediaType?: string
  /** Applied after the answer was checked against the document: the ways in which a server departs from it on purpose. */
  readonly depart?: (json: unknown) => unknown
}

const bodyLimitBytes = 16 * 1024 * 1024

/** Null when the body is too large; it is read to its end even so, because a client still sending hears no answer. */
async function readWholeBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes <= bodyLimitBytes) chunks.push(chunk)
  }
  return sizeBytes <= bodyLimitBytes ? Buffer.concat(chunks) : null
}

function sendAnswer(response: ServerResponse, answer: Answer): void {
  const json = answer.depart === undefined ? answer.json : answer.depart(answer.json)
  const body = json === undefined ? answer.bytes : Buffer.from(JSON.stringify(json))
  const mediaType = json === undefined ? (answer.mediaType ?? 'application/octet-stream') : 'application/json'
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  if (body !== undefined) response.setHeader('content-type', mediaType)
  if (answer.status !== 204) response.setHeader('content-length', body?.length ?? 0)
  response.end(body)
}

export interface ApiServer {
  readonly ports: ChildPorts
  close(): Promise<void>
}

function makeListener(
  scheme: 'http' | 'https',
  log: RequestLog,
  respond: (request: ApiRequest) => Promise<Answer>,
): RequestListener {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers } = log.record(request, response)
    const body = await readWholeBody(request)
    if (body === null) return sendAnswer(response, { status: 413 })
    const origin = `${scheme}://${request.headers.host ?? 'localhost'}`
    const target = request.url ?? '/'
    if (!target.startsWith('/') || !URL.canParse(origin + target)) return sendAnswer(response, { status: 400 })
    sendAnswer(response, await respond({ method: request.method ?? '', url: new URL(origin + target), headers, body }))
  }
  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.destroyed) return
      process.stderr.write(
        `${request.method} ${request.url}: ${error instanceof Error ? error.stack : String(error)}\n`,
      )
      if (!response.headersSent) sendAnswer(response, { status: 500 })
    })
  }
}

/** Rejects when a port is taken. `respond` may throw: the answer is then 500 and the error goes to standard error. */
export async function startApiServer(
  settings: Pick<ChildSettings, 'certificatePem' | 'privateKeyPem' | 'httpsPort' | 'httpPort'>,
  log: RequestLog,
  respond: (request: ApiRequest) => Promise<Answer>,
): Promise<ApiServer> {
  const secure = createHttpsServer(
    { cert: settings.certificatePem, key: settings.privateKeyPem },
    makeListener('https', log, respond),
  )
  const plain = createHttpServer(makeListener('http', log, respond))
  const ports = {
    httpsPort: await listenOn(secure, '127.0.0.1', settings.httpsPort),
    httpPort: await listenOn(plain, '127.0.0.1', settings.httpPort),
  }
  return {
    ports,
    async close() {
      for (const server of [secure, plain]) server.closeAllConnections()
      await Promise.all([secure, plain].map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}
