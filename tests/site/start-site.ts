// Starts the pretend installation: API servers of both dialects and the media server, each a process of its own on
// loopback. Knows nothing of what they answer.
import { createHash } from 'node:crypto'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChildSettings } from './child-control.ts'
import { startChild, type Control, type SiteChild } from './site-child.ts'
import { ensureCertificate, type SiteCertificate } from './tls.ts'
import { siteCameras, type SiteCamera } from './world.ts'

export type { Control } from './site-child.ts'
export type { RequestRecord } from './request-log.ts'

export type SiteServer = 'vsaas' | 'vms' | 'media'

export interface SiteOptions {
  /** Certificates and media are kept here; `<repository>/.cache/site` by default. */
  readonly cacheFolder?: string
  /** Clock for the validity of certificates. */
  readonly nowMs?: () => number
  /** Tokens, passwords and the link secret follow from it; 1 by default. */
  readonly seed?: number
  /** All three by default. What is not started has empty addresses and a control that rejects. */
  readonly only?: readonly SiteServer[]
}

export interface Site {
  /** Addresses have no slash at the end; fingerprints are those of the DER certificate, lower-case hex. */
  readonly vsaas: {
    readonly url: string
    readonly httpUrl: string
    readonly token: string
    readonly integratorToken: string
    readonly certificateSha256: string
    readonly control: Control
  }
  readonly vms: {
    readonly url: string
    readonly httpUrl: string
    readonly username: string
    readonly password: string
    readonly certificateSha256: string
    readonly control: Control
  }
  readonly media: {
    readonly httpsUrl: string
    readonly httpUrl: string
    /** The same server under another host name. */
    readonly otherHostUrl: string
    readonly certificateSha256: string
    /** For `makeLinkToken`, where a test needs a link without an API server. */
    readonly linkSecret: string
    readonly control: Control
  }
  readonly cameras: readonly SiteCamera[]
  /** Ends the processes and waits until they have ended. */
  close(): Promise<void>
}

const here = path.dirname(fileURLToPath(import.meta.url))
const defaultCacheFolder = path.resolve(here, '../../.cache/site')
const modules: Readonly<Record<SiteServer, string>> = {
  vsaas: path.join(here, 'api/vsaas-process.ts'),
  vms: path.join(here, 'api/vms-process.ts'),
  media: path.join(here, 'media/media-process.ts'),
}
/** The discard port: nobody listens there. */
const nowherePort = 9

function makeSecret(seed: number, purpose: string): string {
  return createHash('sha256').update(`site ${seed} ${purpose}`).digest('hex').slice(0, 40)
}

function makeSettings(seed: number, cacheFolder: string): Omit<ChildSettings, 'certificatePem' | 'privateKeyPem'> {
  return {
    httpsPort: 0,
    httpPort: 0,
    linkSecret: makeSecret(seed, 'links'),
    seed,
    cacheFolder,
    mediaHttpsPort: nowherePort,
    mediaHttpPort: nowherePort,
    vsaasToken: makeSecret(seed, 'user token'),
    vsaasIntegratorToken: makeSecret(seed, 'integrator token'),
    vmsUsername: 'operator',
    vmsPassword: makeSecret(seed, 'password'),
  }
}

interface Started {
  readonly httpsUrl: string
  readonly httpUrl: string
  readonly otherHostUrl: string
  readonly certificateSha256: string
  readonly control: Control
}

function describeChild(child: SiteChild | undefined, certificate: SiteCertificate | undefined): Started {
  if (child === undefined || certificate === undefined) {
    const refuse = () => Promise.reject(new Error('this server of the site was not started'))
    const control = { set: refuse, reset: refuse, log: refuse, clearLog: refuse }
    return { httpsUrl: '', httpUrl: '', otherHostUrl: '', certificateSha256: '', control }
  }
  const { httpsPort, httpPort } = child.ports
  return {
    httpsUrl: `https://127.0.0.1:${httpsPort}`,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    otherHostUrl: `https://127.0.0.2:${httpsPort}`,
    certificateSha256: certificate.sha256,
    control: child.control,
  }
}

interface Running {
  readonly children: Map<SiteServer, SiteChild>
  readonly certificates: Map<SiteServer, SiteCertificate>
}

async function closeAll(children: Iterable<SiteChild>): Promise<void> {
  await Promise.all(Array.from(children, (child) => child.close()))
}

/** The media server first: the API servers put its ports into their links. */
async function startAll(
  names: readonly SiteServer[],
  settings: ReturnType<typeof makeSettings>,
  nowMs: number,
): Promise<Running> {
  const running: Running = { children: new Map(), certificates: new Map() }
  async function start(name: SiteServer, mediaPorts: Partial<ChildSettings>): Promise<void> {
    const certificate = await ensureCertificate(settings.cacheFolder, name, nowMs)
    const { certificatePem, privateKeyPem } = certificate
    running.certificates.set(name, certificate)
    const all = { ...settings, ...mediaPorts, certificatePem, privateKeyPem }
    running.children.set(name, await startChild(modules[name], all))
  }
  try {
    if (names.includes('media')) await start('media', {})
    const ports = running.children.get('media')?.ports
    const mediaPorts = ports === undefined ? {} : { mediaHttpsPort: ports.httpsPort, mediaHttpPort: ports.httpPort }
    const others = names.filter((name) => name !== 'media')
    const outcomes = await Promise.allSettled(others.map((name) => start(name, mediaPorts)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    return running
  } catch (error) {
    await closeAll(running.children.values())
    throw error
  }
}

/** Settles when all asked-for servers are listening; rejects, with nothing left running, when one cannot be started. */
export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const settings = makeSettings(options.seed ?? 1, path.resolve(options.cacheFolder ?? defaultCacheFolder))
  const nowMs = (options.nowMs ?? Date.now)()
  const { children, certificates } = await startAll(options.only ?? ['media', 'vsaas', 'vms'], settings, nowMs)
  const describe = (name: SiteServer) => describeChild(children.get(name), certificates.get(name))
  const describeApi = (name: SiteServer) => {
    const { httpsUrl, httpUrl, certificateSha256, control } = describe(name)
    return { url: httpsUrl, httpUrl, certificateSha256, control }
  }
  const { vsaasToken: token, vsaasIntegratorToken: integratorToken, linkSecret } = settings
  return {
    vsaas: { ...describeApi('vsaas'), token, integratorToken },
    vms: { ...describeApi('vms'), username: settings.vmsUsername, password: settings.vmsPassword },
    media: { ...describe('media'), linkSecret },
    cameras: siteCameras,
    close: () => closeAll(children.values()),
  }
}
