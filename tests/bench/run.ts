// npm run bench -- export [--json] [--rounds N] [--size MB] [--only P1,P4]: compares the product with other programs, as ratios of
// medians of one interleaved run. It reports, and never fails a build by time. `long` is another thing: see long-export.ts.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { benchDownload } from './bench-download.ts'
import { benchFinish } from './bench-finish.ts'
import { createBenchFolder } from './bench-folder.ts'
import type { BenchTools } from './bench-tools.ts'
import { benchLong } from './long-export.ts'
import { findProgram } from './measure-command.ts'
import { buildChild } from './run-child.ts'
import { startNginx } from './start-nginx.ts'
import type { BenchResult } from './statistics.ts'

const benches: Record<string, (tools: BenchTools, sizeBytes: number) => Promise<BenchResult[]>> = {
  P1: benchDownload,
  P4: benchFinish,
}
const defaultSizesMb: Record<string, number> = { P1: 1200, P4: 600 }
const packages = { nginx: 'nginx', curl: 'curl', aria2c: 'aria2', sha256sum: 'coreutils', ffmpeg: 'ffmpeg' }
type ProgramName = keyof typeof packages

interface Order {
  isJson: boolean
  rounds: number
  sizeMb: number | null
  only: string[]
}

function readOrder(args: string[]): Order {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      size: { type: 'string' },
      only: { type: 'string' },
    },
  })
  const unknown = positionals.filter((name) => name !== 'export')
  const only = (values.only ?? Object.keys(benches).join(',')).split(',')
  const rounds = Number(values.rounds)
  const sizeMb = values.size === undefined ? null : Number(values.size)
  const isSizeRight = sizeMb === null || (Number.isFinite(sizeMb) && sizeMb >= 1)
  if (unknown.length > 0 || only.some((id) => !(id in benches)) || !(rounds >= 1) || !isSizeRight) {
    throw new Error('usage: npm run bench -- export [--json] [--rounds N] [--size MB] [--only P1,P4]')
  }
  return { isJson: values.json, rounds: Math.floor(rounds), sizeMb, only }
}

async function findPrograms(say: (text: string) => void): Promise<Record<ProgramName, string | null>> {
  const found = {} as Record<ProgramName, string | null>
  for (const [name, inPackage] of Object.entries(packages) as [ProgramName, string][]) {
    found[name] = (name === 'ffmpeg' && process.env['FFMPEG_BIN']) || (await findProgram(name))
    if (found[name] === null) say(`${name} is missing (apt-get install ${inPackage}): going on without it`)
  }
  return found
}

async function runBenches(order: Order, say: (text: string) => void): Promise<BenchResult[]> {
  const programs = await findPrograms(say)
  if (programs.nginx === null) return []
  const sizesMb = order.only.map((id) => order.sizeMb ?? defaultSizesMb[id] ?? 0)
  const folder = await createBenchFolder(Math.max(...sizesMb) * 4e6)
  say(
    `files in ${folder.path}${folder.isInMemory ? ' (memory)' : ': no room in /dev/shm, so this measures the disk, too'}`,
  )
  say('our side: built as shipped; the start of the process and of its threads is not measured')
  await writeFile(path.join(folder.path, 'warm-up.bin'), 'warm')
  const nginx = await startNginx(programs.nginx, folder.path)
  try {
    const tools: BenchTools = {
      folder: folder.path,
      nginx,
      programs,
      child: await buildChild(),
      rounds: order.rounds,
      random: Math.random,
      onProgress: say,
      makeTask: (kind, url, file) => ({
        kind,
        url,
        file,
        warmUpUrl: `${nginx.origin}/warm-up.bin`,
        trusted: [{ use: 'media', origin: nginx.origin, fingerprint: nginx.fingerprint }],
        maxConnections: 2,
        ffmpegPath: programs.ffmpeg,
      }),
    }
    const results: BenchResult[] = []
    for (const [index, id] of order.only.entries()) {
      results.push(...((await benches[id]?.(tools, (sizesMb[index] ?? 0) * 1e6)) ?? []))
    }
    return results
  } finally {
    await nginx.close()
    await folder.remove()
  }
}

function formatTable(results: readonly BenchResult[]): string {
  const rows = results.map((row) => [
    row.id,
    row.against,
    row.against === 'rss' ? `${row.ratio} MB` : `${row.ratio} ×`,
    `≤ ${row.goal}`,
    row.ratio <= row.goal ? 'reached' : 'missed',
    `${row.min}–${row.max}`,
    String(row.rounds),
  ])
  const all = [['', 'against', 'median', 'goal', '', 'min–max', 'rounds'], ...rows]
  const widths = (all[0] ?? []).map((_cell, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}

async function compare(args: string[]): Promise<void> {
  const order = readOrder(args)
  const results = await runBenches(order, (text) => console.error(text))
  console.log(order.isJson ? JSON.stringify({ results }) : formatTable(results))
}

const [name, ...rest] = process.argv.slice(2)
if (name === 'long') process.exitCode = (await benchLong(rest)) ? 0 : 1
else await compare(process.argv.slice(2))
