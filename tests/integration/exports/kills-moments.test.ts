// F17 kills and signals at the moments that need a test of their own: before there is a journal, while a folder is
// verified, while ffmpeg works, and the signals that ask a program to end.
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MediaBehaviour } from '../../site/media/behaviour.ts'
import { findFfmpeg } from '../../site/media/run-ffmpeg.ts'
import { describeFile } from './kill-batch.ts'
import { checkTidy, readOutcome } from './kill-checks.ts'
import type { Outcome } from './kill-checks.ts'
import { clearLogs, countOrders, laneItems, openLane, readTraffic } from './kill-lane.ts'
import type { Ended, Lane, Running } from './kill-lane.ts'
import { journalPath, readItems, watchMarks } from './kill-watch.ts'

const usage = 2
const startMoments = 6

let lane: Lane
let clean: Outcome
let startMs = 0
let destination = ''
let batches = 0

beforeAll(async () => {
  lane = await openLane('vsaas', laneItems.vsaas.slice(0, 2))
  const warm = join(lane.folder, 'warm')
  expect(await lane.export(warm).ended).toMatchObject({ code: 0 })
  clean = await readOutcome(warm)
  const measured = join(lane.folder, 'measured')
  const startedMs = performance.now()
  const stop = watchMarks(measured, new Set(), () => (startMs ||= performance.now() - startedMs))
  expect(await lane.export(measured).ended).toMatchObject({ code: 0 })
  stop()
})
afterAll(() => lane.close())
beforeEach(() => {
  batches += 1
  destination = join(lane.folder, `batch ${batches}`)
})

function setLong(behaviour: Partial<MediaBehaviour>): Promise<void> {
  return lane.site.media.control.set({ cameras: { [lane.items[0]!.camera]: behaviour } })
}

/** Ends the program with that signal after so many milliseconds, or at a mark of the folder. */
async function runUntil(running: Running, signal: NodeJS.Signals, when: number | RegExp): Promise<Ended> {
  const timer = typeof when === 'number' ? setTimeout(() => running.kill(signal), when) : undefined
  const stop = watchMarks(destination, new Set(), (mark) => {
    if (typeof when !== 'number' && when.test(mark)) running.kill(signal)
  })
  const ended = await running.ended
  clearTimeout(timer)
  stop()
  return ended
}

async function expectWhole(ended: Ended): Promise<void> {
  expect(ended.code, ended.stderr).toBe(0)
  checkTidy(destination)
  expect(await readOutcome(destination)).toEqual(clean)
}

describe('F17 a program that was killed before its first line', () => {
  it('leaves nothing to resume, says so, and export begins there', async () => {
    let unbegun = 0
    for (let moment = 0; moment < startMoments; moment += 1) {
      await runUntil(lane.export(destination), 'SIGKILL', (startMs * (moment + 0.5)) / startMoments)
      if (existsSync(journalPath(destination))) {
        await rm(destination, { recursive: true })
        continue
      }
      unbegun += 1
      const { code, stderr } = await lane.resume(destination).ended
      expect({ code, stderr }).toEqual({ code: usage, stderr: expect.stringContaining('no journal') })
    }
    expect(unbegun).toBeGreaterThan(startMoments / 2)
    await expectWhole(await lane.export(destination).ended)
  })

  it.each([
    ['a private folder', {}],
    ['a torn note of an owner', { owner: '' }],
    ['half a journal', { owner: '{"tok', 'journal.jsonl.new': '{"version":1,"batch' }],
  ])('is followed by an export although it left %s', async (_, files) => {
    await mkdir(join(destination, '.watchroom'), { recursive: true })
    for (const [name, text] of Object.entries(files)) await writeFile(join(destination, '.watchroom', name), text)
    expect(await lane.resume(destination).ended).toMatchObject({ code: usage })
    await expectWhole(await lane.export(destination).ended)
  })
})

