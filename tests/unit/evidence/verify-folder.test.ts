// The check of a folder on a real disk: every flipped byte is found and blamed on the right file; nothing outside is read.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  buildManifest,
  buildSums,
  formatManifest,
  listSums,
  verifyFolder,
  writeManifest,
  writeSums,
} from '#core/exports/evidence/index.ts'
import type { Manifest } from '#core/exports/evidence/index.ts'
import { batchFacts } from './facts.ts'

const intact = { changed: [], missing: [], added: [], isIntact: true }
const contents: Record<string, Buffer> = {
  'gate.mp4': Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 31) % 251)),
  'gate.srt': Buffer.from('1\n00:00:00,000 --> 00:00:01,000\nGate\n'),
  'sub/yard.original.mov': Buffer.from([0, 1, 2]),
  'yard.mp4.suspect': Buffer.from('half a file'),
  'empty.srt': Buffer.alloc(0),
}
const hash = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')

let folder: string
let manifest: Manifest
let opened: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watchroom-verify-'))
  opened = []
  await mkdir(join(folder, 'sub'))
  await mkdir(join(folder, '.watchroom'))
  await writeFile(join(folder, '.watchroom/journal.jsonl'), '{}')
  for (const [path, content] of Object.entries(contents)) await writeFile(join(folder, path), content)
  const files = Object.entries(contents).map(([path, content]) => ({
    path,
    role: 'video' as const,
    sizeBytes: content.length,
    sha256: hash(content),
  }))
  const items = batchFacts.items.map((item) => ({ ...item, files: item.index === 0 ? files : [] }))
  manifest = buildManifest({ ...batchFacts, items })
  await writeSums(folder, listSums(manifest, await writeManifest(folder, manifest)))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function check(
  signal = new AbortController().signal,
  onProgress?: (progress: { doneBytes: number; totalBytes: number }) => void,
) {
  const hashFile = async (path: string): Promise<string> => {
    opened.push(path)
    return hash(await readFile(path))
  }
  return verifyFolder(folder, { hashFile, signal, ...(onProgress ? { onProgress } : {}) })
}

/** Writes both evidence files anew over another manifest, as someone who knows the format would. */
async function forge(forged: Manifest): Promise<void> {
  const text = formatManifest(forged)
  await writeFile(join(folder, 'manifest.json'), text)
  await writeFile(
    join(folder, 'SHA256SUMS'),
    buildSums(listSums(forged, { path: 'manifest.json', sha256: hash(text) })),
  )
}

