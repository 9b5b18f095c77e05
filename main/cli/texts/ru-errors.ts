// Every expected error in Russian, from its code and details: what happened, what was kept, what to do. Never looks at the
// English message.
import type { ErrorCode, ErrorValue } from '#contract/errors.ts'
import { faultsOf } from '#core/exports/order/index.ts'
import { describeFaults } from './ru-faults.ts'

type Say = (details: Details) => string

const kept = 'Полученное сохранено.'
const nothingChanged = 'Ничего не изменено.'

/** By `details.reason`; what has none here is told by its code. */
const byReason: Record<string, Say> = {
  'relative-path': ({ path }) => `Папку выгрузки надо указать полным путём: ${path}`,
  'not-empty': ({ path }) =>
    `Папка ${path} не пуста. ${nothingChanged} Выберите другую или продолжите выгрузку, которая в ней.`,
  'destination-missing': ({ place }) =>
    `Папка выгрузки${place} пропала. Подключите диск или верните папку, потом продолжите.`,
  'no-permission': ({ place }) => `Нет права записи${place}. Выберите другую папку или измените права.`,
  'read-only': ({ place }) => `Папка${place} только для чтения. Снимите защиту от записи или выберите другую.`,
  'device-error': ({ place }) => `Диск или сетевая папка сообщает об ошибке${place}. Проверьте их и продолжите.`,
  'path-too-long': ({ place }) => `Слишком длинный путь${place}. Выберите папку или шаблон имён короче.`,
  'file-too-large': ({ place }) =>
    `Файл такого размера файловая система не вмещает${place} (FAT32 — до 4 ГиБ). Выберите другой диск или интервалы короче.`,
  'not-a-file': ({ place }) => `На месте файла${place} папка или символическая ссылка. Уберите её и продолжите.`,
  'not-a-folder': ({ place }) => `На месте папки${place} файл. Ничего не изменено. Выберите другую папку.`,
  'foreign-file': ({ place }) =>
    `Файл${place} уже есть, и сделала его не эта выгрузка. Он не тронут; уберите его и повторите.`,
  'in-use': ({ path, owner }) =>
    `С папкой ${path} работает другая программа${owner}. ${nothingChanged} Дождитесь её или завершите её.`,
  'copy-in-use': ({ path }) =>
    `${path} — копия папки, выгрузка которой сейчас идёт. ${nothingChanged} Откройте копию, когда та закончится.`,
  links: ({ path }) =>
    `В ${path} вместо служебной папки или журнала ссылка: так Watchroom выгрузку не делает. Ничего не прочитано и не изменено.`,
  'no-journal': ({ path }) => `${path} — не папка выгрузки: в ней нет журнала. ${nothingChanged}`,
  'broken-journal': ({ path }) => `Начало журнала в ${path} не читается. Файлы не тронуты.`,
  'no-evidence': ({ path }) =>
    `В ${path} нет ни manifest.json, ни SHA256SUMS: это не выгрузка, или в ней ещё ничего не готово.`,
  'no-folder': ({ path }) => `Папки ${path} нет.`,
  'no-reading': ({ path }) => `Папку ${path} нельзя прочитать: нет права.`,
  'too-many-files': ({ path }) => `В ${path} слишком много файлов и папок: это не выгрузка.`,
  settings: ({ path }) =>
    `Настройки этого компьютера не открываются (${path}). Может ли эта учётная запись писать в эту папку?`,
  vanished: () => 'Файл пропал, пока его ставили на место. При повторе он загрузится снова.',
  'nothing-recorded': () => 'На сервере нет записи за этот интервал. Выберите другой интервал или камеру.',
  empty: () => 'Сервер не прислал ничего. Есть ли запись за этот интервал?',
  'web-page': ({ server, status }) =>
    `${server} отвечает веб-страницей${status} там, где должен быть его API. Проверьте адрес сервера.`,
  'signed-out': ({ name }) => `Вход на ${name} не выполнен. Войдите и повторите.`,
  'run-out': ({ name }) => `Срок входа на ${name} истёк. Войдите снова.`,
  password: () => 'Имя пользователя или пароль неверны.',
  passphrase: () => 'WATCHROOM_PASSPHRASE не подходит к сохранённым серверам.',
  'credentials-of-vms': ({ name }) =>
    `Сервер ${name} типа vms: для входа нужны WATCHROOM_USERNAME и WATCHROOM_PASSWORD. Верен ли --dialect?`,
  'credentials-of-vsaas': ({ name }) =>
    `Сервер ${name} типа vsaas: для входа нужен WATCHROOM_TOKEN. Верен ли --dialect?`,
  'token-characters': () => 'В токене есть знаки, которых в токенах не бывает. Скопируйте его ещё раз.',
  'login-of-vms': () => 'Этот сервер не показывает камеры другого пользователя. Уберите --login.',
  'ids-needed': () =>
    'У этого сервера нет списка всех камер: назовите их (--camera) или укажите пользователя, ' +
    'который их видит (--login; для этого нужен WATCHROOM_LIST_TOKEN).',
  'local-address': ({ server }) =>
    `${server} — адрес этого компьютера или кабеля, а сервер не здесь. Отклонено, ничего не отправлено.`,
  downgrade: ({ server }) => `${server} направляет на незащищённый адрес. Отклонено.`,
  'ended-early': ({ server }) => `${server}: загрузка оборвалась. ${kept}`,
  stalled: ({ server }) => `${server} перестал присылать данные. ${kept}`,
  page: ({ server, status }) => `${server} прислал страницу вместо видео${status}.`,
  encoding: ({ server }) => `${server} прислал видео в сжатии, которого не просили.`,
  'not-found': () =>
    'ffmpeg не найден. Установите его (Debian, Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg; ' +
    `Windows: winget install ffmpeg) или укажите файл в FFMPEG_BIN. ${kept}`,
  'not-usable': ({ path }) =>
    `ffmpeg, указанный как ${path}, не запускается. Укажите в FFMPEG_BIN другой файл. ${kept}`,
  ENOTFOUND: ({ server }) => `${server} недоступен: узла с таким именем нет. Проверьте адрес.`,
  EAI_AGAIN: ({ server }) => `${server} недоступен: сервер имён не отвечает. Проверьте сеть.`,
  ECONNREFUSED: ({ server }) => `${server} отклоняет соединение. Работает ли сервер, верен ли порт?`,
  EHOSTUNREACH: ({ server }) => `${server} недоступен: к этому узлу нет пути. Проверьте сеть.`,
  ENETUNREACH: ({ server }) => `${server} недоступен: сети нет.`,
  ENETDOWN: ({ server }) => `${server} недоступен: сети нет.`,
  ERR_SSL_WRONG_VERSION_NUMBER: ({ server }) =>
    `${server} не говорит по TLS. Верен ли порт, не нужен ли адрес http://?`,
  EPROTO: ({ server }) => `${server} не говорит по TLS, как ожидалось. Верны ли порт и https://?`,
}

