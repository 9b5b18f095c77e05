// npm run bench -- long [--minutes N] [--keep FOLDER]: a real night's work. Six cameras at once over HTTPS through the
// command line as it is shipped, with two cuts, an expired link and a kill -9 on the way; says what the media server
// served against what was kept. Needs about 2.5 GB of disk for an hour, and as much again for the pretend footage.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeLinkToken } from '../site/link-token.ts'
import { startSite } from '../site/start-site.ts'
import type { Site } from '../site/start-site.ts'

const cameras = [1, 2, 3, 4, 5, 6]
const hourMs = 3_600_000
const megabyte = 1_000_000
const bytesPerSecond = 25 * megabyte
const repository = fileURLToPath(new URL('../..', import.meta.url))
const say = (text: string): void => void process.stdout.write(`${text}\n`)

interface Range {
  fromMs: number
  toMs: number
}

/** Has the site make its footage beforehand, so that the times are those of the transfer. */
async function makeFootage(site: Site, { fromMs, toMs }: Range): Promise<void> {
  for (const camera of cameras) {
    const link = { link: `warm-${camera}`, camera, fromMs, toMs, orderedAtMs: Date.now() }
    const url = `${site.media.httpUrl}/archive/${makeLinkToken(site.media.linkSecret, link)}`
    const reply = await fetch(url, { headers: { Range: 'bytes=0-0' }, signal: AbortSignal.timeout(10 * 60_000) })
    await reply.arrayBuffer()
    if (!reply.ok) throw new Error(`The pretend footage of camera ${camera} cannot be made: ${reply.status}.`)
    say(`footage of camera ${camera} is there`)
  }
}

async function writePlan(file: string, site: Site, range: Range): Promise<void> {
  const [from, to] = [range.fromMs, range.toMs].map((unixMs) => new Date(unixMs).toISOString())
  const items = cameras.map((number) => {
    const camera = site.cameras.find((candidate) => candidate.number === number)
    return { camera: camera?.vsaasId, from, to }
  })
  const options = { concurrency: cameras.length }
  await writeFile(file, JSON.stringify({ server: { url: site.vsaas.url, dialect: 'vsaas' }, items, options }))
}

/** The build that users get; nothing is measured from source. */
async function build(): Promise<void> {
  const builder = spawn(process.execPath, [join(repository, 'scripts', 'cli.mjs'), '--version'], { stdio: 'inherit' })
  const [code] = (await once(builder, 'exit')) as [number | null]
  if (code !== 0) throw new Error('The command line cannot be built.')
}

/** Runs the command line; `untilServedBytes`: kills it with SIGKILL when the media server has served so much. */
async function runCommandLine(site: Site, folder: string, args: string[], untilServedBytes: number | null) {
  const startedMs = performance.now()
  const environment = {
    PATH: process.env['PATH'],
    WATCHROOM_TOKEN: site.vsaas.token,
    WATCHROOM_LIST_TOKEN: site.vsaas.integratorToken,
    WATCHROOM_HOME: join(folder, 'home'),
  }
  const program = spawn(process.execPath, [join(repository, 'scripts', 'watchroom.mjs'), ...args], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = once(program, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  while (untilServedBytes !== null && program.exitCode === null && program.signalCode === null) {
    if ((await countServed(site)) >= untilServedBytes) program.kill('SIGKILL')
    await Promise.race([ended, sleep(100)])
  }
  const [code, signal] = await ended
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  say(`watchroom ${args[0]}: ${signal ?? `exit ${code}`} after ${seconds} s`)
  return { code, signal }
}

async function countServed(site: Site): Promise<number> {
  const log = await site.media.control.log()
  return log.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
}

async function runLong(minutes: number, folder: string): Promise<boolean> {
  await build()
  const site = await startSite({ only: ['vsaas', 'media'] })
  try {
    const toMs = Math.floor((Date.now() - hourMs) / hourMs) * hourMs + Math.min(minutes, 20) * 60_000
    const range = { fromMs: toMs - minutes * 60_000, toMs }
    await makeFootage(site, range)
    await site.media.control.clearLog()
    await site.media.control.set({
      all: { bytesPerSecond },
      cameras: {
        2: { bytesPerSecond, cutAtBytes: [60 * megabyte] },
        5: { bytesPerSecond, cutAtBytes: [150 * megabyte] },
        4: { bytesPerSecond, linkMaxBytes: 120 * megabyte, expiredStatus: 403 },
      },
    })
    const plan = join(folder, 'plan.json')
    const export_ = join(folder, 'export')
    await writePlan(plan, site, range)
    const trust = [site.vsaas.certificateSha256, site.media.certificateSha256].flatMap((pin) => ['--trust-sha256', pin])
    const killAtBytes = minutes * 60 * 100_000 * cameras.length * 0.45
    const first = await runCommandLine(site, folder, ['export', '--plan', plan, '--to', export_, ...trust], killAtBytes)
    const second = await runCommandLine(site, folder, ['resume', export_, ...trust], null)
    const third = await runCommandLine(site, folder, ['verify', export_], null)
    await report(site, export_)
    return first.signal === 'SIGKILL' && second.code === 0 && third.code === 0
  } finally {
    await site.close()
  }
}

async function report(site: Site, destination: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(destination, 'manifest.json'), 'utf8')) as {
    items: { fetched: { sizeBytes: number } | null; state: string }[]
  }
  const kept = manifest.items.reduce((sum, item) => sum + (item.fetched?.sizeBytes ?? 0), 0)
  const served = await countServed(site)
  const states = manifest.items.map(({ state }) => state).join(' ')
  say(`items: ${states}`)
  say(
    `kept ${(kept / megabyte).toFixed(1)} MB, served ${(served / megabyte).toFixed(1)} MB, ratio ${(served / kept).toFixed(4)}`,
  )
}

/** True when everything went as it should. */
export async function benchLong(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: { minutes: { type: 'string', default: '60' }, keep: { type: 'string' } },
  })
  const minutes = Number(values.minutes)
  if (!(minutes >= 15 && minutes <= 600))
    throw new Error('usage: npm run bench -- long [--minutes 15…600] [--keep FOLDER]')
  const folder = values.keep === undefined ? await mkdtemp(join(tmpdir(), 'watchroom-long-')) : resolve(values.keep)
  await mkdir(folder, { recursive: true })
  try {
    return await runLong(minutes, folder)
  } finally {
    if (values.keep === undefined) await rm(folder, { recursive: true, force: true })
    else say(`files in ${folder}`)
  }
}
