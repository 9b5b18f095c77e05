// What can be wrong with a value of a request, and how each dialect says it.
// Knows nothing of operations or schemas.

export interface Fault {
  readonly place: 'path' | 'query' | 'header' | 'body'
  /** Steps to the value: the parameter's name, or property names and list positions inside the body. */
  readonly steps: readonly string[]
  readonly rule: 'missing' | 'extra' | 'type' | 'format' | 'enum' | 'range' | 'length' | 'syntax'
  /** The type, format, bound or choices wanted; part of the text. */
  readonly wanted: string
}

export type Language = 'en' | 'ru'

/** `ru` and anything that begins with it is Russian, everything else English (document 000 knows these two). */
export function readLanguage(header: string | undefined, query: unknown): Language {
  const asked = header ?? (typeof query === 'string' ? query : 'en')
  return asked.toLowerCase().startsWith('ru') ? 'ru' : 'en'
}

const englishTexts: Record<Fault['rule'], (field: string, wanted: string) => string> = {
  missing: (field) => `The ${field} field is required.`,
  extra: (field) => `The ${field} field is not known.`,
  type: (field, wanted) => `The ${field} must be of type ${wanted}.`,
  format: (field, wanted) => `The ${field} is not a valid ${wanted}.`,
  enum: (field, wanted) => `The selected ${field} is invalid: one of ${wanted} is wanted.`,
  range: (field, wanted) => `The ${field} must be ${wanted}.`,
  length: (field, wanted) => `The ${field} must have ${wanted}.`,
  syntax: (field, wanted) => `The ${field} is not readable as ${wanted}.`,
}

const russianTexts: Record<Fault['rule'], (field: string, wanted: string) => string> = {
  missing: (field) => `Поле ${field} обязательно для заполнения.`,
  extra: (field) => `Поле ${field} не предусмотрено.`,
  type: (field, wanted) => `Поле ${field} должно иметь тип ${wanted}.`,
  format: (field, wanted) => `Значение поля ${field} не соответствует формату ${wanted}.`,
  enum: (field, wanted) => `Выбранное значение для ${field} ошибочно: допустимо одно из ${wanted}.`,
  range: (field, wanted) => `Значение поля ${field} должно быть ${wanted}.`,
  length: (field, wanted) => `Длина или количество в поле ${field} должны быть ${wanted}.`,
  syntax: (field, wanted) => `Поле ${field} не читается как ${wanted}.`,
}

/** Body of a 422 answer of the `vsaas` dialect (document 000, Validation). */
export function describeForVsaas(faults: readonly Fault[], language: Language): object {
  const texts = language === 'ru' ? russianTexts : englishTexts
  const errors: Record<string, string[]> = {}
  for (const fault of faults) {
    const field = fault.steps.join('.') || 'body'
    const text = texts[fault.rule](field.replaceAll('_', ' '), fault.wanted)
    errors[field] = [...new Set([...(errors[field] ?? []), text])]
  }
  const message = language === 'ru' ? 'Указанные данные недействительны.' : 'The given data was invalid.'
  return { message, errors }
}

const vmsTypes: Record<Fault['rule'], string> = {
  missing: 'value_error.missing',
  extra: 'value_error.extra',
  type: 'type_error',
  format: 'value_error.format',
  enum: 'type_error.enum',
  range: 'value_error.number',
  length: 'value_error.length',
  syntax: 'value_error.syntax',
}

/** Body of a 422 answer of the `vms` dialect: list positions in `loc` are strings (note G12). */
export function describeForVms(faults: readonly Fault[]): object {
  const detail = faults.map((fault) => ({
    loc: [fault.place, ...fault.steps],
    msg: englishTexts[fault.rule](fault.steps.at(-1) ?? 'body', fault.wanted),
    type: vmsTypes[fault.rule],
  }))
  return { status: 'unprocessable_entity', status_code: 422, detail }
}