const byCode: Record<ErrorCode, Say> = {
  'invalid-input': ({ server, status, says }) =>
    status === '' ? `Это не подходит.${says}` : `${server} отклоняет запрос${status}.${says}`,
  'not-found': ({ server, status, says, camera }) =>
    camera === ''
      ? `${server}: того, что запрошено, нет${status}. Есть ли запись, и можно ли её выгружать?${says}`
      : `${server}: камеры ${camera} нет. Номера камер показывает watchroom cameras.`,
  unauthorized: ({ server, status, says }) =>
    `${server} не принимает вход${status}. Проверьте токен или имя и пароль.${says}`,
  forbidden: ({ server, status, says }) =>
    `${server}: этой учётной записи это не разрешено${status}. Обратитесь к администратору сервера.${says}`,
  unreachable: ({ server, status, says }) =>
    `${server} недоступен или сбоит${status}. ${kept} Попробуйте позже.${says}`,
  'untrusted-certificate': ({ server, fingerprint, isChanged }) =>
    `${server}: ${isChanged ? 'сертификат не тот, который был принят' : 'за сертификат никто не ручается'} ` +
    `(SHA-256 ${fingerprint}). Ничего не отправлено.`,
  'timed-out': ({ server }) => `${server} не ответил вовремя. ${kept} Попробуйте позже.`,
  'rate-limited': ({ server, status }) => `${server} просит подождать${status}. ${kept} Попробуйте позже.`,
  'link-expired': ({ server, status }) =>
    `${server}: ссылка на запись больше не действует${status}. ${kept} Повторите: будет заказана новая.`,
  'disk-full': ({ megabytes, place }) =>
    `На диске нет места${place}${megabytes === '' ? '' : `: нужно ещё не меньше ${megabytes} МБ`}. ${kept} ` +
    'Освободите место и продолжите.',
  'already-exists': () => `Такое уже есть. ${nothingChanged}`,
  'unsupported-media': ({ suspect, status }) => {
    if (status === ' (HTTP 413)') return `Сервер не отдаёт такой длинный интервал${status}. Закажите его частями.`
    return suspect === ''
      ? `Полученное — не видео, которое можно использовать. Подробности в журнале программы.`
      : `Видео не прошло проверку и отложено как ${suspect}. Подробности в manifest.json. При повторе загрузится снова.`
  },
  'bad-reply': ({ server, status, field, says }) =>
    `${server} отвечает не так, как должен${status}${field}. Проверьте адрес и --dialect.${says}`,
  'tool-missing': () => `ffmpeg не найден или не запускается. Установите его или укажите в FFMPEG_BIN. ${kept}`,
  'tool-failed': () => `ffmpeg завершился с ошибкой. ${kept} Подробности в журнале программы; повторите.`,
  cancelled: () => `Отменено. ${kept}`,
  internal: ({ id, path }) =>
    `Ошибка в самой программе Watchroom${path === '' ? '' : ` (${path})`}. ${kept} ` +
    `Подробности в журнале программы${id === '' ? '' : `: ${id}`}.`,
}

