// Russian all the way: no error, finding or remark reaches a person in English.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCodes, isAppError, toErrorValue } from '#contract/errors.ts'
import type { ErrorValue } from '#contract/errors.ts'
import { parseCsv, parseInstant, parsePlan, parseZone, validateTemplate } from '#core/exports/order/index.ts'
import { ru } from '../../../main/cli/texts/ru.ts'
import { fail, fingerprint, useCommandLine } from './command-line.ts'
import { createExportingCore, doneState } from './fake-core.ts'

const line = useCommandLine()
const english = 'Something happened that only English can say.'

/** Words that are names in every language. */
const names =
  /https?:\/\/\S+|\b(Watchroom|watchroom \w+|ffmpeg|FFMPEG_BIN|SHA-?256\w*|HTTP|API|TLS|IANA|UTC|Europe\/\w+|WATCHROOM_\w+|manifest\.json|options\.\w+|Debian|Ubuntu|macOS|Windows|winget|brew|apt|install|true|false|main|sub|from|vms|vsaas|camera|label|to|stream)\b|\.watchroom|--[a-z-]+|[0-9a-f]{64}/g
const latinIn = (text: string): string[] => text.replace(names, '').match(/[A-Za-z]{3,}/g) ?? []

describe('Russian', () => {
  it.each(errorCodes)('tells %s, with and without details', (code) => {
    for (const details of [
      undefined,
      { origin: 'https://v.example', status: 503, fingerprint, neededBytes: 3_000_000, suspect: 'ж.suspect' },
      { expected: [fingerprint], path: '/ж', cameraId: '3', id: '7' },
    ]) {
      const text = ru.error({ code, message: english, ...(details ? { details } : {}) })
      expect(text).toMatch(/[а-яё]{3}.*[.?]$/su)
      expect(latinIn(text.replace('.suspect', ''))).toEqual([])
    }
  })

  it('tells every reason that the core gives', () => {
    const reasons = new Set<string>()
    const core = join(import.meta.dirname, '../../../main/core')
    for (const entry of readdirSync(core, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts') || /fetch$|order$/.test(entry.parentPath)) continue
      const source = readFileSync(join(entry.parentPath, entry.name), 'utf8')
      for (const match of source.matchAll(/details: \{[^}]*\breason: '([^']+)'/g)) reasons.add(match[1] ?? '')
    }
    expect(reasons.size).toBeGreaterThan(12)
    const bare = ru.error({ code: 'not-found', message: english })
    const texts = [...reasons].map(
      (reason) =>
        [reason, ru.error({ code: 'not-found', message: english, details: { reason, path: 'ж', name: 'ж' } })] as const,
    )
    // A new reason gets its sentence in main/cli/texts/ru-errors.ts.
    expect(texts.filter(([, text]) => text === bare)).toEqual([])
    expect(texts.filter(([, text]) => latinIn(text).length > 0)).toEqual([])
  })

  const moment = '2026-11-01T10:00:00Z'
  const item = { camera: 1, from: moment, to: '2026-11-01T11:00:00Z' }
  it.each<[string, () => unknown, RegExp]>([
    ['no time', () => parseInstant('soon'), /«soon» — не дата со временем/],
    ['no offset', () => parseInstant('2026-11-01 10:00'), /нет ни смещения, ни зоны/],
    ['not in the calendar', () => parseInstant('2026-02-30T10:00:00Z'), /нет в календаре/],
    ['twice', () => parseInstant('2026-10-25T02:10:00[Europe/Berlin]'), /дважды.*02:10:00\+02:00.*02:10:00\+01:00/],
    ['skipped', () => parseInstant('2026-03-29T02:10:00[Europe/Berlin]'), /нет: часы переводят вперёд/],
    ['other offset', () => parseInstant('2026-11-01T10:00:00+05:00[Europe/Berlin]'), /такого смещения/],
    ['no such offset', () => parseInstant('2026-11-01T10:00:00+23:59'), /нет нигде на земле/],
    ['before 1970', () => parseInstant('1960-01-01T00:00:00Z'), /раньше 1970/],
    ['zone', () => parseZone('Mars'), /«Mars» — не часовой пояс/],
    ['token', () => validateTemplate('{x}'), /\{x\}/],
    ['brace', () => validateTemplate('{camera'), /скобка без пары/],
    ['empty table', () => parseCsv(''), /нет строк/],
    ['only a header', () => parseCsv('camera,from,to'), /под ним нет строк/],
    ['unknown column', () => parseCsv(`camera,from,too\n3,${moment},${moment}`), /Строка 1: столбца «too» нет.*«to»/],
    ['missing column', () => parseCsv(`camera,from\n3,${moment}`), /нет столбца «to»/],
    ['quote', () => parseCsv(`camera,from,to\n"3,${moment},${moment}`), /кавычка/],
    [
      'rows',
      () => parseCsv(`camera,from,to\n,a,b\n3,x,y\n3,${moment},${moment}`),
      /Строка 2: не указана камера.*строка 3/,
    ],
    ['columns', () => parseCsv(`camera,from,to\n3,${moment},${moment},x`), /столбцов 4, а известно 3/],
    ['no plan', () => parsePlan([]), /^Должно быть: объект/],
    ['key', () => parsePlan({ itmes: [], items: [item] }), /itmes: нет такого ключа.*«items»/],
    ['missing', () => parsePlan({ items: [{ camera: 1 }] }), /items\[0\]\.from: не хватает.*items\[0\]\.to/],
    ['kind', () => parsePlan({ items: {} }), /items: должно быть: список/],
    ['time in a plan', () => parsePlan({ items: [{ camera: 1, from: 'x', to: moment }] }), /items\[0\]\.from: «x»/],
    ['range', () => parsePlan({ items: [{ camera: 1, from: moment, to: moment }] }), /позже «from»/],
    ['one of', () => parsePlan({ items: [item], options: { audio: 'x' } }), /keep, drop/],
    ['many', () => parsePlan({ options: { concurrency: 99 }, items: [] }), /не больше 32|пусто/],
  ])('tells what is wrong with an order: %s', (_name, read, pattern) => {
    let error: ErrorValue | null = null
    try {
      read()
    } catch (thrown) {
      if (!isAppError(thrown)) throw thrown
      error = toErrorValue(thrown)
    }
    expect(error && ru.error(error)).toMatch(pattern)
  })

  it('prints no English sentence of the core; JSON and the log keep it', async () => {
    const error: ErrorValue = {
      code: 'untrusted-certificate',
      message: english,
      details: { origin: 'https://media.example', fingerprint, use: 'media' },
    }
    const problems = ['future', 'duplicate', 'camera', 'coverage', 'disk-full', 'clock'].map((code, at) => ({
      level: 'warning' as const,
      itemIndex: at < 4 ? 0 : null,
      code,
      message: english,
    }))
    const core = createExportingCore(fail(error), { state: 'failed', error: null }, { 'exports.check': () => problems })
    const { stdout, stderr, code } = await line.start(line.exportArgs('--language', 'ru'), core)
    expect(code).toBe(3)
    expect(stdout + stderr).not.toContain(english)
    expect(stderr).toContain('Внимание: Запись 1 (3): кончается в будущем')
    expect(stdout).toContain(`--trust-sha256 ${fingerprint}`)
    expect((await line.start(line.exportArgs('--language', 'ru', '--json'), core)).stdout).toContain(english)
    expect(readFileSync(join(line.folder, 'home', 'watchroom-cli.log'), 'utf8')).toContain(english)
  })

  it('tells the remarks of a result by its facts', async () => {
    const state = doneState('a')
    if (state.kind !== 'done') throw new Error('not done')
    const result = { ...state.result, timeBasis: 'asked' as const, warnings: [english, english] }
    const core = createExportingCore(() => [{ state: { ...state, result } }])
    const { stdout } = await line.start(line.exportArgs('--language', 'ru'), core)
    expect(stdout).toContain('Байты проверены, время не доказано.')
    expect(stdout).toContain('Ещё замечаний: 1; они в manifest.json.')
    expect(stdout).not.toContain(english)
  })
})
