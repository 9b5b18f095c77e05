// P4: an MP4 with its index at the end, to a hashed, verified, faststart file; against plain curl, and against the same done by
// hand with curl, sha256sum and ffmpeg.
import { spawn } from 'node:child_process'
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { BenchTools } from './bench-tools.ts'
import { measureCommands } from './measure-command.ts'
import { measureChild } from './run-child.ts'
import { runRounds } from './run-rounds.ts'
import type { Contender } from './run-rounds.ts'
import { compare } from './statistics.ts'
import type { BenchResult } from './statistics.ts'

/** `sizeBytes`: about as large as this. Nothing without curl and ffmpeg, which make and judge the files. */
export async function benchFinish(tools: BenchTools, sizeBytes: number): Promise<BenchResult[]> {
  const { folder, nginx } = tools
  const { curl, sha256sum, ffmpeg } = tools.programs
  if (curl === null || ffmpeg === null) return []
  const source = path.join(folder, 'video.mp4')
  const target = path.join(folder, 'video.out')
  const finished = `${target}.mp4`
  await makeVideo(ffmpeg, source, sizeBytes)
  const url = `${nginx.origin}/video.mp4`
  const byCurl = [curl, '-s', '-f', '--cacert', nginx.certificateFile, '-o', target, url]
  const remux = [
    ffmpeg,
    '-nostdin',
    '-v',
    'error',
    '-y',
    '-i',
    target,
    '-map',
    '0',
    '-c',
    'copy',
    '-movflags',
    '+faststart',
    finished,
  ]
  const collect = async (): Promise<string> => {
    const packets = await hashPackets(ffmpeg, (await stat(finished).catch(() => null)) ? finished : target)
    await rm(target)
    await rm(finished, { force: true })
    return packets
  }
  const contenders: Contender[] = [
    { name: 'ours', run: () => measureChild(tools.child, tools.makeTask('finish', url, target)), collect },
    { name: 'curl', run: () => measureCommands([byCurl]), collect },
  ]
  if (sha256sum !== null) {
    const byHand = [byCurl, [sha256sum, target], remux]
    contenders.push({ name: 'by hand', run: () => measureCommands(byHand), collect })
  }
  const measured = await runRounds(contenders, tools)
  await rm(source)
  const wall = (name: string): number[] => (measured.get(name) ?? []).map(({ wallMs }) => wallMs)
  const results = [compare({ id: 'P4', against: 'curl', goal: 1.35 }, wall('ours'), wall('curl'))]
  if (!measured.has('by hand')) return results
  const row = { id: 'P4', against: 'curl; sha256sum; ffmpeg', goal: 0.6 }
  return [...results, compare(row, wall('ours'), wall('by hand'))]
}

/** Ten seconds of moving noise, repeated without encoding again until it is large enough; `moov` comes last. */
async function makeVideo(ffmpeg: string, file: string, sizeBytes: number): Promise<void> {
  const piece = `${file}.piece.mp4`
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=25:duration=10']
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=10']
  const codecs = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-b:v',
    '8M',
    '-minrate',
    '8M',
    '-maxrate',
    '8M',
    '-bufsize',
    '8M',
  ]
  const filler = ['-x264-params', 'nal-hrd=cbr', '-g', '25', '-c:a', 'aac', '-shortest']
  await run(ffmpeg, [...picture, ...sound, ...codecs, ...filler, piece])
  const repeats = Math.max(0, Math.round(sizeBytes / (await stat(piece)).size) - 1)
  await run(ffmpeg, ['-stream_loop', String(repeats), '-i', piece, '-map', '0', '-c', 'copy', file])
  await rm(piece)
}

/** The same for every container that holds the same packets. */
function hashPackets(ffmpeg: string, file: string): Promise<string> {
  return run(ffmpeg, ['-f', 'mp4', '-i', file, '-map', '0', '-c', 'copy', '-f', 'streamhash', '-hash', 'md5', '-'])
}

function run(ffmpeg: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(ffmpeg, ['-nostdin', '-v', 'error', '-y', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`ffmpeg failed with exit code ${code}`)),
    )
  })
}
