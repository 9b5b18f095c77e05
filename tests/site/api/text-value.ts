// Turns the texts of a parameter or form field into the type its schema names, exactly: what is not that type is refused.
// Knows nothing of requests.
import type { Schema } from './openapi-document.ts'

export type TextValue = { readonly value: unknown } | { readonly wanted: string }

const integerPattern = /^-?(0|[1-9]\d*)$/
const numberPattern = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

function readOne(type: unknown, text: string): TextValue {
  switch (type) {
    case 'integer': {
      const value = Number(text)
      return integerPattern.test(text) && Number.isSafeInteger(value) ? { value } : { wanted: 'integer' }
    }
    case 'number':
      return numberPattern.test(text) ? { value: Number(text) } : { wanted: 'number' }
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : { wanted: 'boolean' }
    default:
      return { value: text }
  }
}

/**
 * Several texts are a list only where the schema says array (repeated parameter, note G14). A schema that is only a
 * reference is a text: the documents refer to text enumerations from their parameters and to nothing else.
 */
export function readTextValue(schema: Schema, texts: readonly string[]): TextValue {
  const [first = '', ...rest] = texts
  if (schema['type'] !== 'array') {
    return rest.length > 0 ? { wanted: 'a single value' } : readOne(schema['type'], first)
  }
  const items = (schema['items'] ?? {}) as Schema
  const values: unknown[] = []
  for (const text of texts) {
    const one = readOne(items['type'], text)
    if ('wanted' in one) return { wanted: `array of ${one.wanted}` }
    values.push(one.value)
  }
  return { value: values }
}
