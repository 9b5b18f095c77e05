// P1: one large file over HTTPS to disk, against curl and aria2c; and the same with its SHA-256, against curl and sha256sum.
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { hashFile } from '#core/exports/fetch/index.ts'
import type { BenchTools } from './bench-tools.ts'
import { writeRandomFile } from './bench-folder.ts'
import { measureCommands } from './measure-command.ts'
import { measureChild } from './run-child.ts'
import { runRounds } from './run-rounds.ts'
import type { Contender } from './run-rounds.ts'
import { compare, median, round2 } from './statistics.ts'
import type { BenchResult, Measurement } from './statistics.ts'

export async function benchDownload(tools: BenchTools, sizeBytes: number): Promise<BenchResult[]> {
  const { folder, nginx } = tools
  const source = path.join(folder, 'download.bin')
  const target = path.join(folder, 'download.out')
  await writeRandomFile(source, sizeBytes)
  const url = `${nginx.origin}/download.bin`
  const collect = async (): Promise<string> => {
    const { sha256 } = await hashFile(target)
    await rm(target)
    return sha256
  }
  const ours = (kind: 'download' | 'fetch') => () => measureChild(tools.child, tools.makeTask(kind, url, target))
  const contenders: Contender[] = [
    { name: 'ours', run: ours('download'), collect },
    { name: 'ours with SHA-256', run: ours('fetch'), collect },
  ]
  const { curl, aria2c, sha256sum } = tools.programs
  const byCurl = curl === null ? null : [curl, '-s', '-f', '--cacert', nginx.certificateFile, '-o', target, url]
  if (byCurl !== null) contenders.push({ name: 'curl', run: () => measureCommands([byCurl]), collect })
  if (byCurl !== null && sha256sum !== null) {
    contenders.push({ name: 'curl; sha256sum', run: () => measureCommands([byCurl, [sha256sum, target]]), collect })
  }
  if (aria2c !== null) {
    const one = [aria2c, '-q', '-x1', '-s1', '--file-allocation=none', `--ca-certificate=${nginx.certificateFile}`]
    const command = [...one, '-d', folder, '-o', path.basename(target), url]
    contenders.push({ name: 'aria2c', run: () => measureCommands([command]), collect })
  }
  const measured = await runRounds(contenders, tools)
  await rm(source)
  return describe(measured)
}

function describe(measured: Map<string, Measurement[]>): BenchResult[] {
  const of = (name: string, value: (measurement: Measurement) => number): number[] =>
    (measured.get(name) ?? []).map(value)
  const wall = (name: string): number[] => of(name, ({ wallMs }) => wallMs)
  const cpu = (name: string): number[] => of(name, ({ cpuMs }) => cpuMs ?? Number.NaN)
  const rss = of('ours with SHA-256', ({ rssMb }) => rssMb ?? Number.NaN)
  const results: BenchResult[] = []
  if (measured.has('curl')) {
    results.push(compare({ id: 'P1', against: 'curl', goal: 1.2 }, wall('ours'), wall('curl')))
    results.push(compare({ id: 'P1', against: 'cpu', goal: 1.4 }, cpu('ours'), cpu('curl')))
  }
  if (measured.has('aria2c')) {
    results.push(compare({ id: 'P1', against: 'aria2c -x1', goal: 0.85 }, wall('ours'), wall('aria2c')))
  }
  if (measured.has('curl; sha256sum')) {
    const row = { id: 'P1', against: 'curl; sha256sum', goal: 1 }
    results.push(compare(row, wall('ours with SHA-256'), wall('curl; sha256sum')))
  }
  const [min, max] = [Math.min(...rss), Math.max(...rss)].map(round2) as [number, number]
  results.push({ id: 'P1', against: 'rss', ratio: round2(median(rss)), goal: 160, min, max, rounds: rss.length })
  return results
}
