// Sizes, times and widths by table.
import { describe, expect, it } from 'vitest'
import {
  fitWidth,
  formatBytes,
  formatDuration,
  formatRate,
  measureWidth,
  plainText,
  wrapText,
} from '../../../main/cli/format.ts'
import { en } from '../../../main/cli/texts/en.ts'
import { chooseLanguage } from '../../../main/cli/texts/index.ts'
import { ru } from '../../../main/cli/texts/ru.ts'

describe('formats', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [48_200_000, '48.2 MB'],
    [999_960_000, '1.00 GB'],
    [1_234_000_000, '1.23 GB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes, en.unit)).toBe(text)
  })

  it.each([
    [400, '0 s'],
    [59_400, '59 s'],
    [185_000, '3 min 05 s'],
    [3_720_000, '1 h 02 min'],
  ])('%d ms are %s', (durationMs, text) => {
    expect(formatDuration(durationMs, en.unit)).toBe(text)
  })

  it('writes rates in megabits', () => {
    expect(formatRate(4_800_000, en.unit)).toBe('38.4 Mbit/s')
    expect(formatRate(48_000_000, ru.unit)).toBe('384 Мбит/с')
  })
})

describe('widths', () => {
  it.each([
    ['abc', 3],
    ['Въезд', 5],
    ['入口', 4],
    ['e\u0301', 1],
    ['👨‍👩‍👧', 2],
  ])('%s takes %d columns', (text, columns) => {
    expect(measureWidth(text)).toBe(columns)
  })

  it('cuts and fills to columns', () => {
    expect(fitWidth('entrance', 5)).toBe('entr…')
    expect(fitWidth('入口入口', 6, true)).toBe('入口… ')
    expect(fitWidth('ab', 4, true)).toBe('ab  ')
    expect(fitWidth('ab', 0)).toBe('')
  })

  it('wraps at spaces, and inside words only where it must', () => {
    expect(wrapText('one two three\nfour', 7)).toEqual(['one two', 'three', 'four'])
    expect(wrapText('abcdefghij xy', 4)).toEqual(['abcd', 'efgh', 'ij', 'xy'])
    expect(wrapText('', 4)).toEqual([''])
  })

  it('leaves nothing that a terminal would obey', () => {
    expect(plainText('a\u001b[31mb\r\nc\u202ed\u0007')).toBe('a [31mb c d ')
  })
})

describe('languages', () => {
  it.each([
    [['--language', 'ru'], {}, 'ru'],
    [['--language=en'], { LANG: 'ru_RU.UTF-8' }, 'en'],
    [[], { LANG: 'ru_RU.UTF-8' }, 'ru'],
    [[], { LC_ALL: 'C', LANG: 'ru_RU.UTF-8' }, 'en'],
    [['--language', 'xx'], { LANG: 'de_DE' }, 'en'],
  ] as const)('%j with %j is %s', (args, environment, language) => {
    expect(chooseLanguage(args, environment)).toBe(language)
  })

  it('counts in Russian as Russian counts', () => {
    expect([1, 2, 5, 21].map((count) => ru.gaps(count))).toEqual([
      '1 пропуск',
      '2 пропуска',
      '5 пропусков',
      '21 пропуск',
    ])
  })

  it('says everything in both', () => {
    const describeTexts = (texts: object): unknown =>
      Object.fromEntries(
        Object.entries(texts).map(([key, value]) => [
          key,
          typeof value === 'object' ? describeTexts(value as object) : typeof value,
        ]),
      )
    expect(describeTexts(ru)).toEqual(describeTexts(en))
  })
})