/** What sentences may use: text, empty where the error does not tell it. */
interface Details {
  /** `https://host`, or «Сервер». */
  server: string
  /** ` (HTTP 503)` */
  status: string
  /** ` (file or folder)` */
  place: string
  path: string
  name: string
  owner: string
  fingerprint: string
  isChanged: boolean
  suspect: string
  megabytes: string
  camera: string
  id: string
  /** ` (meta.path)`: where a reply does not fit. */
  field: string
  /** The server's own words, behind a space. */
  says: string
}

export function describeErrorInRussian(error: ErrorValue): string {
  const faults = faultsOf(error)
  const { reason, faultCount } = error.details ?? {}
  if (faults.length > 0) return capitalize(describeFaults(faults, typeof faultCount === 'number' ? faultCount : 0))
  const say = typeof reason === 'string' && Object.hasOwn(byReason, reason) ? byReason[reason] : undefined
  return (say ?? byCode[error.code])(readDetails(error))
}

function readDetails({ details = {} }: ErrorValue): Details {
  const text = (name: string): string => {
    const value = details[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }
  const origin = text('origin')
  const status = text('status')
  const path = text('path')
  const file = text('file')
  const place = file || path
  const process = text('pid')
  return {
    server: origin || 'Сервер',
    status: status === '' ? '' : ` (HTTP ${status})`,
    place: place === '' ? '' : ` (${place})`,
    path,
    name: text('name') || 'сервер',
    owner: process === '' ? '' : ` (процесс ${process} на ${text('host')})`,
    fingerprint: text('fingerprint') || 'неизвестен',
    isChanged: details['expected'] !== undefined,
    suspect: text('suspect'),
    megabytes: megabytesOf(details['neededBytes']),
    camera: text('cameraId'),
    id: text('id'),
    field: origin === '' || path === '' ? '' : ` (${path})`,
    says: wordsOf(details),
  }
}

function megabytesOf(bytes: unknown): string {
  return typeof bytes === 'number' && bytes > 0 ? String(Math.max(1, Math.ceil(bytes / 1e6))) : ''
}

/** Servers answer in the language that was asked for; fields without a status are our own English. */
function wordsOf({ fields, status }: NonNullable<ErrorValue['details']>): string {
  if (status === undefined || typeof fields !== 'object' || fields === null) return ''
  const texts = Object.entries(fields).flatMap(([field, text]) =>
    typeof text === 'string' ? [`${field}: ${text}`] : [],
  )
  return texts.length === 0 ? '' : ` Сервер пишет: ${texts.join('; ')}`
}

function capitalize(text: string): string {
  return /^[а-яё]/.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text
}
