// Times by table: what is read, what is refused and in which words, and that what is written is read back.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatForName, formatLocal, offsetOf, parseInstant, parseZone } from '#core/exports/order/index.ts'

describe('parseInstant', () => {
  it.each([
    ['2026-11-01T10:00:00+03:00', '2026-11-01T07:00:00.000Z'],
    ['2026-11-01T10:00:00Z', '2026-11-01T10:00:00.000Z'],
    ['2026-11-01t10:00:00z', '2026-11-01T10:00:00.000Z'],
    ['2026-11-01 10:00:00+0300', '2026-11-01T07:00:00.000Z'],
    ['2026-11-01T10:00-05', '2026-11-01T15:00:00.000Z'],
    ['2026-11-01T10:00:00,25+03:00', '2026-11-01T07:00:00.250Z'],
    ['2026-11-01T10:00:00.123456Z', '2026-11-01T10:00:00.123Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['2026-10-25T04:10:00[Europe/Berlin]', '2026-10-25T03:10:00.000Z'],
    ['2026-10-25T02:10:00+02:00[Europe/Berlin]', '2026-10-25T00:10:00.000Z'],
    ['2026-10-25T02:10:00+01:00[Europe/Berlin]', '2026-10-25T01:10:00.000Z'],
    ['2026-11-01T10:00:00[+05:30]', '2026-11-01T04:30:00.000Z'],
    [' 2026-11-01T10:00:00[UTC] ', '2026-11-01T10:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(new Date(parseInstant(text)).toISOString()).toBe(expected)
  })

  it.each([
    ['2026-11-01T10:00:00', /has no offset.*Write it with an offset, like 2026-/],
    ['2026-11-01', /not a date with a time/],
    ['yesterday', /not a date with a time/],
    ['', /not a date with a time/],
    ['2026-02-29T10:00:00Z', /calendar/],
    ['2026-13-01T10:00:00Z', /calendar/],
    ['2026-01-01T24:00:00Z', /calendar/],
    ['2026-01-01T10:60:00Z', /calendar/],
    ['2026-01-01T10:00:60Z', /calendar/],
    ['1969-12-31T23:59:59Z', /before 1970/],
    ['2026-01-01T10:00:00+25:00', /no place on earth/],
    ['2026-01-01T10:00:00[Mars/Olympus]', /not a time zone/],
    ['2026-11-01T10:00:00+01:00[Europe/Moscow]', /offset that Europe\/Moscow does not have/],
  ])('refuses %s', (text, message) => {
    expect(() => parseInstant(text)).toThrow(message)
    expect(() => parseInstant(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })

  it.each([
    ['2026-10-25T02:10:00[Europe/Berlin]', '2026-10-25T02:10:00+02:00', '2026-10-25T02:10:00+01:00'],
    ['2026-11-01T01:30:00[America/New_York]', '2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00'],
    ['2026-04-05T01:45:00[Australia/Lord_Howe]', '2026-04-05T01:45:00+11:00', '2026-04-05T01:45:00+10:30'],
    ['2014-10-26T01:00:00[Europe/Moscow]', '2014-10-26T01:00:00+04:00', '2014-10-26T01:00:00+03:00'],
  ])('asks which of the two moments %s is', (text, first, second) => {
    const zone = /\[(.*)\]/.exec(text)?.[1]
    expect(() => parseInstant(text)).toThrow(`exists twice in ${zone}`)
    expect(() => parseInstant(text)).toThrow(`${first} is the first, ${second} the second`)
    expect(parseInstant(`${first}[${zone}]`)).toBeLessThan(parseInstant(`${second}[${zone}]`))
  })

  it.each([
    ['2026-03-29T02:10:00[Europe/Berlin]', '2026-03-29T01:59:59+01:00', '2026-03-29T03:00:00+02:00'],
    ['2026-03-08T02:00:00[America/New_York]', '2026-03-08T01:59:59-05:00', '2026-03-08T03:00:00-04:00'],
    ['2026-10-04T02:15:00[Australia/Lord_Howe]', '2026-10-04T01:59:59+10:30', '2026-10-04T02:30:00+11:00'],
    ['2011-12-30T12:00:00[Pacific/Apia]', '2011-12-29T23:59:59-10:00', '2011-12-31T00:00:00+14:00'],
  ])('names the neighbours of %s, which does not exist', (text, before, after) => {
    expect(() => parseInstant(text)).toThrow(`Its neighbours are ${before} and ${after}.`)
    expect(parseInstant(after) - parseInstant(before)).toBe(1000)
  })
})

describe('formats', () => {
  it.each([
    ['2026-10-25T00:10:00Z', 'Europe/Berlin', '2026-10-25_02-10-00+0200', '2026-10-25 02:10:00+02:00'],
    ['2026-10-25T01:10:00Z', 'Europe/Berlin', '2026-10-25_02-10-00+0100', '2026-10-25 02:10:00+01:00'],
    ['2026-10-24T23:10:00Z', '+03:00', '2026-10-25_02-10-00+0300', '2026-10-25 02:10:00+03:00'],
    ['2026-10-25T02:10:00.5Z', 'UTC', '2026-10-25_02-10-00+0000', '2026-10-25 02:10:00.500+00:00'],
    ['2026-01-01T00:00:00Z', 'America/St_Johns', '2025-12-31_20-30-00-0330', '2025-12-31 20:30:00-03:30'],
  ])('writes %s in %s', (iso, zone, forName, local) => {
    expect(formatForName(Date.parse(iso), zone)).toBe(forName)
    expect(formatLocal(Date.parse(iso), zone)).toBe(local)
  })

  it('is read back to the same moment in every zone, on every night', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', '-09:30']
    const moments = fc.integer({ min: 150_000_000, max: 4_000_000_000 })
    fc.assert(
      fc.property(moments, fc.constantFrom(...zones), (second, zone) => {
        expect(parseInstant(formatLocal(second * 1000, zone))).toBe(second * 1000)
        expect(formatForName(second * 1000, zone)).toMatch(/^\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}[+-]\d{4}$/)
      }),
      { numRuns: 2000, seed: 7 },
    )
  })
})

describe('zones', () => {
  it.each([
    ['utc', 'UTC'],
    ['Z', 'UTC'],
    ['+0300', '+03:00'],
    ['-09:30', '-09:30'],
    ['europe/berlin', 'Europe/Berlin'],
  ])('reads %s', (text, zone) => {
    expect(parseZone(text)).toBe(zone)
  })

  it.each(['', '+19:00', '+03:60', '03:00', 'Nowhere', 'Europe/', '../../etc'])('refuses %j', (text) => {
    expect(() => parseZone(text)).toThrow(/is not a time zone/)
    expect(() => offsetOf(0, text)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })

  it('knows the offset of a moment, not of a zone', () => {
    expect(offsetOf(Date.parse('2026-07-01T00:00:00Z'), 'Europe/Berlin')).toBe(7_200_000)
    expect(offsetOf(Date.parse('2026-12-01T00:00:00Z'), 'Europe/Berlin')).toBe(3_600_000)
    expect(offsetOf(Date.parse('2026-03-29T00:59:59.999Z'), 'Europe/Berlin')).toBe(3_600_000)
    expect(offsetOf(0, '-09:30')).toBe(-34_200_000)
  })

  it('finds every change of the clocks to the millisecond, in any order of asking', () => {
    // One minute past midnight, local time, as Newfoundland did it until 2011.
    const changes = [
      ['America/St_Johns', '2005-04-03T03:31:00Z', -12_600_000, -9_000_000],
      ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', 37_800_000, 39_600_000],
      ['Europe/Berlin', '2026-10-25T01:00:00Z', 7_200_000, 3_600_000],
    ] as const
    for (const [zone, iso, before, after] of [...changes, ...changes.toReversed()]) {
      const change = Date.parse(iso)
      expect([change, change - 1, change + 1, change - 1000].map((unixMs) => offsetOf(unixMs, zone))).toEqual([
        after,
        before,
        after,
        before,
      ])
    }
  })
})
