// The pretend media server over real sockets: refusals of links, redirects, and what the files hold.
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findGaps } from '../site/world.ts'
import { quietHourMs as fromMs, hourMs, startMediaSite, type MediaSite } from './site-media-client.ts'

const toMs = fromMs + 10_000
let site: MediaSite

beforeAll(async () => {
  site = await startMediaSite()
})
afterEach(async () => {
  await site.control.reset()
  await site.control.clearLog()
})
afterAll(() => site.close())

describe('links', () => {
  it.each([401, 403, 404, 410] as const)('linkTtlMs: answers %i when the link is too old', async (expiredStatus) => {
    await site.setAll({ linkTtlMs: 60_000, expiredStatus })
    expect(
      (await site.client.get(site.client.link(1, fromMs, toMs, { orderedAtMs: Date.now() - 60_000 }))).status,
    ).toBe(expiredStatus)
    expect((await site.client.get(site.link())).status).toBe(200)
  })

  it('linkTtlMs: destroys a response that is under way', async () => {
    await site.client.get(site.link())
    await site.setAll({ linkTtlMs: 3000, bytesPerSecond: 100_000 })
    const url = site.link()
    expect(await site.client.get(url)).toMatchObject({ status: 200, isWhole: false })
    expect((await site.client.get(url)).status).toBe(403)
  })

  it('linkMaxBytes: destroys at the limit, counts over all requests', async () => {
    await site.setAll({ linkMaxBytes: 100_000, expiredStatus: 410 })
    const url = site.link()
    expect((await site.client.get(url, { range: 'bytes=0-39999' })).isWhole).toBe(true)
    const cut = await site.client.get(url, { range: 'bytes=40000-' })
    expect([cut.isWhole, cut.body.length]).toEqual([false, 60_000])
    expect((await site.client.get(url, { range: 'bytes=100000-' })).status).toBe(410)
    expect((await site.client.get(site.link())).status).toBe(200)
  })

  it('changeAfterRequests: another content under the same address', async () => {
    await site.setAll({ changeAfterRequests: 1 })
    const url = site.link()
    const before = await site.client.get(url, { range: 'bytes=0-99999' })
    const after = await site.client.get(url, { range: 'bytes=100000-', 'if-range': before.headers.etag ?? '' })
    expect(after.status).toBe(200)
    expect(after.headers.etag).not.toBe(before.headers.etag)
    expect(after.headers['last-modified']).not.toBe(before.headers['last-modified'])
    expect(after.body.subarray(0, 100_000).equals(before.body)).toBe(false)
  })

  it('notFoundFirst: 404 for the first requests of a link', async () => {
    await site.setAll({ notFoundFirst: 2 })
    const url = site.link()
    const statuses = []
    for (let turn = 0; turn < 3; turn++) statuses.push((await site.client.get(url)).status)
    expect(statuses).toEqual([404, 404, 200])
  })

  it('maxRangeMs: 413 for longer ranges', async () => {
    await site.setAll({ maxRangeMs: 10_000 })
    expect((await site.client.get(site.link())).status).toBe(200)
    expect((await site.client.get(site.client.link(1, fromMs, toMs + 1))).status).toBe(413)
  })

  it('failAcrossGap: 500 when the range spans a gap', async () => {
    await site.setAll({ failAcrossGap: true })
    const gap = findGaps(1, Date.now() - 40 * hourMs, Date.now() - hourMs).at(0)
    if (gap === undefined) throw new Error('no gap in 39 hours')
    expect((await site.client.get(site.client.link(1, gap.fromMs - 5000, gap.toMs + 5000))).status).toBe(500)
    expect((await site.client.get(site.client.link(1, gap.fromMs - 5000, gap.fromMs))).status).toBe(200)
  })

  it('busy: refuses the first requests of a camera and says when to come again', async () => {
    await site.setAll({ busy: { status: 429, count: 2, retryAfter: 'seconds', afterMs: 1500 } })
    const first = await site.client.get(site.link())
    expect([first.status, first.headers['retry-after']]).toEqual([429, '2'])
    expect((await site.client.get(site.link())).status).toBe(429)
    expect((await site.client.get(site.link())).status).toBe(200)
    await site.setAll({ busy: { status: 503, count: 1, retryAfter: 'date', afterMs: 5000 } })
    const startMs = Date.now()
    const dated = await site.client.get(site.link())
    expect(dated.status).toBe(503)
    expect(Date.parse(dated.headers['retry-after'] ?? '')).toBeGreaterThanOrEqual(startMs + 5000)
    await site.setAll({ busy: { status: 503, count: 1, retryAfter: 'none', afterMs: 0 } })
    expect((await site.client.get(site.link())).headers).not.toHaveProperty('retry-after')
  })
})

