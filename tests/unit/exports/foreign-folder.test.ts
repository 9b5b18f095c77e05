// A batch folder that somebody else made: nothing in it leads out of it, and nothing is read, written or removed through a
// link.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FinishedFile } from '#contract/exports.ts'
import { beginJournal, foldJournal, readJournal } from '../../../main/core/exports/journal.ts'
import { newRecord } from '../../../main/core/exports/record.ts'
import type { BatchHeader, ItemEvent } from '../../../main/core/exports/record.ts'
import { sweepWorkFolders } from '../../../main/core/exports/work-folder.ts'
import { sampleHeader, sampleResult } from './samples.ts'

type HeaderItem = BatchHeader['items'][number]

function headerWith(change: Partial<HeaderItem>): BatchHeader {
  const header = sampleHeader(1)
  return { ...header, items: header.items.map((item) => ({ ...item, ...change })) }
}

const refusedHeader = expect.objectContaining({ code: 'bad-reply' })

describe('the header of a foreign journal', () => {
  it.each([
    '../outside',
    '/etc/passwd',
    'a/b',
    'a\\b',
    '..',
    '.watchroom',
    'C:x',
    'a:stream',
    'dot.',
    '',
    'a\nb',
    '~x',
  ])('names no stem %j', (stem) => {
    const text = JSON.stringify(headerWith({ stem }))
    expect(() => foldJournal(text, '/batch')).toThrow(refusedHeader)
  })

  it('names no server but its own, no zone and no address that are none', () => {
    const [item] = sampleHeader(1).items
    const known = headerWith({ order: { ...item!.order, serverId: 'of-this-workstation' } })
    const zone = { ...sampleHeader(1), options: { ...sampleHeader(1).options, zone: 'Nowhere/Else' } }
    const url = { ...sampleHeader(1), servers: { one: { dialect: 'vsaas' as const, url: 'server' } } }
    for (const header of [known, zone, url])
      expect(() => foldJournal(JSON.stringify(header), '/batch')).toThrow(refusedHeader)
    expect(foldJournal(JSON.stringify(sampleHeader(1)), '/batch').records).toHaveLength(1)
  })
})

describe('the lines of a foreign journal', () => {
  const file = (path: string): FinishedFile => ({ path, role: 'video', sizeBytes: 1, sha256: 'ab' })
  const publishing = (from: string, to: string, path = 'camera-1.mp4'): ItemEvent => ({
    kind: 'publishing',
    moves: [{ from, to }],
    result: { ...sampleResult, files: [file(path)] },
    codecs: [],
    command: null,
  })
  const fold = (event: ItemEvent) =>
    foldJournal([JSON.stringify(sampleHeader(1)), JSON.stringify({ atMs: 1, item: 0, event })].join('\n'), '/batch')

  it('move the files of their item, out of a work folder too', () => {
    for (const from of ['camera-1.part', '.watchroom/work-0a1b2c3d/camera-1.remux.part'])
      expect(fold(publishing(from, 'camera-1.mp4'))).toMatchObject({ skippedLines: 0, records: [{ suspects: [] }] })
  })

  it.each<[string, ItemEvent]>([
    ['from outside', publishing('../secret.part', 'camera-1.mp4')],
    ['from an absolute path', publishing('/etc/passwd', 'camera-1.mp4')],
    ['from the journal', publishing('.watchroom/journal.jsonl', 'camera-1.mp4')],
    ['through a work folder', publishing('.watchroom/work-1/../../camera-1.part', 'camera-1.mp4')],
    ['to outside', publishing('camera-1.part', '../../.ssh/authorized_keys')],
    ['to below a folder of that name', publishing('camera-1.part', 'camera-1.x/../../y')],
    ['into a work folder', publishing('camera-1.part', '.watchroom/work-1/camera-1.mp4')],
    ['over the manifest', publishing('camera-1.part', 'manifest.json')],
    ['of another item', publishing('camera-2.part', 'camera-1.mp4')],
    ['and list files of others', publishing('camera-1.part', 'camera-1.mp4', '../x.mp4')],
    ['aside to outside', { kind: 'setAside', file: file('../x.suspect') }],
  ])('are not believed when they move %s', (_, event) => {
    const { records, skippedLines } = fold(event)
    expect(skippedLines).toBe(1)
    expect(records[0]).toMatchObject({ publishing: null, suspects: [] })
  })

  it('are not believed when they give a link without an address', () => {
    const ordered: ItemEvent = { kind: 'ordered', orderedAtMs: 1, clipId: null, linkOrigin: 'x', statedRange: null }
    expect(fold(ordered).skippedLines).toBe(1)
  })
})

describe.skipIf(process.platform === 'win32')('links in a foreign folder', () => {
  let folder: string
  let outside: string
  beforeEach(async () => {
    const root = await mkdtemp(join(tmpdir(), 'watchroom-foreign-'))
    folder = join(root, 'batch')
    outside = join(root, 'outside')
    for (const path of [folder, outside]) await mkdir(path)
    await writeFile(join(outside, 'journal.jsonl'), JSON.stringify(sampleHeader(1)))
  })
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

  it('are refused in place of what a batch keeps to itself', async () => {
    await symlink(outside, join(folder, '.watchroom'))
    await expect(readJournal(folder)).rejects.toMatchObject({ code: 'invalid-input' })
    await rm(join(folder, '.watchroom'))
    await mkdir(join(folder, '.watchroom'))
    await symlink(join(outside, 'journal.jsonl'), join(folder, '.watchroom', 'journal.jsonl'))
    await expect(readJournal(folder)).rejects.toMatchObject({ code: 'invalid-input' })
  })

  it('are replaced, not written through, by a new journal', async () => {
    await mkdir(join(folder, '.watchroom'))
    await writeFile(join(outside, 'precious'), 'kept')
    await symlink(join(outside, 'precious'), join(folder, '.watchroom', 'journal.jsonl.new'))
    await (await beginJournal(folder, sampleHeader(1), [newRecord(0)])).close()
    expect(await readFile(join(outside, 'precious'), 'utf8')).toBe('kept')
    expect((await readJournal(folder)).records).toHaveLength(1)
  })

  it('are not followed when old work is removed', async () => {
    await mkdir(join(folder, '.watchroom'))
    await symlink(outside, join(folder, '.watchroom', 'work-12345678'))
    await sweepWorkFolders(folder, [])
    expect(await readFile(join(outside, 'journal.jsonl'), 'utf8')).not.toBe('')
  })
})
