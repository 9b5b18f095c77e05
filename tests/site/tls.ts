// Self-signed certificates of the site's servers, kept in the cache folder so that their fingerprints stay the same.
// Knows nothing of what the servers serve.
import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generate } from 'selfsigned'

export interface SiteCertificate {
  readonly certificatePem: string
  readonly privateKeyPem: string
  /** SHA-256 of the DER certificate, 64 lower-case hex digits without colons. */
  readonly sha256: string
}

const dayMs = 86_400_000

/** SHA-256 of a PEM certificate's DER form, lower-case hex without colons. */
export function fingerprintCertificate(certificatePem: string): string {
  return new X509Certificate(certificatePem).fingerprint256.replaceAll(':', '').toLowerCase()
}

async function generateCertificate(name: string, nowMs: number): Promise<string> {
  const made = await generate([{ name: 'commonName', value: `site ${name}` }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - dayMs),
    notAfterDate: new Date(nowMs + 3650 * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '127.0.0.2' },
        ],
      },
    ],
  })
  return JSON.stringify({ certificatePem: made.cert, privateKeyPem: made.private })
}

function parseCertificate(text: string, nowMs: number): SiteCertificate | null {
  try {
    const { certificatePem, privateKeyPem } = JSON.parse(text) as SiteCertificate
    const lastDayMs = Date.parse(new X509Certificate(certificatePem).validTo)
    if (lastDayMs < nowMs + 30 * dayMs || typeof privateKeyPem !== 'string') return null
    return { certificatePem, privateKeyPem, sha256: fingerprintCertificate(certificatePem) }
  } catch {
    return null
  }
}

/** The certificate of one server of the site (localhost, 127.0.0.1, 127.0.0.2), made on first use, valid for ten years. */
export async function ensureCertificate(cacheFolder: string, name: string, nowMs: number): Promise<SiteCertificate> {
  const folder = path.join(cacheFolder, 'tls')
  const file = path.join(folder, `${name}.json`)
  const kept = parseCertificate(await readFile(file, 'utf8').catch(() => ''), nowMs)
  if (kept !== null) return kept
  const text = await generateCertificate(name, nowMs)
  const temporary = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`
  await mkdir(folder, { recursive: true })
  await writeFile(temporary, text, { mode: 0o600 })
  await rename(temporary, file)
  const made = parseCertificate(text, nowMs)
  if (made === null) throw new Error(`the certificate just made for ${name} cannot be read`)
  return made
}
