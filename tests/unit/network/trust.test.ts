// The trust decision and the list of local addresses, by table.
import { describe, expect, test } from 'vitest'
import { decideTrust, isLocalAddress, isTrusted } from '#core/network/index.ts'

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)
const origin = 'https://cctv.example'

describe('decideTrust', () => {
  const here = { use: 'api', origin, fingerprint: a } as const
  const elsewhere = { use: 'api', origin: 'https://other.example', fingerprint: b } as const
  const anywhere = { use: 'api', origin: null, fingerprint: b } as const
  const media = { use: 'media', origin, fingerprint: b } as const

  test.each([
    { name: 'no pins', pins: [], fingerprints: [], isPublicAllowed: true },
    { name: 'pin of this origin', pins: [here], fingerprints: [a], isPublicAllowed: false },
    { name: 'pin of another origin', pins: [elsewhere], fingerprints: [], isPublicAllowed: true },
    { name: 'pin without origin', pins: [anywhere], fingerprints: [b], isPublicAllowed: true },
    { name: 'both', pins: [here, anywhere], fingerprints: [a, b], isPublicAllowed: false },
    { name: 'pin of the other use', pins: [media], fingerprints: [], isPublicAllowed: true },
  ])('$name', ({ pins, fingerprints, isPublicAllowed }) => {
    expect(decideTrust(pins, 'api', origin)).toEqual({ fingerprints, isPublicAllowed })
  })

  test.each([
    { pins: [here], fingerprint: a, isAuthorized: false, passes: true },
    { pins: [here], fingerprint: b, isAuthorized: true, passes: false },
    { pins: [anywhere], fingerprint: a, isAuthorized: true, passes: true },
    { pins: [anywhere], fingerprint: b, isAuthorized: false, passes: true },
    { pins: [], fingerprint: a, isAuthorized: false, passes: false },
  ])('a leaf passes: $passes', ({ pins, fingerprint, isAuthorized, passes }) => {
    expect(isTrusted(decideTrust(pins, 'api', origin), fingerprint, isAuthorized)).toBe(passes)
  })
})

test.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['localhost', true],
  ['LOCALHOST.', true],
  ['cam.localhost', true],
  ['0.0.0.0', true],
  ['169.254.169.254', true],
  ['::1', true],
  ['[::1]', true],
  ['::', true],
  ['::ffff:127.0.0.1', true],
  ['[::ffff:7f00:1]', true],
  ['fe80::1%eth0', true],
  ['10.0.0.1', false],
  ['192.168.1.2', false],
  ['8.8.8.8', false],
  ['2001:db8::1', false],
  ['::ffff:8.8.8.8', false],
  ['localhost.example', false],
])('isLocalAddress(%s) is %s', (host, expected) => {
  expect(isLocalAddress(host)).toBe(expected)
})
