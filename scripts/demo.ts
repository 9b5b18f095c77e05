// The main job in the terminal: six cameras of the pretend installation, exported by the command line itself, with a cut
// and an expired link on the way. Knows the command line and the site; nothing of the core but how a manifest is read.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readManifest } from '../main/core/exports/evidence/index.ts'
import type { ManifestItem } from '../main/core/exports/evidence/index.ts'
import { fitWidth, formatBytes, formatDuration, formatRate } from '../main/cli/format.ts'
import { createProcessHost } from '../main/cli/process-host.ts'
import { runCli } from '../main/cli/run-cli.ts'
import { en } from '../main/cli/texts/en.ts'
import { startSite } from '../tests/site/start-site.ts'
import type { RequestRecord, Site } from '../tests/site/start-site.ts'

const hourMs = 3_600_000
const rangeMs = 10 * 60_000
/** Numbers of the site's cameras whose transfers are disturbed. */
const cutCamera = 2
const expiringCamera = 4
const megabyte = 1_000_000
/** Slow enough to be watched. */
const bytesPerSecond = 12 * megabyte

const say = (text = ''): void => void process.stdout.write(`${text}\n`)

/** Ten minutes that began with an hour, the latest that are over. */
function chooseRange(nowMs: number): { fromMs: number; toMs: number } {
  const fromMs = Math.floor((nowMs - rangeMs) / hourMs) * hourMs
  return { fromMs, toMs: fromMs + rangeMs }
}

async function writePlan(path: string, site: Site, nowMs: number): Promise<void> {
  const { fromMs, toMs } = chooseRange(nowMs)
  const [from, to] = [fromMs, toMs].map((unixMs) => new Date(unixMs).toISOString())
  const plan = {
    name: 'Demo',
    server: { url: site.vsaas.url, dialect: 'vsaas', name: 'Pretend installation' },
    items: site.cameras.slice(0, 6).map(({ vsaasId }) => ({ camera: vsaasId, from, to })),
    case: { number: 'DEMO-1', note: 'Made by npm run demo' },
    options: { nameTemplate: '{camera} {from}', zone: Intl.DateTimeFormat().resolvedOptions().timeZone },
  }
  await writeFile(path, `${JSON.stringify(plan, null, 2)}\n`)
}

async function disturb(site: Site): Promise<void> {
  await site.media.control.set({
    all: { bytesPerSecond },
    cameras: {
      [cutCamera]: { bytesPerSecond, cutAtBytes: [20 * megabyte] },
      [expiringCamera]: { bytesPerSecond, linkMaxBytes: 35 * megabyte, expiredStatus: 403 },
    },
  })
}

function drawTable(items: readonly ManifestItem[]): string[] {
  const rows = items.map((item) => {
    const tookMs = Date.parse(item.endedAt ?? '') - Date.parse(item.startedAt ?? '')
    const bytes = item.fetched?.sizeBytes ?? 0
    const [from, to] = [item.asked.from, item.asked.to].map((moment) => moment.slice(11, 16))
    return [
      item.camera.name,
      `${from}–${to}`,
      formatBytes(bytes, en.unit),
      tookMs > 0 ? formatRate(bytes / (tookMs / 1000), en.unit) : '',
      item.gaps.length === 0 ? item.state : `${item.state}, ${en.gaps(item.gaps.length)}`,
      item.files.find(({ role }) => role === 'video')?.path ?? item.error?.message ?? '',
    ]
  })
  const table = [['Camera', 'Range', 'Size', 'Rate', 'Result', 'File'], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  const columns = process.stdout.isTTY ? process.stdout.columns : Infinity
  return table.map((row) => {
    const line = row.map((cell, column) => fitWidth(cell, widths[column] ?? cell.length, true)).join('  ')
    return fitWidth(line.trimEnd(), columns)
  })
}

/** What the media server itself saw of the disturbances. */
function describeDisturbances(log: readonly RequestRecord[], items: readonly ManifestItem[], site: Site): string[] {
  const nameOf = (camera: number): string => site.cameras.find(({ number }) => number === camera)?.name ?? ''
  const continued = log.filter(({ camera, rangeStart = 0 }) => camera === cutCamera && rangeStart > 0)
  const refused = log.filter(({ camera, status }) => camera === expiringCamera && status === 403)
  const orders = items.find(({ camera }) => camera.name === nameOf(expiringCamera))?.link?.orders ?? 0
  const bytes = formatBytes(continued.at(-1)?.rangeStart ?? 0, en.unit)
  const times = refused.length === 1 ? 'once' : `${refused.length} times`
  return [
    `${nameOf(cutCamera)}: the connection was cut; the export went on at ${bytes}.`,
    `${nameOf(expiringCamera)}: its link expired ${times}; it was finished with ${orders} links.`,
  ]
}

async function runDemo(site: Site, folder: string, home: string): Promise<number> {
  const plan = join(folder, 'plan.json')
  const destination = join(folder, 'export')
  await writePlan(plan, site, Date.now())
  await disturb(site)
  const host = (): ReturnType<typeof createProcessHost> =>
    createProcessHost({
      ...process.env,
      WATCHROOM_HOME: home,
      WATCHROOM_TOKEN: site.vsaas.token,
      WATCHROOM_LIST_TOKEN: site.vsaas.integratorToken,
      WATCHROOM_PASSPHRASE: undefined,
    })
  const trust = [site.vsaas, site.media].flatMap(({ certificateSha256 }) => ['--trust-sha256', certificateSha256])
  say()
  say('2. Export six cameras, ten minutes each, over HTTPS, by one command:')
  say()
  say(`   watchroom export --plan ${plan} \\`)
  say(`       --to ${destination} --trust-sha256 …`)
  say()
  say('   On the way one connection is cut and one link expires, on purpose.')
  say('   The first time takes longer: the media server has to make its recordings.')
  say()
  const startedAtMs = Date.now()
  const exported = await runCli(['export', '--plan', plan, '--to', destination, ...trust, '--language', 'en'], host())
  if (exported !== 0) return exported
  say()
  say('3. Verify, offline: every file is hashed again and compared with the manifest:')
  say()
  say(`   watchroom verify ${destination}`)
  say()
  const verified = await runCli(['verify', destination, '--language', 'en'], host())
  if (verified !== 0) return verified
  const manifest = readManifest(await readFile(join(destination, 'manifest.json'), 'utf8'))
  if (manifest === null) return 6
  say()
  for (const line of drawTable(manifest.items)) say(line)
  say()
  for (const line of describeDisturbances(await site.media.control.log(), manifest.items, site)) say(line)
  say()
  say('“Time not proven”: this media server carries no times in its streams, so only')
  say('the bytes are proven. The manifest says so too.')
  say()
  say(
    `Done in ${formatDuration(Date.now() - startedAtMs, en.unit)}. The videos, their subtitles, manifest.json and SHA256SUMS are in`,
  )
  say(`  ${destination}`)
  say('Change any byte there and verify again: the file is named.')
  return 0
}

const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
const folder = resolve(process.argv[2] ?? join(tmpdir(), `watchroom-demo-${stamp}`))
const home = await mkdtemp(join(tmpdir(), 'watchroom-demo-home-'))
say('Watchroom demo')
say()
say('1. Start a pretend installation, on this machine only: an API server and a')
say('   media server with certificates of their own, and cameras that recorded.')
const site = await startSite({ only: ['media', 'vsaas'] })
try {
  await mkdir(folder, { recursive: true })
  process.exitCode = await runDemo(site, folder, home)
} finally {
  await site.close()
  await rm(home, { recursive: true, force: true })
}
