// Downloads from the pretend media server, with the habits and faults seen in the field: whatever happens on the way, the file is
// the one of the clean run, or it is said why not (F13, F14, F15).
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { FetchOutcome } from '#core/exports/fetch/index.ts'
import type { MediaBehaviour } from '../site/media/behaviour.ts'
import { createFetchBench, sha256 } from './fetch-harness.ts'
import type { Attempt, FetchBench } from './fetch-harness.ts'
import { startMediaSite } from './site-media-client.ts'
import type { MediaSite } from './site-media-client.ts'

let bench: FetchBench
let site: MediaSite
let clean: Buffer

beforeAll(async () => {
  bench = await createFetchBench()
  site = await startMediaSite()
  clean = (await site.client.get(site.link())).body
})
beforeEach(() => bench.renew())
afterEach(async () => {
  await site.control.reset()
  await site.control.clearLog()
})
afterAll(async () => {
  await site.close()
  await bench.close()
})

interface Run {
  outcomes: FetchOutcome[]
  links: number
}

/** Goes on the way an engine does: resumes after a cut, takes a new link for an expired one, starts over after a change. */
async function fetchOn(
  maxConnections: number,
  deadlines = { connectMs: 5000, firstByteMs: 20_000, stallMs: 1000 },
): Promise<Run> {
  const run: Run = { outcomes: [], links: 1 }
  const trusted = [{ use: 'media' as const, origin: null, fingerprint: site.media.certificateSha256 }]
  let url = site.link()
  let resume: Attempt['resume'] = null
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const result = await bench.attempt(bench.request(url, { resume, maxConnections, deadlines, trusted }))
    const { outcome } = result
    run.outcomes.push(outcome)
    if (outcome.kind === 'complete' || outcome.kind === 'refused' || outcome.kind === 'too-long') return run
    resume = outcome.kind === 'changed' || outcome.kind === 'not-resumable' ? null : result.resume
    const isNotYetThere = outcome.kind === 'expired' && outcome.status === 404 && resume === null
    if (outcome.kind === 'expired' && !isNotYetThere) {
      url = site.link()
      run.links += 1
    }
  }
  return run
}

async function countServedBytes(): Promise<number> {
  return (await site.control.log()).reduce((sum, record) => sum + record.bytesSent, 0)
}

test.each<[string, Partial<MediaBehaviour>]>([
  ['as it should', {}],
  ['with dates only', { range: 'weak-validators' }],
  ['without ranges', { range: 'none' }],
  ['without ranges that it promises', { range: 'ignored' }],
  ['in chunks', { range: 'none', length: 'chunked' }],
  ['after a silence', { silenceMs: 700 }],
  ['slowly', { bytesPerSecond: 2_000_000 }],
  ['after a redirect', { redirect: 'same-host' }],
  ['from another host', { redirect: 'other-host' }],
  ['once it is there', { notFoundFirst: 2 }],
  ['after being busy', { busy: { status: 503, count: 2, retryAfter: 'seconds', afterMs: 1000 } }],
])('a server that sends %s', async (_name, behaviour) => {
  await site.setAll(behaviour)
  const { outcomes } = await fetchOn(2)
  expect(outcomes.at(-1)).toMatchObject({ kind: 'complete', sha256: sha256(clean) })
  expect(await bench.diskSha256()).toBe(sha256(clean))
  const log = await site.control.log()
  expect(log.every((record) => record.method === 'GET')).toBe(true)
})

const cuts = [1000, 65_536, 200_000, 200_001, 350_000, 399_999]
test.each<[string, Partial<MediaBehaviour>, number]>([
  ['cuts', { cutAtBytes: cuts }, 1.02],
  ['cuts a file known by its date', { range: 'weak-validators', cutAtBytes: cuts }, 1.02],
  ['falls silent', { stallAtBytes: [1000, 300_000] }, 1.02],
  ['lets links run out', { linkMaxBytes: 150_000 }, 1.02],
  ['lets links run out and says 404', { linkMaxBytes: 300_000, expiredStatus: 404 }, 1.02],
])('a server that %s costs few bytes twice', async (_name, behaviour, mostTimes) => {
  await site.setAll(behaviour)
  const { outcomes } = await fetchOn(1)
  expect(outcomes.length).toBeGreaterThan(1)
  expect(outcomes.at(-1)).toMatchObject({ kind: 'complete', sha256: sha256(clean) })
  expect(await countServedBytes()).toBeLessThanOrEqual(clean.length * mostTimes)
})

test('a server that cuts a stream which cannot be resumed gives it again from its beginning', async () => {
  await site.setAll({ range: 'none', cutAtBytes: [100_000, 300_000] })
  const { outcomes } = await fetchOn(2)
  expect(outcomes.map(({ kind }) => kind)).toEqual(['cut', 'cut', 'complete'])
  expect(await bench.diskSha256()).toBe(sha256(clean))
})

test.each<[string, Partial<MediaBehaviour>, FetchOutcome['kind']]>([
  ['sends another range than was asked for', { range: 'wrong-content-range' }, 'changed'],
  ['gives another size than before', { range: 'wrong-total' }, 'changed'],
])('a server that %s is not believed', async (_name, behaviour, kind) => {
  await site.setAll({ ...behaviour, cutAtBytes: [200_000] })
  const { outcomes } = await fetchOn(1)
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(['cut', kind, 'complete'])
  expect(await bench.diskSha256()).toBe(sha256(clean))
})

test('a file that changes under its link is never spliced', async () => {
  await site.setAll({ cutAtBytes: [200_000], changeAfterRequests: 1 })
  const { outcomes } = await fetchOn(1)
  expect(outcomes.map(({ kind }) => kind)).toEqual(['cut', 'changed', 'complete'])
  const changed = outcomes.at(-1)
  expect(changed).not.toMatchObject({ sha256: sha256(clean) })
  expect(changed).toMatchObject({ sha256: await bench.diskSha256() })
})

test.each<[string, Partial<MediaBehaviour>, object]>([
  ['from https to http', { redirect: 'to-http' }, { kind: 'refused', error: { code: 'forbidden' } }],
  ['in a circle', { redirect: 'loop' }, { kind: 'refused', error: { code: 'bad-reply' } }],
])('a server that redirects %s is refused', async (_name, behaviour, expected) => {
  await site.setAll(behaviour)
  expect((await fetchOn(1)).outcomes).toMatchObject([expected])
})

test('a range that is too long for the server is said to be', async () => {
  await site.setAll({ maxRangeMs: 5000 })
  expect((await fetchOn(1)).outcomes).toEqual([{ kind: 'too-long' }])
})