describe('verifyFolder', () => {
  it('finds an untouched folder intact and reports progress', async () => {
    const seen: number[] = []
    const total = Object.values(contents).reduce((sum, content) => sum + content.length, 0)
    const result = await check(undefined, ({ doneBytes, totalBytes }) => {
      expect(totalBytes).toBe(total)
      seen.push(doneBytes)
    })
    expect(result).toEqual({ ...intact, destination: folder, checked: 7 })
    expect(seen.at(-1)).toBe(total)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })

  it.each([...Object.keys(contents).filter((path) => contents[path]?.length), 'manifest.json'])(
    'F21: finds a flipped bit in %s, at the first, last and many other bytes, and blames only that file',
    async (path) => {
      const content = await readFile(join(folder, path))
      const step = Math.max(1, Math.floor(content.length / 150))
      for (
        let at = 0;
        at < content.length;
        at = at + 1 === content.length ? at + 1 : Math.min(at + step, content.length - 1)
      ) {
        const flipped = Buffer.from(content)
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
        await writeFile(join(folder, path), flipped)
        expect(await check(), `byte ${at}`).toMatchObject({ ...intact, isIntact: false, changed: [path] })
      }
    },
  )

  it('F21: finds a flipped bit at every byte of SHA256SUMS and blames only that file', async () => {
    const path = join(folder, 'SHA256SUMS')
    const content = await readFile(path)
    for (let at = 0; at < content.length; at += 1) {
      const flipped = Buffer.from(content)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      await writeFile(path, flipped)
      expect(await check(), `byte ${at}`).toMatchObject({ ...intact, isIntact: false, changed: ['SHA256SUMS'] })
    }
  })

  it('names what is missing, added, shortened or grown', async () => {
    await rm(join(folder, 'gate.srt'))
    await rename(join(folder, 'sub/yard.original.mov'), join(folder, 'sub/other.mov'))
    await truncate(join(folder, 'gate.mp4'), 4999)
    await writeFile(join(folder, 'empty.srt'), 'x')
    await writeFile(join(folder, '.hidden'), '')
    expect(await check()).toMatchObject({
      isIntact: false,
      changed: ['empty.srt', 'gate.mp4'],
      missing: ['gate.srt', 'sub/yard.original.mov'],
      added: ['.hidden', 'sub/other.mov'],
    })
  })

  it('leaves the working files of the batch out', async () => {
    await writeFile(join(folder, '.watchroom/journal.jsonl'), 'changed')
    await writeFile(join(folder, '.watchroom/other'), '')
    expect(await check()).toMatchObject(intact)
  })

  it('checks by the file that is left when one of the two is gone', async () => {
    await rm(join(folder, 'manifest.json'))
    expect(await check()).toMatchObject({ ...intact, isIntact: false, missing: ['manifest.json'] })
    await writeFile(join(folder, 'gate.srt'), 'y')
    expect(await check()).toMatchObject({ changed: ['gate.srt'], missing: ['manifest.json'] })
  })

  it('checks by the manifest without SHA256SUMS', async () => {
    await rm(join(folder, 'SHA256SUMS'))
    await writeFile(join(folder, 'gate.srt'), 'y')
    expect(await check()).toMatchObject({ isIntact: false, changed: ['gate.srt'], missing: ['SHA256SUMS'] })
  })

  it('says so when nothing tells what belongs in the folder', async () => {
    await rm(join(folder, 'SHA256SUMS'))
    await writeFile(join(folder, 'manifest.json'), '{}')
    expect(await check()).toMatchObject({
      isIntact: false,
      changed: ['manifest.json'],
      missing: ['SHA256SUMS'],
      added: [],
    })
    await rm(join(folder, 'manifest.json'))
    await expect(check()).rejects.toMatchObject({ code: 'not-found' })
  })

  it('finds a manifest and a file that were changed together', async () => {
    await writeFile(join(folder, 'gate.srt'), 'forged')
    const text = formatManifest(manifest).replace(hash(contents['gate.srt'] ?? ''), hash('forged'))
    await writeFile(join(folder, 'manifest.json'), text)
    expect(await check()).toMatchObject({ isIntact: false, changed: ['gate.srt', 'manifest.json'] })
  })

  it.each(['../secret', '/etc/hostname', 'sub/../../secret'])('reads nothing by a forged path %s', async (path) => {
    await forge({
      ...manifest,
      items: manifest.items.map((item) => ({
        ...item,
        files: [...item.files, { path, role: 'video' as const, sizeBytes: 1, sha256: hash('x') }],
      })),
    })
    expect(await check()).toMatchObject({ isIntact: false, changed: ['SHA256SUMS', 'manifest.json'] })
    expect(opened.filter((file) => !file.startsWith(folder) || file.includes('..'))).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('follows no link, neither of a file nor of a folder', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'watchroom-outside-'))
    try {
      await writeFile(join(outside, 'gate.srt'), contents['gate.srt'] ?? '')
      await writeFile(join(outside, 'yard.original.mov'), contents['sub/yard.original.mov'] ?? '')
      await rm(join(folder, 'gate.srt'))
      await symlink(join(outside, 'gate.srt'), join(folder, 'gate.srt'))
      await rm(join(folder, 'sub'), { recursive: true })
      await symlink(outside, join(folder, 'sub'))
      await rename(join(folder, 'SHA256SUMS'), join(outside, 'SHA256SUMS'))
      await symlink(join(outside, 'SHA256SUMS'), join(folder, 'SHA256SUMS'))
      expect(await check()).toMatchObject({
        isIntact: false,
        changed: ['SHA256SUMS', 'gate.srt'],
        missing: ['sub/yard.original.mov'],
        added: ['sub'],
      })
      expect(opened.filter((file) => file.endsWith('gate.srt') || file.includes('sub'))).toEqual([])
    } finally {
      await rm(outside, { recursive: true })
    }
  })

  it('tells a folder that is not there, and stops when asked to', async () => {
    const abort = new AbortController()
    abort.abort()
    await expect(check(abort.signal)).rejects.toMatchObject({ code: 'cancelled' })
    await rm(folder, { recursive: true })
    await expect(check()).rejects.toMatchObject({ code: 'not-found' })
  })
})
