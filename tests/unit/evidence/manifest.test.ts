// manifest.json and SHA256SUMS as texts: complete, without secrets, equal for equal facts, readable by coreutils.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  buildManifest,
  buildSums,
  formatManifest,
  listSums,
  parseSums,
  readManifest,
  writeManifest,
  writeSums,
} from '#core/exports/evidence/index.ts'
import { batchFacts } from './facts.ts'

describe('buildManifest', () => {
  it('has an entry for every item, also for those that failed, were cancelled or are not finished', () => {
    const { items } = buildManifest(batchFacts)
    expect(items.map(({ index, state, error }) => [index, state, error?.code ?? null])).toEqual([
      [0, 'done', null],
      [1, 'failed', 'unsupported-media'],
      [2, 'cancelled', 'cancelled'],
      [3, 'unfinished', null],
    ])
    expect(items[1]?.error).toEqual({ code: 'unsupported-media', message: 'The file is cut.' })
  })

  it('says what was asked, given and proven, with local times', () => {
    const manifest = buildManifest(batchFacts)
    expect(manifest).toMatchObject({
      writtenAt: '2026-11-01T11:02:00+03:00',
      batch: { id: 'b1', createdAt: '2026-11-01T11:00:00+03:00', zone: 'Europe/Moscow' },
      case: { number: '12-3', note: 'x' },
      operator: { osUser: 'clerk', workstation: 'desk-7' },
      servers: [{ url: 'https://video.example/prefix', account: 'clerk@example', clockOffsetMs: null }],
    })
    expect(manifest.items[0]).toMatchObject({
      camera: { id: '3', name: 'Gate', place: 'Yard' },
      asked: { from: '2026-11-01T10:00:00+03:00', to: '2026-11-01T11:00:00+03:00' },
      gaps: [{ from: '2026-11-01T10:00:01+03:00', to: '2026-11-01T10:00:05+03:00', source: 'server' }],
      timeBasis: 'media-server',
      link: { origin: 'https://media.example:8443', orders: 2 },
      command: ['ffmpeg', '-i', 'file:gate.part', 'https://media.example', 'gate.mp4'],
      files: [{ path: 'gate.mp4' }, { path: 'gate.srt' }],
    })
  })

  it('lets no secret and no folder pass, even when they are in the facts', () => {
    expect(formatManifest(buildManifest(batchFacts))).not.toMatch(/canary|\/home\/|10\.0\.0\.7/)
  })

  it('is the same text for the same facts in another order', () => {
    const { servers, tools, items } = batchFacts
    const shuffled = {
      ...batchFacts,
      case: { number: '12-3', note: 'x' },
      servers: [...servers].reverse(),
      tools: [...tools].reverse(),
      items: items.map((item) => ({ ...item, files: [...item.files].reverse() })).reverse(),
    }
    expect(formatManifest(buildManifest(shuffled))).toBe(formatManifest(buildManifest(batchFacts)))
  })

  it('is read back whole', () => {
    const manifest = buildManifest(batchFacts)
    expect(readManifest(formatManifest(manifest))).toEqual(manifest)
  })

  it.each([
    '../x',
    '/etc/passwd',
    'a/../../x',
    'C:x',
    'a\\..\\x',
    'a//b',
    './a',
    '',
    'a\0',
    '.watchroom/journal.jsonl',
  ])('is not believed with the path %j', (path) => {
    const manifest = buildManifest(batchFacts)
    const files = [{ path, role: 'video' as const, sizeBytes: 1, sha256: 'a'.repeat(64) }]
    const items = manifest.items.map((item) => ({ ...item, files }))
    expect(readManifest(formatManifest({ ...manifest, items }))).toBeNull()
  })
})

describe('SHA256SUMS', () => {
  const odd = [
    'plain.mp4',
    ' leading',
    'back\\slash',
    'line\nfeed',
    'return\rcarriage',
    'Въезд.mp4',
    '-n',
    '*star',
    'a\\nb',
  ]

  it('is read back', () => {
    const sums = odd.map((path) => ({ path, sha256: createHash('sha256').update(path).digest('hex') }))
    expect(parseSums(buildSums(sums))).toEqual([...sums].sort((a, b) => (a.path < b.path ? -1 : 1)))
  })

  it.skipIf(process.platform === 'win32')('is accepted by sha256sum, odd names too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'watchroom-sums-'))
    try {
      const names = odd.filter((name) => !name.includes('\r'))
      for (const name of names) await writeFile(join(folder, name), name)
      const sums = names.map((path) => ({ path, sha256: createHash('sha256').update(path).digest('hex') }))
      await writeFile(join(folder, 'SHA256SUMS'), buildSums(sums))
      const output = execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })
      expect(output.trim().split('\n')).toHaveLength(names.length)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('writing', () => {
  it('replaces the files and leaves nothing else in the folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'watchroom-evidence-'))
    try {
      const manifest = buildManifest(batchFacts)
      await writeManifest(folder, buildManifest({ ...batchFacts, atMs: 0 }))
      const sum = await writeManifest(folder, manifest)
      await writeSums(folder, listSums(manifest, sum))
      const text = await readFile(join(folder, 'manifest.json'), 'utf8')
      expect(text).toBe(formatManifest(manifest))
      expect(sum.sha256).toBe(createHash('sha256').update(text).digest('hex'))
      expect((await readFile(join(folder, 'SHA256SUMS'), 'utf8')).split('\n').map((line) => line.slice(66))).toEqual([
        'gate.mp4',
        'gate.srt',
        'manifest.json',
        'yard.mp4.suspect',
        '',
      ])
      expect((await readdir(folder)).sort()).toEqual(['.watchroom', 'SHA256SUMS', 'manifest.json'])
      expect(await readdir(join(folder, '.watchroom'))).toEqual([])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
