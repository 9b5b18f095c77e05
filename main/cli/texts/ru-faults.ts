// What is wrong with an order, in Russian. Knows the reasons of core/exports/order and nothing of who wrote the order.
import type { Fault } from '#core/exports/order/index.ts'

const anExample = 'Запишите его со смещением, например 2026-11-01T10:00:00+03:00, или с Z для UTC.'

type Values = Record<string, string>
const sentences: Record<string, (value: Values) => string> = {
  'time-no-time': ({ text }) => `«${text}» — не дата со временем. ${anExample}`,
  'time-no-offset': ({ text }) => `у времени «${text}» нет ни смещения, ни зоны. ${anExample}`,
  'time-other-offset': ({ text, zone, there }) =>
    `«${text}»: такого смещения в зоне ${zone} в этот момент нет (там ${there}).`,
  'time-before-1970': ({ text }) => `«${text}» раньше 1970 года.`,
  'time-no-calendar': ({ text }) => `времени «${text}» нет в календаре.`,
  'time-no-such-offset': ({ text, offset }) => `«${text}»: смещения ${offset} нет нигде на земле.`,
  'time-twice': ({ text, zone, first, second }) =>
    `время «${text}» в зоне ${zone} наступает дважды: часы переводят назад. ` +
    `Выберите смещением: ${first} — первое, ${second} — второе.`,
  'time-skipped': ({ text, zone, before, after }) =>
    `времени «${text}» в зоне ${zone} нет: часы переводят вперёд. Соседние моменты: ${before} и ${after}.`,
  zone: ({ text }) => `«${text}» — не часовой пояс. Запишите имя IANA, например Europe/Moscow, или смещение: +03:00.`,
  template: ({ token, list }) =>
    token === ''
      ? `в шаблоне имён скобка без пары. Можно использовать: ${list}.`
      : `в шаблоне имён есть ${token}, а такого обозначения нет. Можно использовать: ${list}.`,
  'csv-too-large': () => 'таблица слишком велика: больше 64 МБ.',
  'csv-empty': () => 'в таблице нет строк.',
  'csv-only-header': () => 'в таблице есть заголовок, но под ним нет строк.',
  'csv-too-many': ({ most }) => `в таблице больше ${most} строк.`,
  'csv-quote': () => 'кавычка не закрыта или стоит внутри ячейки.',
  'csv-line': () => 'строка не читается.',
  'csv-column': ({ column, nearest, known }) =>
    `столбца «${column}» нет. ${nearest === '' ? `Есть столбцы: ${known}.` : `Может быть, «${nearest}»?`}`,
  'csv-no-column': ({ column }) => `нет столбца «${column}».`,
  'csv-double-column': ({ column }) => `столбец «${column}» встречается дважды.`,
  'csv-columns': ({ count, known }) => `столбцов ${count}, а известно ${known}.`,
  'csv-no-camera': () => 'не указана камера.',
  'csv-long-camera': () => 'камера длиннее 128 знаков.',
  'csv-long-label': () => 'подпись длиннее 200 знаков.',
  'csv-stream': () => 'поток должен быть main или sub.',
  'csv-range': () => 'интервал должен кончаться позже, чем начинается.',
  'plan-missing': () => 'не хватает.',
  'plan-kind': ({ kind = '' }) => `должно быть: ${kinds[kind] ?? kind}.`,
  'plan-one-of': ({ values }) => `должно быть одно из: ${values}.`,
  'plan-empty': () => 'пусто.',
  'plan-least': ({ least, origin }) => `должно быть не меньше ${least}${lengthOf(origin)}.`,
  'plan-most': ({ most, origin }) => `должно быть не больше ${most}${lengthOf(origin)}.`,
  'plan-camera': () => 'должно быть текстом или целым числом.',
  'plan-fingerprint': () => 'должно состоять из 64 шестнадцатеричных цифр.',
  'plan-range': () => 'должно быть позже «from».',
  'plan-key': ({ nearest, known }) =>
    `нет такого ключа. ${nearest === '' ? `Есть ключи: ${known}.` : `Может быть, «${nearest}»?`}`,
  'plan-value': () => 'значение не подходит.',
}

const kinds: Values = {
  string: 'текст в кавычках',
  number: 'число',
  boolean: 'true или false',
  array: 'список в [ ]',
  object: 'объект в { }',
}

const mostNamed = 5

/** The first fault with its place, and where the others are. `count`: of all, also of those that are not listed. */
export function describeFaults(faults: readonly Fault[], count: number): string {
  const [first, ...others] = faults
  if (first === undefined) return 'значение не подходит.'
  const named = others.slice(0, mostNamed).map(placeOf)
  const rest = Math.max(count, faults.length) - 1 - named.length
  const more = named.length === 0 ? '' : ` Неверно также: ${named.join(', ')}${rest > 0 ? ` и ещё ${rest}` : ''}.`
  const place = placeOf(first)
  return `${place === '' ? '' : `${place}: `}${describeFault(first)}${more}`
}

function describeFault(fault: Fault): string {
  const values = Object.fromEntries(Object.entries(fault).map(([name, value]) => [name, String(value ?? '')]))
  return (sentences[fault.reason] ?? sentences['plan-value'])?.(values) ?? ''
}

function placeOf({ at }: Fault): string {
  return at === undefined ? '' : typeof at === 'number' ? `строка ${at}` : at
}

function lengthOf(origin: string | undefined): string {
  return origin === 'string' ? ' знаков' : origin === 'array' ? ' записей' : ''
}
