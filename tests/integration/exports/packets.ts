// The packets of a file as ffmpeg reads them, for comparing what was fetched with what was made of it. Knows nothing of
// the product, whose own comparison is what is being tested.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFfmpeg } from '../../site/media/run-ffmpeg.ts'

const execute = promisify(execFile)

export interface Packet {
  /** From the first picture of the file. */
  ptsMs: number
  /** Size and checksum. */
  content: string
}

export interface PacketStream {
  kind: 'video' | 'audio' | 'other'
  codec: string
  packets: Packet[]
}

async function runFfmpeg(...args: string[]): Promise<string> {
  const all = ['-nostdin', '-hide_banner', '-v', 'error', ...args]
  const { stdout } = await execute(findFfmpeg(), all, { maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

/** Every packet of every stream. A transport stream wraps packets otherwise: it is put into Matroska first. */
export async function readPackets(file: string): Promise<PacketStream[]> {
  if (!file.endsWith('.ts')) return readWrapped(file)
  const folder = await mkdtemp(join(tmpdir(), 'watchroom-packets-'))
  try {
    const wrapped = join(folder, 'wrapped.mkv')
    await runFfmpeg('-copyts', '-i', `file:${file}`, '-map', '0', '-c', 'copy', `file:${wrapped}`)
    return await readWrapped(wrapped)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readWrapped(file: string): Promise<PacketStream[]> {
  const lines = (
    await runFfmpeg('-copyts', '-i', `file:${file}`, '-map', '0', '-c', 'copy', '-f', 'framecrc', '-')
  ).split('\n')
  const streams: PacketStream[] = []
  const secondsPerTick: number[] = []
  for (const line of lines) {
    const [, name = '', index = '', value = ''] = /^#(\w+) (\d+): (.*)$/.exec(line) ?? []
    if (name !== '') {
      const stream = (streams[Number(index)] ??= { kind: 'other', codec: '', packets: [] })
      const [top = 1, bottom = 1] = value.split('/').map(Number)
      if (name === 'tb') secondsPerTick[Number(index)] = top / bottom
      if (name === 'media_type') stream.kind = value === 'video' || value === 'audio' ? value : 'other'
      if (name === 'codec_id') stream.codec = value
    } else if (line !== '' && !line.startsWith('#')) {
      const [number = '', , pts = '', , size = '', checksum = ''] = line.split(',').map((field) => field.trim())
      const ptsMs = Number(pts) * (secondsPerTick[Number(number)] ?? 0) * 1000
      streams[Number(number)]?.packets.push({ ptsMs, content: `${size} ${checksum}` })
    }
  }
  const pictures = streams.find(({ kind }) => kind === 'video')?.packets ?? []
  const startMs = Math.min(...pictures.map(({ ptsMs }) => ptsMs))
  for (const { packets } of streams) for (const packet of packets) packet.ptsMs -= startMs
  return streams
}

/** Matroska counts milliseconds, MP4 sound counts samples. */
const roundingMs = 2

/** Differences between two lists of packets in sentences; empty when every packet is the same at the same time. */
export function comparePackets(before: PacketStream | undefined, after: PacketStream | undefined): string[] {
  if (!before || !after) return [`a stream is missing: ${before?.codec ?? 'none'} became ${after?.codec ?? 'none'}`]
  if (before.packets.length === 0 || before.packets.length !== after.packets.length)
    return [`${before.packets.length} packets became ${after.packets.length}`]
  return before.packets.flatMap((packet, index) => {
    const other = after.packets[index]!
    const isSame = packet.content === other.content && Math.abs(packet.ptsMs - other.ptsMs) <= roundingMs
    return isSame ? [] : [`packet ${index} of ${before.codec} differs`]
  })
}
