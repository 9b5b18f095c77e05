// What must be true of a batch that was killed, however often: the same evidence as that of a clean run, nothing fetched
// without need, nothing left behind. Uses no code of the product.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { findFfmpeg } from '../../site/media/run-ffmpeg.ts'
import { describeFile } from './kill-batch.ts'
import type { BatchStory } from './kill-batch.ts'
import type { Lane } from './kill-lane.ts'

const execute = promisify(execFile)
const mebibyte = 1_048_576

interface Manifest {
  items: {
    index: number
    state: string
    fetched: { sizeBytes: number; sha256: string }
    files: { path: string; role: string; sizeBytes: number; sha256: string }[]
  }[]
}

/** What every run of the order must come to. */
export interface Outcome {
  names: string[]
  fetched: Manifest['items'][number]['fetched'][]
  /** By file: every packet that was copied, as ffmpeg reads it. */
  packets: Map<string, string>
  /** By file that must be equal to the byte. */
  sums: Map<string, string>
}

/** Everything in the folder but what the program keeps for itself. */
function listFiles(destination: string): string[] {
  return readdirSync(destination, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(destination.length + 1))
    .filter((path) => !path.startsWith('.watchroom'))
    .sort()
}

function readManifest(destination: string): Manifest {
  return JSON.parse(readFileSync(join(destination, 'manifest.json'), 'utf8')) as Manifest
}

export async function readOutcome(destination: string): Promise<Outcome> {
  const { items } = readManifest(destination)
  const files = items.flatMap((item) => item.files)
  const packets = new Map<string, string>()
  for (const { path, role } of files)
    if (role === 'video' || role === 'viewing-copy')
      packets.set(path, await readPackets(join(destination, path), role === 'video' ? ['v', 'a?'] : ['v']))
  const sums = files
    .filter(({ role }) => role === 'original' || role === 'subtitles')
    .map(({ path }): [string, string] => [path, sumOf(join(destination, path))])
  return { names: listFiles(destination), fetched: items.map(({ fetched }) => fetched), packets, sums: new Map(sums) }
}

async function readPackets(file: string, streams: readonly string[]): Promise<string> {
  const maps = streams.flatMap((stream) => ['-map', `0:${stream}`])
  const args = ['-nostdin', '-v', 'error', '-i', `file:${file}`, ...maps, '-c', 'copy', '-f', 'framecrc', '-']
  return (await execute(findFfmpeg(), args, { maxBuffer: 256 * mebibyte })).stdout
}

function sumOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** Lines as `sha256sum -c` reads them. */
function checkSums(destination: string): void {
  const lines = readFileSync(join(destination, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')
  const listed = lines.map((line) => {
    const [, sha256 = '', path = ''] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? []
    expect(sumOf(join(destination, path)), path).toBe(sha256)
    return path
  })
  expect([...listed, 'SHA256SUMS'].sort()).toEqual(listFiles(destination))
}

export async function checkBatch(lane: Lane, story: BatchStory, clean: Outcome): Promise<void> {
  const { destination, ended, finishedFiles } = story
  expect({ code: ended.code, signal: ended.signal }, ended.stderr + ended.stdout).toEqual({ code: 0, signal: null })
  checkTidy(destination)
  const { items } = readManifest(destination)
  expect(items.map(({ index, state }) => [index, state])).toEqual(lane.items.map((_, index) => [index, 'done']))
  checkSums(destination)
  expect(await readOutcome(destination)).toEqual(clean)
  for (const [file, facts] of finishedFiles) expect(describeFile(join(destination, file)), file).toBe(facts)
  checkTraffic(lane, story, clean)
}

/** No working file, no owner, one journal that says it all. */
export function checkTidy(destination: string): void {
  const leftovers = listFiles(destination).filter((name) => /\.(part|suspect|new)$/.test(name))
  expect(leftovers).toEqual([])
  expect(readdirSync(join(destination, '.watchroom'))).toEqual(['journal.jsonl'])
  const lines = readFileSync(join(destination, '.watchroom', 'journal.jsonl'), 'utf8').split('\n')
  expect(lines.pop()).toBe('')
  for (const line of lines) JSON.parse(line)
}

/** How often a kill met an item while its bytes were on their way. */
export function countHits({ kills }: BatchStory, index: number): number {
  return kills.filter(({ items }) => {
    const item = items?.[index]
    return item?.step === 'fetching' && !item.isFetched
  }).length
}

/** A download that is given a second connection closes the first where that one begins, with what is on its way. */
const onItsWayBytes = mebibyte

function checkTraffic(lane: Lane, story: BatchStory, clean: Outcome): void {
  const { kills, orders, traffic } = story
  lane.items.forEach(({ camera, isResumable }, index) => {
    const { sizeBytes } = clean.fetched[index]!
    const { bytes, cuts } = traffic.get(camera)!
    const hits = countHits(story, index)
    const closed = Math.max(0, cuts - hits)
    const allowed = isResumable
      ? 1.02 * sizeBytes + 8 * mebibyte * hits + onItsWayBytes * closed
      : 1.02 * sizeBytes * (1 + hits)
    expect(bytes, `bytes of camera ${camera} after ${hits} kills of its download`).toBeLessThanOrEqual(allowed)
  })
  // A link is no part of the journal: every start may need one for each item that it has not fetched.
  const open = kills.map(({ items }) => items?.filter(({ isFetched }) => !isFetched).length ?? lane.items.length)
  const needed = lane.dialect === 'vms' ? ordersOfClips(story, lane) : open.reduce((sum, count) => sum + count, 0)
  expect(orders).toBeLessThanOrEqual(lane.items.length + needed)
}

/** A clip is made anew only when the program was killed before it could write its id down. */
function ordersOfClips({ kills }: BatchStory, { items: all }: Lane): number {
  const unnamed = kills.map(({ items }) => items?.filter(({ step, hasClip }) => step !== null && !hasClip).length)
  return unnamed.reduce<number>((sum, count) => sum + (count ?? all.length), 0)
}
