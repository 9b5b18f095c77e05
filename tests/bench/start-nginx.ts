// Starts nginx on loopback over a folder, with TLS 1.3 and a certificate of its own, as the server of every download.
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { generate } from 'selfsigned'

export interface Nginx {
  origin: string
  certificateFile: string
  /** SHA-256 of the leaf, lower-case hex. */
  fingerprint: string
  close(): Promise<void>
}

/** Serves the files of `folder`; `program` is nginx. Rejects with nginx's own words when it does not come up. */
export async function startNginx(program: string, folder: string): Promise<Nginx> {
  const own = path.join(folder, 'nginx')
  await mkdir(own)
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
  const certificateFile = path.join(own, 'certificate.pem')
  await writeFile(certificateFile, made.cert)
  await writeFile(path.join(own, 'key.pem'), made.private, { mode: 0o600 })
  const port = await findFreePort()
  await writeFile(path.join(own, 'nginx.conf'), configure(folder, own, port))
  const child = spawn(program, ['-p', own, '-c', path.join(own, 'nginx.conf')], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  await waitUntilOpen(port).catch(async () => {
    child.kill()
    throw new Error(`nginx did not start: ${await readFile(path.join(own, 'error.log'), 'utf8').catch(() => '')}`)
  })
  return {
    origin: `https://127.0.0.1:${port}`,
    certificateFile,
    fingerprint: new X509Certificate(made.cert).fingerprint256.replaceAll(':', '').toLowerCase(),
    async close() {
      child.kill()
      await ended
    },
  }
}

function configure(folder: string, own: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${own}/${name};`,
  )
  return `
daemon off; worker_processes 1; pid ${own}/nginx.pid; error_log ${own}/error.log;
events { worker_connections 256; }
http {
  access_log off; sendfile on; ${temporary.join(' ')}
  server {
    listen 127.0.0.1:${port} ssl; root ${folder};
    ssl_certificate ${own}/certificate.pem; ssl_certificate_key ${own}/key.pem; ssl_protocols TLSv1.3;
  }
}
`
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
}

async function waitUntilOpen(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.end())
    })
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the port stays closed')
}
