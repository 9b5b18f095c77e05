// Reads what a server sent with the schema of its document, tolerant where the document leaves things open, exact in what
// it complains about. The only place where null is forgiven. Knows no dialect.
import type { z } from 'zod'
import { AppError } from '#contract/errors.ts'

type Path = readonly PropertyKey[]

/**
 * Unknown fields are dropped. Where the schema refuses a `null`, the field counts as left out: the documents say only "not
 * required" and never whether that means absent or null (note G03). Throws bad-reply with `path` and `expected` in its
 * details; the value itself is never quoted, it may be a secret.
 */
export function parseReply<S extends z.ZodType>(schema: S, value: unknown, context: { origin: string }): z.output<S> {
  let candidate = value
  for (let round = 0; ; round++) {
    const result = schema.safeParse(candidate)
    if (result.success) return result.data
    const nulls = result.error.issues.filter(({ path }) => path.length > 0 && valueAt(candidate, path) === null)
    if (nulls.length === 0 || round >= 3) throw badReply(result.error.issues[0], context.origin)
    candidate = structuredClone(candidate)
    for (const { path } of nulls) leaveOut(candidate, path)
  }
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Record<PropertyKey, unknown>)[key]
  }
  return current
}

function leaveOut(value: unknown, path: Path): void {
  const parent = valueAt(value, path.slice(0, -1))
  const key = path.at(-1)
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.deleteProperty(parent, key)
}

function badReply(issue: z.core.$ZodIssue | undefined, origin: string): AppError {
  const path = (issue?.path ?? []).map(String).join('.') || '(the whole answer)'
  const expected = issue?.message ?? 'another form'
  const message = `${origin} gives an answer that does not fit its document: ${path}: ${expected}.`
  return new AppError('bad-reply', message, { details: { origin, path, expected } })
}
