// Plan files and CSV: what is read, and that each mistake is named with its place.
import { describe, expect, it } from 'vitest'
import { findNearest, mostItems, parseCsv, parsePlan } from '#core/exports/order/index.ts'

const from = '2026-11-01T10:00:00+03:00'
const to = '2026-11-01T11:00:00+03:00'
const range = { fromMs: Date.parse(from), toMs: Date.parse(to) }
const fingerprint = 'ab'.repeat(32)

describe('parsePlan', () => {
  it('reads a whole plan', () => {
    const plan = parsePlan({
      name: 'Night',
      server: {
        url: 'https://video.example',
        dialect: 'vsaas',
        trusted: [
          fingerprint.toUpperCase().replace(/..(?!$)/g, '$&:'),
          { use: 'media', origin: 'https://m.example', fingerprint },
        ],
        settings: { zone: 'Europe/Berlin' },
      },
      items: [
        { camera: 3, from, to },
        { camera: 'c0ffee', from, to, stream: 'sub', label: 'North' },
      ],
      case: { number: '12-3' },
      options: { concurrency: 2 },
    })
    expect(plan).toEqual({
      name: 'Night',
      server: {
        url: 'https://video.example',
        dialect: 'vsaas',
        trusted: [
          { use: 'api', origin: null, fingerprint },
          { use: 'media', origin: null, fingerprint },
          { use: 'media', origin: 'https://m.example', fingerprint },
        ],
        settings: { zone: 'Europe/Berlin' },
      },
      items: [
        { cameraId: '3', range },
        { cameraId: 'c0ffee', range, stream: 'sub', label: 'North' },
      ],
      case: { number: '12-3' },
      options: { concurrency: 2 },
    })
  })

  const good = { camera: 3, from, to }
  it.each([
    [[], 'The plan must be an object'],
    [null, 'The plan must be an object'],
    [{}, 'items is missing.'],
    [{ items: [] }, 'items is empty.'],
    [{ items: [good], optoins: {} }, 'optoins is not known. Did you mean “options”?'],
    [{ items: [good, { camera: 4, form: from, to }] }, 'items[1].from is missing.'],
    [{ items: [{ ...good, labell: 'x' }] }, 'items[0].labell is not known. Did you mean “label”?'],
    [{ items: [{ ...good, from: '2026-11-01T10:00:00' }] }, 'items[0].from “2026-11-01T10:00:00” has no offset'],
    [{ items: [{ ...good, to: from }] }, 'items[0].to is not after “from”.'],
    [{ items: [{ ...good, from: 5 }] }, 'items[0].from must be text in quotes.'],
    [{ items: [{ ...good, camera: 1.5 }] }, 'items[0].camera must be text or a whole number.'],
    [{ items: [{ ...good, stream: 'third' }] }, 'items[0].stream must be one of: main, sub.'],
    [{ items: [good], options: { concurrency: 99 } }, 'options.concurrency must be at most 32.'],
    [{ items: [good], options: { container: 'avi' } }, 'options.container must be one of: mp4, mkv.'],
    [
      { items: [good], options: { keeporiginal: true } },
      'options.keeporiginal is not known. Did you mean “keepOriginal”?',
    ],
    [{ items: [good], case: { numbr: '1' } }, 'case.numbr is not known. Did you mean “number”?'],
    [{ items: [good], server: { url: 'x' } }, 'server.dialect must be one of: vms, vsaas.'],
    [{ items: [good], server: { url: 'x', dialect: 'vms', password: 'secret' } }, 'server.password is not known.'],
    [
      { items: [good], server: { url: 'x', dialect: 'vms', trusted: ['zz'] } },
      'server.trusted[0] is not 64 hexadecimal',
    ],
  ])('refuses %j', (json, message) => {
    expect(() => parsePlan(json)).toThrow(message)
    expect(() => parsePlan(json)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })

  it('never repeats a value under a key that it does not know', () => {
    const json = { items: [good], server: { url: 'x', dialect: 'vms', token: 'canary-5f1e' } }
    try {
      parsePlan(json)
      expect.unreachable()
    } catch (error) {
      expect(JSON.stringify([(error as Error).message, error])).not.toContain('canary-5f1e')
    }
  })

  it('leaves options out that the plan leaves out', () => {
    expect(parsePlan({ items: [good], options: {} }).options).toEqual({})
  })

  it('takes 100,000 items and not one more', () => {
    const items = Array.from({ length: mostItems }, () => good)
    expect(parsePlan({ items }).items).toHaveLength(mostItems)
    expect(() => parsePlan({ items: [...items, good] })).toThrow('items must be at most 100000 entries long.')
  })
})

describe('parseCsv', () => {
  it.each([
    ['without a header', `3,${from},${to}\n`],
    ['with a header', `camera,from,to\n3,${from},${to}`],
    ['with another order and names', `until,Camera ID,from\r\n${to},3,${from}\r\n`],
    ['with a byte-order mark and semicolons', `\uFEFFcamera;from;to\r\n3;${from};${to}\r\n`],
    ['with tabs', `3\t${from}\t${to}`],
    ['with the line of Excel', `sep=;\r\n3;${from};${to}\r\n`],
    ['with quotes and empty lines', `\n"3", "${from}" ,"${to}"\n\n,,\n`],
  ])('reads a table %s', (_name, text) => {
    expect(parseCsv(text)).toEqual([{ cameraId: '3', range }])
  })

  it('reads labels and streams', () => {
    expect(parseCsv(`3,${from},${to},"Gate, ""north"""\n4,${from},${to},`)).toEqual([
      { cameraId: '3', range, label: 'Gate, "north"' },
      { cameraId: '4', range },
    ])
    expect(parseCsv(`camera,from,to,stream\n3,${from},${to},sub`)).toEqual([{ cameraId: '3', range, stream: 'sub' }])
  })

  it.each([
    ['', 'has no lines'],
    ['camera,from,to\n', 'no lines below'],
    [`camera,form,to\n3,${from},${to}`, 'line 1: the column “form” is not known. Did you mean “from”?'],
    [`camera,from\n3,${from}`, 'line 1: the column “to” is missing.'],
    [`camera,from,to,to\n3,${from},${to},${to}`, 'line 1: the column “to” is there twice.'],
    [`3,${from},${to}\n,${from},${to}`, 'line 2: the camera is missing.'],
    [`camera,from,to\n\n3,${from},2026-11-01T11:00`, 'line 3: “2026-11-01T11:00” has no offset'],
    [`3,${to},${from}`, 'line 1: the range must end after it begins.'],
    [`3,${from},${to},a,main,b`, 'line 1: has 6 columns, 5 are known.'],
    [`3,${from},${to}\n"3,${from}`, 'line 2: a quote is not closed'],
    [`3,${from},${to},${'x'.repeat(201)}`, 'line 1: the label is longer than 200 characters.'],
    [`sep=;\n3;${to};${from}`, 'line 2: the range must end after it begins.'],
    [`3,${from},x\n4,${from},x\n5,${from},x`, 'Also wrong: line 2, line 3.'],
  ])('refuses %j', (text, message) => {
    expect(() => parseCsv(text)).toThrow(message)
    expect(() => parseCsv(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })

  it('takes 100,000 lines and not one more', () => {
    const line = `3,${from},${to}\n`
    expect(parseCsv(line.repeat(mostItems))).toHaveLength(mostItems)
    expect(() => parseCsv(line.repeat(mostItems + 1))).toThrow('more than 100000 lines')
  })
})

describe('findNearest', () => {
  it.each([
    ['camra', 'camera'],
    ['form', 'from'],
    ['CAMERA', 'camera'],
    ['xyz', null],
    ['', null],
  ])('%j is probably %j', (word, expected) => {
    expect(findNearest(word, ['camera', 'from', 'to'])).toBe(expected)
  })
})
