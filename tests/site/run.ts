// `npm run site`: starts the pretend installation, prints how to reach it, and stays until Ctrl+C.
// Knows nothing of the product.
import { once } from 'node:events'
import { startSite } from './start-site.ts'

const site = await startSite()
const { vsaas, vms, media } = site
const lines = [
  ['vsaas', vsaas.url, vsaas.httpUrl],
  ['  token', vsaas.token],
  ['  integrator token', vsaas.integratorToken],
  ['  certificate SHA-256', vsaas.certificateSha256],
  ['vms', vms.url, vms.httpUrl],
  ['  username', vms.username],
  ['  password', vms.password],
  ['  certificate SHA-256', vms.certificateSha256],
  ['media', media.httpsUrl, media.httpUrl, media.otherHostUrl],
  ['  certificate SHA-256', media.certificateSha256],
  ['cameras', ...site.cameras.map((camera) => `${camera.vsaasId} ${JSON.stringify(camera.name)}`)],
]
for (const [label = '', ...values] of lines) process.stdout.write(`${label.padEnd(24)}${values.join('  ')}\n`)
process.stdout.write('Ctrl+C ends it.\n')
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
await site.close()
