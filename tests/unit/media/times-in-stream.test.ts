// Times that pictures carry themselves, from bytes put together by the standards' tables.
import { expect, test } from 'vitest'
import { findStamps, parseProducerTime } from '../../../main/core/exports/media/times-in-stream.ts'

const unixMs = Date.UTC(2026, 10, 1, 7, 0, 0, 125)

/** MISB ST 0604: status, then four pairs of bytes with 0xFF between them. */
function makeStamp(ms: number, { size = 28, filler = 0xff } = {}): Buffer {
  const value = Buffer.alloc(8)
  value.writeBigUInt64BE(BigInt(ms) * 1000n)
  const pairs = [0, 2, 4, 6].map((place) => value.subarray(place, place + 2))
  const parts = pairs.flatMap((pair, place) => (place === 0 ? [pair] : [Buffer.from([filler]), pair]))
  return Buffer.concat([Buffer.from([6, 5, size]), Buffer.from('MISPmicrosectime'), Buffer.from([0x1f]), ...parts])
}

test('MISP stamps are found in the order of the bytes', () => {
  const noise = Buffer.alloc(100, 7)
  expect(findStamps(Buffer.concat([noise, makeStamp(unixMs), noise, makeStamp(unixMs + 66)]))).toEqual([
    unixMs,
    unixMs + 66,
  ])
})

test.each([
  ['cut off', makeStamp(unixMs).subarray(0, -1)],
  ['without its fillers', makeStamp(unixMs, { filler: 0 })],
  ['of another size', makeStamp(unixMs, { size: 40 })],
  ['before 2000', makeStamp(1000)],
  ['after 2100', makeStamp(Date.UTC(2200, 0, 1))],
])('a stamp %s is none', (_name, bytes) => {
  expect(findStamps(bytes)).toEqual([])
})

/** ISO/IEC 14496-12, 8.16.5. */
function makeProducerTime({
  version = 1,
  flags = 24,
  seconds = unixMs / 1000 + 2_208_988_800,
  mediaTime = 90_000,
} = {}): Buffer {
  const box = Buffer.alloc(version === 1 ? 24 : 20)
  box.writeUInt8(version, 0)
  box.writeUIntBE(flags, 1, 3)
  box.writeUInt32BE(2, 4)
  box.writeUInt32BE(Math.floor(seconds), 8)
  box.writeUInt32BE(Math.round((seconds % 1) * 2 ** 32), 12)
  if (version === 1) box.writeBigUInt64BE(BigInt(mediaTime), 16)
  else box.writeUInt32BE(mediaTime, 16)
  return box
}

test.each([0, 1])('producer reference times, version %i', (version) => {
  expect(parseProducerTime(makeProducerTime({ version }))).toEqual({ trackId: 2, unixMs, mediaTime: 90_000 })
})

test.each([
  ['on an arbitrary clock', makeProducerTime({ flags: 8 })],
  ['cut off', makeProducerTime().subarray(0, 20)],
  ['of 1930', makeProducerTime({ seconds: 946_000_000 })],
])('a producer time %s is none', (_name, box) => {
  expect(parseProducerTime(box)).toBeNull()
})
