// The door of the core: every call by name, bad input, unknown names, and errors in their envelopes.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '#contract/errors.ts'
import { calls } from '#contract/index.ts'
import type { CallName, Handlers } from '#contract/index.ts'
import { replySchema } from '#contract/wire.ts'
import { createRouter } from '#core/router.ts'
import type { LogEntry } from '#core/ports.ts'

const names = Object.keys(calls) as CallName[]
const { signal } = new AbortController()

/** Handlers that all do the same, and what the router logged. */
function routerOf(handler: (input: unknown) => Promise<unknown>) {
  const log: LogEntry[] = []
  const handlers = Object.fromEntries(names.map((name) => [name, handler])) as unknown as Handlers<AbortSignal>
  return { dispatch: createRouter(handlers, { log: (entry) => log.push(entry), uuid: () => 'id-1' }), log }
}

describe('the router', () => {
  it('hands every call its parsed input and returns what the handler says', async () => {
    const seen: unknown[] = []
    const { dispatch } = routerOf((input) => Promise.resolve(seen.push(input)))
    expect(await dispatch('exports.get', { batchId: 'b1', stray: true }, { signal })).toEqual({ ok: true, value: 1 })
    expect(seen).toEqual([{ batchId: 'b1' }])
  })

  it('fills in the defaults of an order', async () => {
    let order: unknown
    const { dispatch } = routerOf((input) => Promise.resolve((order = input)))
    const item = { serverId: 's', cameraId: '3', range: { fromMs: 1, toMs: 2 } }
    await dispatch('exports.start', { destination: '/x', items: [item] }, { signal })
    expect(order).toMatchObject({ options: { container: 'mp4', keepOriginal: true }, items: [{ stream: 'main' }] })
  })

  it.each(['nothing.here', '', '__proto__', 'constructor', 'toString', 'x'.repeat(10_000)])(
    'refuses %s',
    async (name) => {
      const { dispatch } = routerOf(() => Promise.resolve(1))
      const reply = await dispatch(name, {}, { signal })
      expect(reply).toMatchObject({ ok: false, error: { code: 'not-found' } })
      expect(JSON.stringify(reply).length).toBeLessThan(300)
    },
  )

  it('says which field of an input is wrong', async () => {
    const { dispatch } = routerOf(() => Promise.resolve(1))
    const reply = await dispatch('exports.start', { destination: '/x', items: [{ serverId: 's' }] }, { signal })
    expect(reply).toMatchObject({ ok: false, error: { code: 'invalid-input' } })
    expect(JSON.stringify(reply)).toContain('items.0.cameraId')
  })

  it('passes expected errors on with their details, and bugs with an id only', async () => {
    const expected = routerOf(() =>
      Promise.reject(new AppError('disk-full', 'No room.', { details: { neededBytes: 5 } })),
    )
    expect(await expected.dispatch('servers.list', {}, { signal })).toEqual({
      ok: false,
      error: { code: 'disk-full', message: 'No room.', details: { neededBytes: 5 } },
    })
    const bug = routerOf(() => Promise.reject(new TypeError('secret place: /home/x')))
    const reply = await bug.dispatch('servers.list', {}, { signal })
    expect(reply).toMatchObject({ ok: false, error: { code: 'internal', details: { id: 'id-1' } } })
    expect(JSON.stringify(reply)).not.toContain('secret place')
    expect(bug.log[0]).toMatchObject({ level: 'error', event: 'bug', fields: { id: 'id-1' } })
  })

  it('reads an abort as cancelled', async () => {
    const { dispatch, log } = routerOf(() => Promise.reject(new Error('aborted somewhere')))
    expect(await dispatch('servers.list', {}, { signal: AbortSignal.abort() })).toMatchObject({
      error: { code: 'cancelled' },
    })
    expect(log).toEqual([])
  })

  it.each(names)('%s: any input ends in an envelope, never in an exception', async (name) => {
    const { dispatch } = routerOf(() => Promise.resolve(null))
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (input) => {
        expect(replySchema.safeParse(await dispatch(name, input, { signal })).success).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})
