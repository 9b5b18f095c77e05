// What cannot be stopped is left, and what ends in time is not disturbed.
import { describe, expect, it } from 'vitest'
import { untilAborted } from '../../../main/cli/until-aborted.ts'

describe('untilAborted', () => {
  it('gives what the work gives', async () => {
    const { signal } = new AbortController()
    expect(await untilAborted(Promise.resolve(1), signal)).toBe(1)
    await expect(untilAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken')
  })

  it('leaves work that does not end, also when aborted before', async () => {
    const abort = new AbortController()
    const left = untilAborted(new Promise(() => undefined), abort.signal)
    abort.abort()
    await expect(left).rejects.toMatchObject({ code: 'cancelled' })
    await expect(untilAborted(new Promise(() => undefined), abort.signal)).rejects.toMatchObject({ code: 'cancelled' })
  })
})
