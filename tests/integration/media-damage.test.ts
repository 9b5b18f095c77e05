// F10: 200 damaged files of every layout, at seeded places. What verification promises: every cut, every break of the
// structure and every missing packet is found; damage inside pictures is found by decoding. What is left (a flipped bit
// that still decodes to the same or to another valid picture) is the business of the SHA-256 of the fetched bytes.
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AppError } from '#contract/errors.ts'
import { inspectContainer, judgeCoverage, verifyMedia } from '#core/exports/media/index.ts'
import type { MediaReport } from '#core/exports/media/index.ts'
import { createContext, createMediaFolder, record } from './media/make-media.ts'
import type { MediaFolder, Recording } from './media/make-media.ts'

const seconds = 8
const layouts: Recording[] = [
  { name: 'faststart.mp4', muxer: ['-movflags', '+faststart'] },
  { name: 'index-last.mp4', bFrames: true },
  { name: 'fragmented.mp4', muxer: ['-movflags', 'frag_keyframe+empty_moov+default_base_moof+delay_moov'] },
  { name: 'transport.ts', bFrames: true },
  { name: 'g711.mov', audio: 'pcm_alaw' },
]

let folder: MediaFolder
const originals = new Map<string, { bytes: Buffer; report: MediaReport }>()

beforeAll(async () => {
  folder = await createMediaFolder()
  for (const layout of layouts) {
    await record(folder.path, { ...layout, seconds })
    const report = await inspect(folder.file(layout.name), true)
    if (!('streams' in report)) throw report
    originals.set(layout.name, { bytes: await readFile(folder.file(layout.name)), report })
  }
})

afterAll(() => folder.remove())

/** The report, or the refusal of a file that is no video any more. */
async function inspect(file: string, decode = false): Promise<MediaReport | AppError> {
  try {
    return await verifyMedia(file, await inspectContainer(file), createContext({ decode }))
  } catch (error) {
    if (error instanceof AppError && error.code === 'unsupported-media') return error
    throw error
  }
}

/** Park and Miller's generator: the same places on every machine. */
function createRandom(seed: number) {
  let state = seed
  return (limit: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % limit
  }
}

function pick(name: string): { bytes: Buffer; report: MediaReport } {
  const original = originals.get(name)
  if (!original) throw new Error(`${name} was not recorded`)
  return original
}

async function inspectDamaged(name: string, bytes: Buffer, decode = false): Promise<MediaReport | AppError> {
  const file = folder.file(`damaged-${name}`)
  await writeFile(file, bytes)
  return inspect(file, decode)
}

function isRefused(outcome: MediaReport | AppError): boolean {
  return outcome instanceof AppError || outcome.problems.length > 0
}

/** Nothing wrong with it, nor with its length against what the server says is recorded: as the engine asks it. */
function isAccepted(outcome: MediaReport | AppError): boolean {
  if (isRefused(outcome) || outcome instanceof AppError) return false
  const range = { fromMs: 0, toMs: seconds * 1000 }
  const coverage = { kind: 'known' as const, intervals: [range] }
  return judgeCoverage(outcome, { range, coverage, statedRange: null }).mismatch === null
}

test.each(layouts)('F10: $name itself passes', ({ name }) => {
  const { report } = pick(name)
  expect(report.problems).toEqual([])
  expect(isAccepted(report)).toBe(true)
})

test.each(layouts)('F10: 20 cuts of $name are all found', async ({ name }) => {
  const { bytes, report } = pick(name)
  const random = createRandom(20)
  for (let round = 0; round < 20; round++) {
    // A few at the very beginning and end, the others anywhere.
    const sizeBytes = [0, 1, 100, bytes.length - 1, bytes.length - 200][round] ?? random(bytes.length)
    const outcome = await inspectDamaged(name, bytes.subarray(0, sizeBytes))
    const isWhole = !(outcome instanceof AppError) && outcome.packetSha256 === report.packetSha256
    expect(isRefused(outcome) || isWhole, `${name} cut to ${sizeBytes} of ${bytes.length}`).toBe(true)
    if (sizeBytes < bytes.length - 200) expect(isRefused(outcome), `${name} cut to ${sizeBytes}`).toBe(true)
  }
})

test('F10: 10 cuts of MPEG-TS between packets leave no trace but the missing time, and that is found', async () => {
  const { bytes } = pick('transport.ts')
  const random = createRandom(10)
  const lastPacket = Math.floor((bytes.length / 188) * 0.6)
  for (let round = 0; round < 10; round++) {
    const packets = 10 + random(lastPacket)
    const outcome = await inspectDamaged('transport.ts', bytes.subarray(0, packets * 188))
    expect(isAccepted(outcome), `${packets} packets`).toBe(false)
  }
})

test('F10: 15 transport streams with packets missing, doubled bytes or lost sync are found', async () => {
  const { bytes } = pick('transport.ts')
  const random = createRandom(15)
  for (let round = 0; round < 15; round++) {
    // Away from the ends: there a missing packet is a cut.
    const at = 188 * (50 + random(bytes.length / 188 - 100))
    const inserted = [Buffer.alloc(0), Buffer.alloc(7, 0x47), Buffer.alloc(188)][round % 3] ?? Buffer.alloc(0)
    const removed = round % 3 === 0 ? 188 * (1 + random(9)) : 0
    const damaged = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)])
    const outcome = await inspectDamaged('transport.ts', damaged)
    expect(isRefused(outcome), `round ${round} at ${at}`).toBe(true)
  }
})

const boxed = layouts.filter(({ name }) => !name.endsWith('.ts'))

test.each(boxed)('F10: 10 broken boxes of $name are found', async ({ name }) => {
  const { bytes, report } = pick(name)
  const random = createRandom(11)
  const starts = listBoxes(bytes).filter(({ type }) => ['moov', 'moof', 'mdat'].includes(type))
  for (let round = 0; round < 10; round++) {
    const { start } = starts[random(starts.length)] ?? { start: 0 }
    const damaged = Buffer.from(bytes)
    // Size or type of the box; the highest bit of a byte of either.
    const at = start + 1 + random(7)
    damaged[at] = (damaged[at] ?? 0) ^ 0x80
    const outcome = await inspectDamaged(name, damaged)
    const isWhole = !(outcome instanceof AppError) && outcome.packetSha256 === report.packetSha256
    expect(isRefused(outcome), `${name}, byte ${at}, ${isWhole ? 'packets whole' : 'packets differ'}`).toBe(true)
  }
})

function listBoxes(bytes: Buffer): { type: string; start: number }[] {
  const boxes: { type: string; start: number }[] = []
  for (let start = 0; start + 8 <= bytes.length; start += bytes.readUInt32BE(start))
    boxes.push({ type: bytes.toString('latin1', start + 4, start + 8), start })
  return boxes
}

/** Several pictures long: the entropy coder may take a shorter stretch of noise for pictures, and G.711 takes any. */
const noiseBytes = 6000

test.each(layouts)('F10: 7 stretches of noise in $name are found by decoding', async ({ name }) => {
  const { bytes } = pick(name)
  const random = createRandom(7)
  for (let round = 0; round < 7; round++) {
    const at = Math.floor((bytes.length * (round + 2)) / 10)
    const damaged = Buffer.from(bytes)
    for (let place = 0; place < noiseBytes; place++) damaged[at + place] = random(256)
    const outcome = await inspectDamaged(name, damaged, true)
    expect(isRefused(outcome), `${name}, byte ${at}`).toBe(true)
  }
})
