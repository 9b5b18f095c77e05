// The folders ffmpeg works in: swept when a batch is opened, but for what an item has still to rename.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { applyEvent, newRecord } from '../../../main/core/exports/record.ts'
import type { ItemEvent, ItemRecord } from '../../../main/core/exports/record.ts'
import { makeWorkFolder, sweepWorkFolders } from '../../../main/core/exports/work-folder.ts'
import { sampleResult } from './samples.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watchroom-work-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function publishing(index: number, from: string): ItemRecord {
  const events: ItemEvent[] = [
    { kind: 'started', step: 'verifying' },
    { kind: 'publishing', moves: [{ from, to: `${index}.mp4` }], result: sampleResult, codecs: [], command: null },
  ]
  return events.reduce((record, event) => applyEvent(record, event, 0), newRecord(index))
}

it('is new for each run', async () => {
  const names = [await makeWorkFolder(folder, 'aaaaaaaa-1'), await makeWorkFolder(folder, 'bbbbbbbb-2')]
  expect(new Set(names).size).toBe(2)
})

it('keeps what is still to be renamed, and removes the rest', async () => {
  const [older, newer] = [await makeWorkFolder(folder, 'older'), await makeWorkFolder(folder, 'newer')]
  for (const file of [`${older}/0.remux.part`, `${newer}/0.remux.part`, `${older}/1.remux.part`])
    await writeFile(join(folder, file), 'bytes')
  const pending = publishing(0, `${older}/0.remux.part`)
  const done = applyEvent(publishing(1, `${older}/1.remux.part`), { kind: 'finished' }, 0)
  await sweepWorkFolders(folder, [pending, done])
  expect((await readdir(join(folder, '.watchroom'), { recursive: true })).sort()).toEqual([
    'work-older',
    'work-older/0.remux.part',
  ])
  await sweepWorkFolders(folder, [applyEvent(pending, { kind: 'finished' }, 0)])
  expect(await readdir(join(folder, '.watchroom'))).toEqual([])
})

it('has nothing to say where there is no batch', async () => {
  await sweepWorkFolders(join(folder, 'gone'), [])
  expect(await readdir(folder)).toEqual([])
})
