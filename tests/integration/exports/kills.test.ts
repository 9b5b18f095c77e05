// F17 kill -9 at any moment: the program is killed at every transition of a batch, evenly over a clean run and at random,
// and `resume` ends with the same evidence as a run that nobody disturbed. A longer campaign, of any seed:
//   WATCHROOM_KILLS=2000 WATCHROOM_SEED=7 npx vitest run tests/integration/exports/kills.test.ts
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aimAtEveryMark, aimAtRandom, aimEvenly, createRandom } from './kill-aims.ts'
import type { CleanRun, Plan, Random } from './kill-aims.ts'
import { runBatch } from './kill-batch.ts'
import type { BatchStory } from './kill-batch.ts'
import { checkBatch, readOutcome } from './kill-checks.ts'
import type { Outcome } from './kill-checks.ts'
import { laneItems, openLane } from './kill-lane.ts'
import type { Lane } from './kill-lane.ts'
import { watchMarks } from './kill-watch.ts'

const fewestKills = 50
const wantedKills = Number(process.env['WATCHROOM_KILLS'] ?? 0)
const seed = Number(process.env['WATCHROOM_SEED'] ?? Date.now() % 1_000_000)
/** Of a batch that is killed at each of its marks; it has fewer. */
const mostMarks = 200
const evenPlaces = 3
const timeoutMs = 150_000 + wantedKills * 5_000
const dialects = ['vsaas', 'vms'] as const

interface Campaign {
  lane: Lane
  clean: CleanRun
  outcome: Outcome
  random: Random
  stories: BatchStory[]
}

/** Undisturbed: once so that everything is warm, once as the measure, whose outcome must be the same. */
async function runClean(lane: Lane): Promise<{ clean: CleanRun; outcome: Outcome }> {
  const warm = join(lane.folder, 'warm')
  expect(await lane.export(warm).ended).toMatchObject({ code: 0 })
  const destination = join(lane.folder, 'clean')
  const startedMs = performance.now()
  let startMs: number | null = null
  const marks: string[] = []
  const stop = watchMarks(destination, new Set(), (mark) => {
    startMs ??= performance.now() - startedMs
    marks.push(mark)
  })
  const { code, stderr, durationMs } = await lane.export(destination).ended
  stop()
  expect(code, stderr).toBe(0)
  const outcome = await readOutcome(destination)
  expect(await readOutcome(warm)).toEqual(outcome)
  return { clean: { durationMs, startMs: startMs ?? 0, marks }, outcome }
}

async function runAndCheck(campaign: Campaign, what: string, plan: Plan): Promise<void> {
  const { lane, outcome, stories } = campaign
  const destination = join(lane.folder, `batch ${stories.length}`)
  const story = await runBatch(lane, destination, plan)
  stories.push(story)
  try {
    await checkBatch(lane, story, outcome)
  } catch (error) {
    const kills = story.kills.map(({ aim, lastMark }) => `  ${JSON.stringify(aim)} after ${lastMark}`)
    const files = readdirSync(destination, { recursive: true }).map((name) => `  ${String(name)}`)
    const where = [`WATCHROOM_SEED=${seed} ${lane.dialect} batch ${stories.length - 1}, ${what}:`, ...kills, ...files]
    throw new Error(where.join('\n'), { cause: error })
  }
  await rm(destination, { recursive: true })
}

const countKills = (stories: readonly BatchStory[]): number => stories.reduce((sum, { kills }) => sum + kills.length, 0)

function describeCampaign({ lane, stories, outcome, clean }: Campaign): string {
  const sizeBytes = outcome.fetched.reduce((sum, fetched) => sum + fetched.sizeBytes, 0)
  const sent = stories.flatMap(({ traffic }) => [...traffic.values()])
  const perKill = (sent.reduce((sum, { bytes }) => sum + bytes, 0) - sizeBytes * stories.length) / countKills(stories)
  const misses = stories.reduce((sum, story) => sum + story.misses, 0)
  const cleanMs = Math.round(clean.durationMs)
  return `${lane.dialect}: seed ${seed}, ${countKills(stories)} kills (${misses} came too late), ${stories.length} of ${stories.length} batches recovered, ${(perKill / 1e6).toFixed(2)} MB fetched again a kill of ${(sizeBytes / 1e6).toFixed(0)} MB, clean run ${cleanMs} ms`
}

async function runCampaign(campaign: Campaign, wanted: number): Promise<void> {
  const { lane, clean, random, stories } = campaign
  await runAndCheck(campaign, 'at every mark', aimAtEveryMark(mostMarks))
  expect(countKills(stories), 'kills at transitions').toBeGreaterThan(6 * lane.items.length)
  for (let place = 0; place < evenPlaces; place += 1)
    await runAndCheck(campaign, 'evenly', aimEvenly(place, evenPlaces, clean, random, 2))
  while (countKills(stories) < wanted) await runAndCheck(campaign, 'at random', aimAtRandom(clean, random, 6))
}

describe.concurrent('F17 kill -9 at any moment', () => {
  it.each(dialects)('at every transition, evenly and at random: %s', { timeout: timeoutMs }, async (dialect) => {
    const lane = await openLane(dialect, laneItems[dialect])
    try {
      const random = createRandom(seed + dialects.indexOf(dialect))
      const campaign = { lane, random, stories: [], ...(await runClean(lane)) }
      await runCampaign(campaign, Math.max(fewestKills, wantedKills) / dialects.length)
      process.stdout.write(`${describeCampaign(campaign)}\n`)
    } finally {
      await lane.close()
    }
  })
})