describe('redirects', () => {
  const expected = {
    'same-host': /^\/file\//,
    'other-host': /^https:\/\/127\.0\.0\.2:\d+\/file\//,
    'to-http': /^http:\/\/127\.0\.0\.1:\d+\/file\//,
  } as const

  it.each(['same-host', 'other-host', 'to-http'] as const)('%s: the file is there', async (redirect) => {
    await site.setAll({ redirect })
    const answer = await site.client.get(site.link())
    expect(answer.status).toBe(302)
    expect(answer.headers.location).toMatch(expected[redirect])
    const target = new URL(answer.headers.location ?? '', site.media.httpsUrl)
    expect(await site.client.get(target.href)).toMatchObject({ status: 200, isWhole: true })
  })

  it('loop: leads back to itself', async () => {
    await site.setAll({ redirect: 'loop' })
    const url = site.link()
    const { status, headers } = await site.client.get(url)
    expect([status, new URL(headers.location ?? '', url).href]).toEqual([302, url])
  })

  it('first-then-file: only the first request of a link is redirected', async () => {
    await site.setAll({ redirect: 'first-then-file' })
    const url = site.link()
    expect((await site.client.get(url)).status).toBe(302)
    expect((await site.client.get(url)).status).toBe(200)
  })
})

describe('content', () => {
  const boxes = (body: Buffer) =>
    ['ftyp', 'moov', 'mdat', 'moof'].map((name) => [name, body.indexOf(name, 0, 'latin1')] as const)
  const order = (body: Buffer) =>
    boxes(body)
      .filter(([, position]) => position >= 0)
      .sort((a, b) => a[1] - b[1])
      .map(([name]) => name)

  it.each([
    ['faststart', ['ftyp', 'moov', 'mdat']],
    ['moov-last', ['ftyp', 'mdat', 'moov']],
    ['fragmented', ['ftyp', 'moov', 'moof', 'mdat']],
  ] as const)('layout %s', async (layout, wanted) => {
    await site.setAll({ layout })
    expect(order((await site.client.get(site.link())).body)).toEqual(wanted)
  })

  it('layout mpegts, but MOV for a camera with G.711', async () => {
    await site.setAll({ layout: 'mpegts' })
    const stream = await site.client.get(site.link())
    expect(stream.headers['content-type']).toBe('video/mp2t')
    expect([0, 188, 376].map((position) => stream.body[position])).toEqual([0x47, 0x47, 0x47])
    const movie = await site.client.get(site.client.link(7, fromMs, toMs))
    expect(movie.headers['content-type']).toBe('video/quicktime')
    expect(movie.body.subarray(4, 12).toString('latin1')).toBe('ftypqt  ')
  })

  it('truncateFileBytes and corruptAtBytes: a wrong file that is consistent with itself', async () => {
    const right = await site.client.get(site.link())
    await site.setAll({ truncateFileBytes: 200_000, corruptAtBytes: [0, 150_000] })
    const wrong = await site.client.get(site.link())
    expect(wrong.headers['content-length']).toBe('200000')
    expect(wrong.headers.etag).not.toBe(right.headers.etag)
    const places = Array.from(wrong.body.keys()).filter((place) => wrong.body[place] !== right.body[place])
    expect(places).toEqual([0, 150_000])
  })

  it('emptyOutsideArchive: 404 for the future and the distant past, unless switched off', async () => {
    const future = () => site.client.link(1, Date.now() + hourMs, Date.now() + hourMs + 5000)
    expect((await site.client.get(future())).status).toBe(404)
    expect((await site.client.get(site.client.link(1, fromMs - 100 * hourMs, toMs - 100 * hourMs))).status).toBe(404)
    await site.setAll({ emptyOutsideArchive: false })
    expect((await site.client.get(future())).status).toBe(200)
  })

  it('shiftMs: another footage, and footage for a range in the future', async () => {
    const right = await site.client.get(site.link(), { range: 'bytes=0-0' })
    await site.setAll({ shiftMs: -3 * hourMs })
    const shifted = await site.client.get(site.link(), { range: 'bytes=0-0' })
    const asked = await site.client.get(site.client.link(1, fromMs - 3 * hourMs, toMs - 3 * hourMs), {
      range: 'bytes=0-0',
    })
    expect(shifted.headers.etag).not.toBe(right.headers.etag)
    expect(asked.headers.etag).not.toBe(shifted.headers.etag)
    const fromFuture = await site.client.get(site.client.link(1, Date.now() + hourMs, Date.now() + hourMs + 5000))
    expect(fromFuture.status).toBe(200)
  })

  it('is the same however often it is made', async () => {
    const first = await site.client.get(site.link())
    await rm(path.join(site.folder, 'media'), { recursive: true })
    const second = await site.client.get(site.link())
    expect(second.headers.etag).toBe(first.headers.etag)
    expect(second.body.equals(first.body)).toBe(true)
  })
})
