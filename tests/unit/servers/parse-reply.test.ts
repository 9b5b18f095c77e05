// How replies are read: tolerant of what the documents leave open, exact about the rest.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseReply } from '../../../main/core/servers/parse-reply.ts'

const schema = z.object({
  id: z.int(),
  note: z.string().optional(),
  start: z.string().nullable(),
  nested: z.object({ place: z.string().optional() }).optional(),
  list: z.array(z.object({ name: z.string().optional() })).optional(),
})
const context = { origin: 'https://cctv.example' }

test('unknown fields are dropped; null counts as left out where nothing else is said', () => {
  const reply = {
    id: 1,
    start: null,
    extra: 1,
    note: null,
    nested: { place: null },
    list: [{ name: null }, { name: 'x' }],
  }
  expect(parseReply(schema, reply, context)).toEqual({ id: 1, start: null, nested: {}, list: [{}, { name: 'x' }] })
  expect(reply.note).toBeNull()
  expect(parseReply(schema, { id: 1, start: null, nested: null, list: null }, context)).toEqual({ id: 1, start: null })
})

describe('what does not fit is named without being quoted', () => {
  test.each([
    { name: 'a wrong type', reply: { id: 'canary', start: null }, path: 'id', expected: /number|int/ },
    { name: 'a missing field', reply: { id: 1 }, path: 'start', expected: /string/ },
    { name: 'null where it is required', reply: { id: null, start: null }, path: 'id', expected: /number|int/ },
    {
      name: 'deep inside',
      reply: { id: 1, start: null, list: [{}, { name: 5 }] },
      path: 'list.1.name',
      expected: /string/,
    },
    { name: 'another form', reply: 'canary', path: '(the whole answer)', expected: /object/ },
    { name: 'null for all', reply: null, path: '(the whole answer)', expected: /object/ },
  ])('$name', ({ reply, path, expected }) => {
    const parse = () => parseReply(schema, reply, context)
    expect(parse).toThrow(
      expect.objectContaining({
        code: 'bad-reply',
        details: { ...context, path, expected: expect.stringMatching(expected) },
      }),
    )
    expect(parse).not.toThrow(/canary/)
  })
})
