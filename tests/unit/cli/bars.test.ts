// Progress on a terminal: never wider than it, put back as it was, every outcome said.
import { describe, expect, it } from 'vitest'
import { measureWidth } from '../../../main/cli/format.ts'
import { count, drawItem, drawTotal } from '../../../main/cli/report/bars.ts'
import type { Tally } from '../../../main/cli/report/bars.ts'
import { en } from '../../../main/cli/texts/en.ts'
import { ru } from '../../../main/cli/texts/ru.ts'
import { fail, finish, running, useCommandLine } from './command-line.ts'
import { createExportingCore, doneState, makeItem } from './fake-core.ts'

const line = useCommandLine()
const plain = (_code: number, text: string): string => text
const half = makeItem(
  0,
  { kind: 'running', step: 'fetching', fraction: 0.5 },
  {
    cameraName: 'Очень длинное имя камеры 入口 👨‍👩‍👧 с хвостом',
    bytes: 24_100_000,
    totalBytes: 48_200_000,
    bytesPerSecond: 4_800_000,
  },
)

describe('bars', () => {
  it.each([20, 40, 80, 120])('fit into %d columns', (columns) => {
    const waiting = {
      ...half,
      state: {
        kind: 'waiting',
        step: 'fetching',
        retryAtMs: 1,
        error: { code: 'rate-limited', message: 'Busy. '.repeat(40) },
      },
    } as const
    for (const item of [half, { ...half, isPreparing: true }, waiting])
      for (const texts of [en, ru])
        expect(measureWidth(drawItem(item, columns, texts, plain))).toBeLessThanOrEqual(columns)
  })

  it('say how far and how fast', () => {
    expect(drawItem({ ...half, cameraName: 'Gate' }, 100, en, plain)).toMatch(
      /^Gate +█{12}░{12} {2}50 % {2}24\.1 MB \/ 48\.2 MB {2}38\.4 Mbit\/s$/,
    )
    const tally: Tally = { all: 0, over: 0, sized: 0, sizedBytes: 0, bytes: 0 }
    for (const item of [half, makeItem(1, { kind: 'cancelled' })]) count(tally, item, 1)
    expect(drawTotal(tally, [half], en)).toBe('1 of 2  38.4 Mbit/s  15 s left')
    count(tally, half, -1)
    count(tally, { ...half, bytes: 48_200_000, state: doneState('a') }, 1)
    expect(drawTotal(tally, [], en)).toBe('2 of 2  0.0 Mbit/s')
    expect(tally).toEqual({ all: 2, over: 2, sized: 1, sizedBytes: 48_200_000, bytes: 48_200_000 })
  })

  it('keep finished items above, and give the terminal back', async () => {
    const terminal = { columns: 60, rows: 10 }
    const { code, stdout, stderr } = await line.start(line.exportArgs('--camera', '4'), createExportingCore(finish), {
      terminal,
    })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('✓\u001b[39m Camera 3: done, camera 0.mp4, 1.0 kB\u001b[K\n')
    expect(stdout).toContain('2 done, 2.0 kB, 1 gap in the recordings')
    expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'))
    expect(stdout.lastIndexOf('\u001b[?7h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?7l'))
  })

  it('have no colours with NO_COLOR, and say failures whole', async () => {
    const message = 'The server refuses this for a reason that takes many more columns than this terminal has.'
    const core = createExportingCore(fail({ code: 'forbidden', message }), { state: 'failed', error: null })
    const { code, stdout } = await line.start(line.exportArgs(), core, {
      terminal: { columns: 40, rows: 10 },
      environment: { NO_COLOR: '1' },
    })
    expect(code).toBe(3)
    expect(stdout).not.toMatch(/\u001b\[3\dm/)
    const words = stdout.replace(/\u001b\[[?0-9]*[A-Za-z]/g, '').replace(/\s+/g, ' ')
    expect(words).toContain(`✗ Camera 3: failed: ${message}`)
  })

  it('give way to plain lines where the terminal cannot move its cursor', async () => {
    const options = { terminal: { columns: 80, rows: 24 }, environment: { TERM: 'dumb' } }
    const { stdout } = await line.start(
      line.exportArgs(),
      createExportingCore(() => [running(0.5)]),
      options,
    )
    expect(stdout).toContain('[1/1] Camera 3: fetching')
    expect(stdout).not.toContain('\u001b')
  })
})
