// Names of files: the rules by table, and hostile names by the hundred thousand against models of file systems.
import { describe, expect, it } from 'vitest'
import { buildStems, foldName, longestStemBytes, sanitizeStem } from '#core/exports/order/index.ts'
import type { StemItem } from '#core/exports/order/index.ts'

const hour = 3_600_000
const item = (camera: string, more: Partial<StemItem> = {}): StemItem => ({
  server: 'City',
  place: 'Yard',
  camera,
  fromMs: Date.parse('2026-11-01T07:00:00Z'),
  toMs: Date.parse('2026-11-01T08:00:00Z'),
  ...more,
})
const byteLength = (text: string): number => Buffer.byteLength(text)

/** All the rules of a single name, written apart from the code that makes it. */
function problemsOf(stem: string): string[] {
  const base = (stem.split('.')[0] ?? '').trimEnd().toUpperCase()
  const rules: [string, boolean][] = [
    ['is empty', stem === ''],
    ['is not NFC', stem !== stem.normalize('NFC')],
    ['has control characters', /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(stem)],
    ['has bidi or invisible characters', /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/.test(stem)],
    ['has lone surrogates', stem !== Buffer.from(stem).toString()],
    ['has characters that Windows refuses', /[<>:"/\\|?*]/.test(stem)],
    ['is a device of Windows', /^(CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])$/.test(base)],
    ['begins badly', /^[-~. ]/.test(stem)],
    ['ends badly', /[. ]$/.test(stem)],
    ['is too long', byteLength(stem) > 120],
    ['looks like a file of another stem', /\.(original|suspect|part|srt|mp4|mkv|mov|json)$/i.test(stem)],
  ]
  return rules.filter(([, isBroken]) => isBroken).map(([name]) => `${JSON.stringify(stem)} ${name}`)
}

/** What different file systems take for the same name. */
const models: ((name: string) => string)[] = [
  (name) => name.toLowerCase(),
  (name) => name.toUpperCase(),
  (name) => name.normalize('NFD').toLowerCase(),
  (name) => name.normalize('NFC').toUpperCase(),
  (name) => name.toLocaleLowerCase('tr'),
  (name) => name.toLocaleUpperCase('tr'),
]

describe('sanitizeStem', () => {
  it.each([
    ['Gate 1/2: north', 'Gate 1_2_ north'],
    ['Въезд', 'Въезд'],
    ['  a \t\n b\u00a0c  ', 'a b c'],
    ['a\u202egnp.exe', 'agnp.exe'],
    ['e\u0301', '\u00e9'],
    ['', 'unnamed'],
    ['...', 'unnamed'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['-rf', 'rf'],
    ['~/.ssh', '_.ssh'],
    ['.hidden', 'hidden'],
    ['name. . .', 'name'],
    ['CON', '_CON'],
    ['con.txt', '_con.txt'],
    ['NUL .tar.gz', '_NUL .tar.gz'],
    ['Com¹', '_Com¹'],
    ['CONIN$', '_CONIN$'],
    ['CONSOLE', 'CONSOLE'],
    ['COM10', 'COM10'],
    ['gate.original', 'gate_original'],
    ['gate.MP4', 'gate_MP4'],
    ['a\u0000b\u001fc\u0085d', 'abc d'],
    ['\ud800x', 'x'],
    ['%n%s$(reboot)`id`', '%n%s$(reboot)`id`'],
  ])('%j becomes %j', (text, expected) => {
    expect(sanitizeStem(text)).toBe(expected)
    expect(problemsOf(sanitizeStem(text))).toEqual([])
  })

  it('cuts between graphemes, and inside one only when it is a giant', () => {
    expect(sanitizeStem('я'.repeat(100))).toBe('я'.repeat(60))
    expect(sanitizeStem(`${'a'.repeat(119)}e\u0302\u0323`)).toBe('a'.repeat(119))
    const giant = sanitizeStem(`a${'\u0335'.repeat(500)}`)
    expect(byteLength(giant)).toBeLessThanOrEqual(120)
    expect(byteLength(giant)).toBeGreaterThan(115)
    expect(problemsOf(sanitizeStem(`con.${'a'.repeat(111)}.srtx`))).toEqual([])
  })
})

describe('buildStems', () => {
  it('fills every token', () => {
    const stems = buildStems([item('Gate')], '{index} {server} {place} {camera} {from} {to}', '+03:00')
    expect(stems).toEqual(['1 City Yard Gate 2026-11-01_10-00-00+0300 2026-11-01_11-00-00+0300'])
  })

  it('takes the label in place of the camera, once: tokens in names stay text', () => {
    expect(buildStems([item('Gate', { label: '{from}' })], '{camera}', 'UTC')).toEqual(['{from}'])
    expect(buildStems([item('$& {to}', { place: null })], '{place}{camera}', 'UTC')).toEqual(['$& {to}'])
  })

  it('tells the two hours of a clock-change night apart', () => {
    const first = Date.parse('2026-10-25T00:10:00Z')
    const night = [first, first + hour].map((fromMs) => item('Gate', { fromMs, toMs: fromMs + hour }))
    expect(buildStems(night, '{camera} {from}', 'Europe/Berlin')).toEqual([
      'Gate 2026-10-25_02-10-00+0200',
      'Gate 2026-10-25_02-10-00+0100',
    ])
  })

  it('numbers what a file system could take for the same name', () => {
    const same = [
      'Gate',
      'gate',
      'GATE',
      'Gate (2)',
      'İstanbul',
      'istanbul',
      'ISTANBUL',
      'ıstanbul',
      'é',
      'e\u0301',
      'ß',
      'SS',
    ]
    const stems = buildStems(
      same.map((name) => item(name)),
      '{camera}',
      'UTC',
    )
    expect(stems).toEqual([
      'Gate',
      'gate (2)',
      'GATE (3)',
      'Gate (2) (2)',
      'İstanbul',
      'istanbul (2)',
      'ISTANBUL (3)',
      'ıstanbul (4)',
      'é',
      'é (2)',
      'ß',
      'SS (2)',
    ])
  })

  it('shortens names before times, and keeps the number inside the limit', () => {
    const stems = buildStems([item('Ж'.repeat(300)), item('Ж'.repeat(300))], '{camera} {from} {to}', 'UTC')
    expect(stems[0]).toMatch(/^Ж+ 2026-11-01_07-00-00\+0000 2026-11-01_08-00-00\+0000$/)
    expect(stems[1]).toMatch(/^Ж+ 2026-11-01_07-00-00\+0000 2026-11-01_08-00-00\+0000 \(2\)$/)
    for (const stem of stems) expect(byteLength(stem)).toBeLessThanOrEqual(120)
  })

  it.each(['{camra}', '{', '}', '{camera', '{{camera}}'])('refuses the template %s', (template) => {
    expect(() => buildStems([item('Gate')], template, 'UTC')).toThrow(/Tokens are \{server\} \{place\}/)
  })

  it('F8: makes 100,000 hostile names valid and unique, also where case and composition do not count', () => {
    const random = createRandom(20_261_101)
    const items = Array.from({ length: 100_000 }, () =>
      item(makeHostileName(random), random() < 0.2 ? { place: makeHostileName(random), fromMs: 0 } : {}),
    )
    const templates = ['{camera}', '{camera} {from} {to}', '{place}/{camera}', '{server}\\..\\{camera}.{index}']
    const share = items.length / templates.length
    templates.forEach((template, at) => {
      const stems = buildStems(items.slice(at * share, (at + 1) * share), template, 'Europe/Berlin')
      expect(stems.flatMap(problemsOf)).toEqual([])
      for (const model of models) expect(new Set(stems.map(model)).size).toBe(stems.length)
    })
  })

  it('F8: numbers 100,000 equal names without repeating one', () => {
    const stems = buildStems(
      Array.from({ length: 100_000 }, (_, at) => item(at % 2 ? 'NUL' : 'nul')),
      '{camera}',
      'UTC',
    )
    expect(new Set(stems.map(foldName)).size).toBe(100_000)
    expect(Math.max(...stems.map(byteLength))).toBeLessThanOrEqual(longestStemBytes)
  })
})

function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function makeHostileName(random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const words = [
    'CON',
    'nul',
    'LPT1',
    'com³',
    'CONIN$',
    '..',
    '.',
    '/',
    '\\',
    'a',
    'A',
    'ß',
    'ẞ',
    'ſ',
    'ﬁ',
    'İ',
    'ı',
    'i',
    'Σ',
  ]
  const marks = [
    'ς',
    'e\u0301',
    'é',
    'Å',
    '\u212b',
    '\u212a',
    'k',
    '가',
    '\u1100\u1161',
    '\ud800',
    '\udc00',
    '👨‍👩‍👧',
    '🇩🇪',
    '\u0345',
  ]
  const tricks = [
    '\u202e',
    '\u200f',
    '\u2066',
    '\u0000',
    '\u007f',
    '\n',
    '\u2028',
    '\ufeff',
    '\u00ad',
    '\u3164',
    '\ue000',
    '\u{e0041}',
  ]
  const signs = [
    '<',
    '>',
    ':',
    '"',
    '|',
    '?',
    '*',
    '-',
    '~',
    ' ',
    '  ',
    '\u00a0',
    '.srt',
    '.original',
    '.PART',
    '{to}',
    '$&',
    '%',
    ' (2)',
  ]
  const any = (): string => String.fromCodePoint(Math.floor(random() * 0x10ffff))
  const sources = [() => pick(words), () => pick(marks), () => pick(tricks), () => pick(signs), any, () => pick(words)]
  const length = random() < 0.03 ? 400 : Math.floor(random() * 9)
  return Array.from({ length }, () => pick(sources)()).join('')
}
