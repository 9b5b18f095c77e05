// Findings before the start and results of items, in Russian, from their codes and facts. Never looks at the English message.
import type { ItemResult, Problem } from '#contract/exports.ts'
import type { Range } from '#contract/servers.ts'

/** Shorter by less is what cutting at key pictures does. */
const shortestShortMs = 5_000

const warnings: Record<string, string> = {
  future: 'кончается в будущем: конца не будет.',
  duplicate: 'есть в этом заказе ещё раз.',
  camera: 'сервер не знает этой камеры, или этой учётной записи её не видно.',
  coverage: 'за этот интервал на сервере нет записи.',
}

const errors: Record<string, string> = {
  future: 'в будущем: там ещё ничего не записано. Выберите другой интервал.',
}

const wholes: Record<string, string> = {
  'tool-missing': 'ffmpeg не найден или не запускается. Установите его или укажите в FFMPEG_BIN. Ничего не скачано.',
  template: 'Шаблон имён файлов не подходит. Проверьте --template или options.nameTemplate в плане.',
  zone: 'Такого часового пояса нет. Проверьте --zone или options.zone в плане.',
  destination: 'Папку выгрузки надо указать полным путём.',
  server: 'Этот сервер здесь больше не сохранён.',
  clock:
    'Сервер понимает наше время в другой зоне и отдал бы не тот час, поэтому ничего не заказано. ' +
    'Задайте его зону (--server-zone) и проверьте: watchroom clock --help',
  'already-exists':
    'Папка выгрузки не пуста. Ничего не изменено. Выберите другую или продолжите выгрузку, которая в ней.',
  'disk-full': 'На диске может не хватить места для всей выгрузки.',
}

/** `item`: which line of the order it is about, or an empty text. */
export function describeProblemInRussian({ code, level }: Problem, item: string): string {
  const text = item === '' ? wholes[code] : ((level === 'error' ? errors[code] : undefined) ?? warnings[code])
  const known = text ?? `замечание «${code}» перед началом.`
  return item === '' ? known : `${item}: ${known}`
}

/** What a person should know of a finished item; the manifest has every remark in full. */
export function describeWarningsInRussian(result: ItemResult, range: Range): string[] {
  const found: string[] = []
  if (result.timeBasis === 'asked') found.push('Байты проверены, время не доказано.')
  const shortMs = range.toMs - range.fromMs - result.durationMs
  if (result.coverage === 'unknown' && shortMs > shortestShortMs)
    found.push(`Видео короче запрошенного на ${Math.round(shortMs / 1000)} с; сервер не сообщает, что записано.`)
  const others = result.warnings.length - found.length
  if (others > 0) found.push(`Ещё замечаний: ${others}; они в manifest.json.`)
  return found
}
