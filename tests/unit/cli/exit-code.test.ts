// Exit codes by table: the one cause of all failures, or 3.
import { describe, expect, it } from 'vitest'
import { errorCodes } from '#contract/errors.ts'
import type { ErrorCode, ErrorValue } from '#contract/errors.ts'
import type { ItemState } from '#contract/exports.ts'
import { exitCodeOfError, exitCodeOfItems } from '../../../main/cli/exit-code.ts'
import { doneState } from './fake-core.ts'

const done: ItemState = doneState('a')
const failed = (code: ErrorCode, details: ErrorValue['details'] = {}): ItemState => ({
  kind: 'failed',
  error: { code, message: '', details },
})
const suspect = failed('bad-reply', { suspect: 'a.suspect' })
const queued: ItemState = { kind: 'queued' }
const diskFull: ErrorValue = { code: 'disk-full', message: '' }

describe('exit codes', () => {
  it.each<[string, ItemState[], ErrorValue | null, number]>([
    ['all done', [done, done], null, 0],
    ['nothing to do', [], null, 0],
    ['one of many failed', [done, failed('link-expired')], null, 3],
    ['all failures are sign-in', [done, failed('unauthorized'), failed('unauthorized')], null, 4],
    ['a right that is missing is no sign-in', [failed('forbidden')], null, 3],
    ['all failures are the disk', [failed('disk-full'), done], null, 5],
    ['all failures are verification', [suspect, done, suspect], null, 6],
    ['several causes', [suspect, failed('unauthorized')], null, 3],
    ['one cause beside another failure', [failed('disk-full'), failed('link-expired')], null, 3],
    ['cancelled', [done, { kind: 'cancelled' }], null, 3],
    ['stopped by the disk', [done, queued, { kind: 'paused', error: diskFull }], diskFull, 5],
    ['stopped by the disk after another failure', [queued, failed('link-expired')], diskFull, 3],
    ['stopped by a drive that is gone', [queued], { code: 'not-found', message: '' }, 3],
    ['ended too early', [queued], null, 3],
  ])('%s', (_name, states, batchError, code) => {
    expect(
      exitCodeOfItems(
        states.map((state) => ({ state })),
        batchError,
      ),
    ).toBe(code)
  })

  it('has one for every error that ends a command', () => {
    const codes = Object.fromEntries(errorCodes.map((code) => [code, exitCodeOfError({ code })]))
    const { internal, unauthorized, cancelled, ...others } = codes
    expect([internal, unauthorized, cancelled]).toEqual([1, 4, 130])
    expect(others).toMatchObject({
      'invalid-input': 2,
      'not-found': 2,
      'already-exists': 2,
      'disk-full': 5,
      unreachable: 3,
    })
    for (const code of Object.values(others)) expect([2, 3, 5]).toContain(code)
  })
})