describe('F17 a program that is asked to end', () => {
  it.each([
    ['SIGINT', /^0 described/, 130],
    ['SIGINT', /^1 started assembling/, 130],
    ['SIGTERM', /^1 started verifying/, 143],
    ['SIGTERM', /^file .*original/, 143],
  ] as const)('by %s at %s pauses the batch, and resume goes on', async (signal, when, code) => {
    // The long item is under way whenever the signal comes.
    await setLong({ bytesPerSecond: 1_000_000 })
    const ended = await runUntil(lane.export(destination), signal, when)
    await setLong(lane.items[0]!.behaviour)
    expect(ended, ended.stderr).toMatchObject({ code, signal: null })
    expect(existsSync(join(destination, '.watchroom', 'owner'))).toBe(false)
    const finished = readItems(destination, lane.items.length).flatMap((item) => (item.isFinished ? item.targets : []))
    const before = finished.map((file) => describeFile(join(destination, file)))
    await expectWhole(await lane.resume(destination).ended)
    expect(finished.map((file) => describeFile(join(destination, file)))).toEqual(before)
  })

  it('ends without a batch when it has not begun one', async () => {
    const { code, signal, stderr } = await runUntil(lane.export(destination), 'SIGTERM', startMs * 0.8)
    expect(code ?? signal, stderr).toBeOneOf([143, 'SIGTERM'])
  })
})

describe('F17 a program that is killed while it verifies', () => {
  it('has changed nothing', async () => {
    await expectWhole(await lane.export(destination).ended)
    const before = clean.names.map((name) => describeFile(join(destination, name)))
    const { durationMs } = await lane.start(['verify', destination]).ended
    for (const part of [0.5, 0.7, 0.9])
      await runUntil(lane.start(['verify', destination]), 'SIGKILL', durationMs * part)
    expect(await lane.start(['verify', destination]).ended).toMatchObject({ code: 0 })
    expect(clean.names.map((name) => describeFile(join(destination, name)))).toEqual(before)
  })
})

/**
 * An ffmpeg that outlives its program. The first one that is to write a file opens it (or, `late`, does not yet), waits for
 * `go`, and then writes nonsense into it.
 */
const stubbornFfmpeg = (isLate: boolean): string => `#!/bin/sh
target=
for argument in "$@"; do case "$argument" in file:*.remux.part) target="\${argument#file:}";; esac; done
if [ -n "$target" ] && mkdir "$0.first" 2>/dev/null; then
  trap '' PIPE TERM
  ${isLate ? '' : 'exec 3>"$target"'}
  echo "$target" > "$0.held"
  while [ ! -e "$0.go" ]; do sleep 0.02; done
  { head -c 3000000 /dev/zero ${isLate ? '>"$target"' : '>&3'}; } 2>/dev/null
  echo done > "$0.done"
  exit 0
fi
exec '${findFfmpeg()}' "$@"
`

describe('F17 an ffmpeg that outlives its program', () => {
  it.each([
    ['holds its file open', false],
    ['opens its file when all is over', true],
  ])('harms no later run when it %s', async (what, isLate) => {
    const script = join(lane.folder, isLate ? 'late' : 'early')
    await writeFile(script, stubbornFfmpeg(isLate))
    await chmod(script, 0o755)
    const environment = { FFMPEG_BIN: script }
    const running = lane.export(destination, environment)
    await expect.poll(() => existsSync(`${script}.held`), { timeout: 20_000 }).toBe(true)
    running.kill('SIGKILL')
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL' })
    const held = (await readFile(`${script}.held`, 'utf8')).trim()
    const resumed = await lane.resume(destination, environment).ended
    await writeFile(`${script}.go`, '')
    await expect.poll(() => existsSync(`${script}.done`), { timeout: 20_000, message: what }).toBe(true)
    await expectWhole(resumed)
    expect(existsSync(held)).toBe(false)
  })
})

it('F17 resume of a batch that is done asks for nothing and touches no footage', async () => {
  await expectWhole(await lane.export(destination).ended)
  const footage = [...clean.packets.keys(), ...clean.sums.keys()].map((name) => join(destination, name))
  const before = footage.map(describeFile)
  await clearLogs(lane)
  await expectWhole(await lane.resume(destination).ended)
  expect(footage.map(describeFile)).toEqual(before)
  expect([await countOrders(lane), (await readTraffic(lane)).size]).toEqual([0, 0])
})

it('F17 resume tries again what failed', async () => {
  await setLong({ maxRangeMs: 1_000 })
  const failed = await lane.export(destination).ended
  await setLong({ maxRangeMs: null })
  expect(failed).toMatchObject({ code: 3 })
  await expectWhole(await lane.resume(destination).ended)
})
