// The last gate: secrets and links go, other text stays.
import { describe, expect, it } from 'vitest'
import { createRedactor } from '../../../main/cli/redactor.ts'

describe('redactor', () => {
  it('takes secrets out in every form they are written in', () => {
    const { hide, redact } = createRedactor()
    hide('pass word/"1"')
    hide('pass')
    expect(redact('pass word/"1" pass%20word%2F%221%22 pass word/\\"1\\" passage')).toBe('••• ••• ••• •••age')
  })

  it('hides nothing for a secret too short to be one', () => {
    const { hide, redact } = createRedactor()
    hide('abc')
    expect(redact('abc')).toBe('abc')
  })

  it.each([
    ['see https://media.example:8443/archive/abc?sig=1.', 'see https://media.example:8443/…'],
    ['"http://user:word@media.example/x"', '"http://media.example/…"'],
    ['HTTPS://media.example/x', 'HTTPS://media.example/…'],
    ['at https://media.example now', 'at https://media.example now'],
    ['files in /media/usb, 10 http requests', 'files in /media/usb, 10 http requests'],
  ])('%s becomes %s', (text, expected) => {
    expect(createRedactor().redact(text)).toBe(expected)
  })

  it('lets an allowed address pass, and only it', () => {
    const redactor = createRedactor()
    redactor.allowUrl('https://video.example/prefix/')
    expect(redactor.redact('Signed in to https://video.example/prefix as')).toBe(
      'Signed in to https://video.example/prefix as',
    )
    expect(redactor.redact('https://video.example/prefix/secret')).toBe('https://video.example/…')
  })
})
