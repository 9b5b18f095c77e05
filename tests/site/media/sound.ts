// The tone of a camera as a raw stream of any length, built by repeating a short piece that ends where it began.
// No encoder delay, so that sound begins with the first frame. Knows nothing of pictures.
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { runFfmpeg } from './run-ffmpeg.ts'

export interface ToneOptions {
  readonly ffmpeg: string
  readonly folder: string
  readonly camera: number
  readonly audio: 'aac' | 'pcm_alaw'
  readonly signal: AbortSignal
}

export interface Tone {
  /** ffmpeg's name of the raw format. */
  readonly format: 'aac' | 'alaw'
  readonly sampleRate: number
  /** At most `seconds` of sound: whole AAC packets (64 ms) or samples. */
  repeat(seconds: number): Buffer
}

const aacSampleRate = 16_000
const samplesPerPacket = 1024
const alawSampleRate = 8000
/** A multiple of 15.625 Hz fits whole into an AAC packet at 16 kHz and into 512 samples at 8 kHz. */
const toneStepHz = 15.625
const skippedPackets = 8
const keptPackets = 32

function toneHz(camera: number): number {
  return toneStepHz * (20 + 2 * (camera % 40))
}

/** ADTS: 12 bits of sync word, the frame's length in 13 bits from bit 30 on (ISO/IEC 13818-7, 6.2). */
export function splitAdts(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = []
  for (let offset = 0; offset + 7 <= bytes.length;) {
    const length = ((bytes.readUInt8(offset + 3) & 3) << 11) | (bytes.readUInt16BE(offset + 4) >> 5)
    if (bytes.readUInt16BE(offset) >> 4 !== 0xfff || length < 7) throw new Error(`no ADTS frame at byte ${offset}`)
    packets.push(bytes.subarray(offset, offset + length))
    offset += length
  }
  return packets
}

async function renderTone(options: ToneOptions, name: string, sampleRate: number, output: string[]): Promise<Buffer> {
  const file = path.join(options.folder, `tone-${process.pid}-${Math.random().toString(36).slice(2)}.${name}`)
  const source = `sine=frequency=${toneHz(options.camera)}:sample_rate=${sampleRate}:duration=4`
  try {
    const all = ['-f', 'lavfi', '-i', source, '-ac', '1', '-fflags', '+bitexact', ...output, '-f', name, `file:${file}`]
    await runFfmpeg(options.ffmpeg, { arguments: all, signal: options.signal })
    return await readFile(file)
  } finally {
    await rm(file, { force: true })
  }
}

function repeatBuffer(unit: Buffer, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, unit)
}

/** Makes the tone of one camera; takes a fraction of a second. */
export async function makeTone(options: ToneOptions): Promise<Tone> {
  if (options.audio === 'pcm_alaw') {
    const samples = (await renderTone(options, 'alaw', alawSampleRate, ['-c:a', 'pcm_alaw'])).subarray(0, 8192)
    const repeat = (seconds: number) => repeatBuffer(samples, Math.floor(seconds * alawSampleRate))
    return { format: 'alaw', sampleRate: alawSampleRate, repeat }
  }
  const bytes = await renderTone(options, 'adts', aacSampleRate, ['-c:a', 'aac', '-b:a', '32k'])
  const packets = splitAdts(bytes).slice(skippedPackets, skippedPackets + keptPackets)
  function repeat(seconds: number): Buffer {
    const count = Math.floor((seconds * aacSampleRate) / samplesPerPacket)
    return Buffer.concat(
      Array.from({ length: count }, (_, index) => packets[index % packets.length] ?? Buffer.alloc(0)),
    )
  }
  return { format: 'aac', sampleRate: aacSampleRate, repeat }
}
