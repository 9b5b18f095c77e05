// Every Russian word of the command line. Knows no logic but plurals.
import type { Texts } from './en.ts'
import { describeErrorInRussian } from './ru-errors.ts'
import { describeProblemInRussian, describeWarningsInRussian } from './ru-results.ts'

const rules = new Intl.PluralRules('ru')

function count(value: number, one: string, few: string, many: string): string {
  const rule = rules.select(value)
  return `${value} ${rule === 'one' ? one : rule === 'few' ? few : many}`
}

const fileTroubles: Record<string, string> = {
  ENOENT: 'такого файла или папки нет',
  ENOTDIR: 'часть пути — не папка',
  EISDIR: 'это папка',
  EACCES: 'у этой учётной записи нет права чтения',
  EPERM: 'у этой учётной записи нет права чтения',
  ELOOP: 'символические ссылки идут по кругу',
  ENAMETOOLONG: 'слишком длинный путь',
  EIO: 'диск сообщает об ошибке',
}

export const ru: Texts = {
  error: describeErrorInRussian,
  problem: describeProblemInRussian,
  warnings: describeWarningsInRussian,
  itemOf: (number, camera) => `Запись ${number} (${camera})`,
  title: {
    usage: 'Использование:',
    options: 'Параметры:',
    commands: 'Команды:',
    arguments: 'Аргументы:',
    what: 'Что выгрузить:',
    server: 'Сервер и вход:',
    result: 'Результат:',
    case: 'Дело (записывается в манифест):',
    run: 'Выполнение:',
    list: 'Какие камеры:',
    clock: 'Что проверить:',
    history: 'Какие заказы:',
    servers: 'Что изменить:',
  },
  about: 'Выгружает записи с серверов видеонаблюдения и доказывает, что именно выгружено.',
  command: {
    export: 'выгрузить камеры и интервалы в новую папку',
    resume: 'продолжить выгрузку, которая приостановлена, прервана или удалась не вся',
    verify: 'проверить без сети, что выгрузка осталась такой, какой была записана',
    cameras: 'показать камеры сервера и их номера',
    clock: 'проверить, что сервер понимает время так, как задумано',
    history: 'показать заказы архива, которые помнит сам сервер',
    servers: 'показать сохранённые серверы; выйти с сервера или забыть его',
    help: 'показать справку по команде',
  },
  argument: {
    resumeFolder: 'папка выгрузки, которую надо продолжить',
    verifyFolder: 'папка выгрузки, которую надо проверить',
  },
  option: {
    plan: 'файл плана (JSON): server, items, case, options',
    csv: 'таблица: camera,from,to[,label]',
    camera: 'камера (vsaas: её id; vms: её UUID); можно повторять',
    from: 'начало интервала, со смещением или зоной',
    until: 'конец интервала (не включается), со смещением или зоной',
    server: 'адрес сервера',
    dialect: 'на чём говорит сервер: vms или vsaas',
    trust: 'принять этот сертификат (SHA-256 сервера или медиасервера); можно повторять',
    tokenFile: 'взять токен из первой строки файла',
    resumeServer: 'адрес сервера, если папка называет сервер, который здесь не сохранён',
    serverZone: 'зона, в которой сервер читает и пишет время (запоминается; по умолчанию: UTC)',
    clockCamera: 'у какой камеры спросить; она должна сейчас записывать',
    since: 'заказы начиная с этого времени (по умолчанию: 30 дней назад)',
    untilMade: 'заказы до этого времени (по умолчанию: сейчас)',
    historyLimit: 'не больше стольких (по умолчанию: 1000)',
    signOut: 'выйти с этого сервера (id, имя или адрес), в том числе на нём самом',
    remove: 'забыть этот сервер: вход, принятые сертификаты, настройки',
    to: 'папка выгрузки; её не должно быть, или она пуста',
    name: 'название выгрузки (по умолчанию: имя папки)',
    template: 'имена файлов (по умолчанию: "{camera} {from} {to}")',
    zone: 'зона времени в именах и субтитрах (по умолчанию: UTC)',
    container: 'mp4 или mkv (по умолчанию: mp4)',
    audio: 'keep — оставить звук, drop — убрать (по умолчанию: keep)',
    keepOriginal: 'хранить полученные байты, если результат от них отличается (по умолчанию)',
    noKeepOriginal: 'хранить только результат',
    decode: 'при проверке декодировать каждый кадр; медленно',
    caseNumber: 'номер дела',
    exhibit: 'номер вещественного доказательства',
    requester: 'кто запросил',
    legalBasis: 'на каком основании',
    note: 'примечание',
    concurrency: 'загрузок одновременно, от 1 до 32 (по умолчанию: 4)',
    json: 'печатать только строки JSON',
    quiet: 'печатать только проблемы',
    language: 'en или ru (по умолчанию: по LANG)',
    text: 'только камеры, в имени которых это есть',
    place: 'только камеры этого места (его id)',
    login: 'только камеры этого пользователя (vsaas)',
    limit: 'не больше стольких (по умолчанию: 10000)',
    version: 'показать версию',
    help: 'показать эту справку',
  },
  examples: 'Примеры:',
  moreHelp: 'watchroom <команда> --help показывает параметры команды.',
  credentials: `Вход, никогда не аргументом: аргументы видны каждому пользователю этой машины:
  WATCHROOM_TOKEN                          токен (vsaas)
  WATCHROOM_USERNAME, WATCHROOM_PASSWORD   пользователь и пароль (vms)
  WATCHROOM_LIST_TOKEN                     токен интегратора для списков камер (vsaas)
  WATCHROOM_PASSPHRASE                     открывает сохранённые серверы и хранит вход; без неё: только на этот раз
  WATCHROOM_HOME                           папка сохранённых серверов`,
  exitCodes: `Коды завершения:
  0 всё готово   1 внутренняя ошибка   2 неверный вызов   3 часть или всё не удалось   4 вход   5 диск полон   6 проверка
  (4, 5 и 6 — когда это причина всех неудач)   130 приостановлено по Ctrl+C`,
  usage: {
    seeHelp: (command) => `Справка: ${command} --help`,
    didYouMean: (name) => `Может быть, ${name}?`,
    unknownOption: (name) => `Параметра ${name} нет.`,
    unknownCommand: (name) => `Команды ${name} нет.`,
    noCommand: 'Какая команда?',
    missingArgument: (name) => `Не хватает аргумента ${name}.`,
    missingValue: (name) => `Для ${name} нужно значение.`,
    tooMany: 'Слишком много аргументов.',
    needed: (name) => `Нужен параметр ${name}.`,
    neededOneOf: 'Скажите, что выгрузить: --plan, --csv или --camera с --from и --until.',
    together: (a, b) => `${a} и ${b} вместе не используются.`,
    bad: (name, why) => `${name}: ${why}`,
    oneOf: (values) => `должно быть одно из: ${values}.`,
    wholeNumber: (least, most) => `должно быть целое число от ${least} до ${most}.`,
    fingerprint: 'должен быть SHA-256 сертификата: 64 шестнадцатеричные цифры, двоеточия не обязательны.',
    after: (flag) => `должно быть позже ${flag}.`,
    unreadable: (path, code) => `${path} не читается: ${fileTroubles[code] ?? code}.`,
    notJson: (path, why) => `${path} — не JSON: ${why}`,
    notUtf8: (path) => `${path} не в UTF-8, имена были бы испорчены. Сохраните его в UTF-8 (в Excel: CSV UTF-8).`,
    tooLarge: (path) => `${path} слишком велик.`,
    secretArgument: (name) =>
      `${name} не принимается: аргументы видны каждому пользователю этой машины. ` +
      'Используйте WATCHROOM_TOKEN, WATCHROOM_USERNAME и WATCHROOM_PASSWORD или --token-file. ' +
      'Если секрет был настоящим, смените его.',
    secretInUrl:
      'В адресе есть имя пользователя или секрет. Уберите его и используйте WATCHROOM_TOKEN или WATCHROOM_PASSWORD.',
    notEmpty: (folder) => `Папка ${folder} не пуста. Ничего не изменено. Выберите другую.`,
    holdsExport: (folder) =>
      `В ${folder} уже есть выгрузка. Ничего не изменено. Чтобы продолжить её: watchroom resume "${folder}"`,
    atMost: (characters) => `должно быть не длиннее ${characters} знаков.`,
    notFolder: (path) => `${path} — не папка.`,
    emptyToken: (path) => `В первой строке ${path} нет токена.`,
    openToken: (path) => `Внимание: ${path} могут читать другие пользователи. chmod 600 закроет его.`,
  },
  signIn: {
    none: (dialect) =>
      dialect === 'vms'
        ? 'Вход не выполнен. Задайте WATCHROOM_USERNAME и WATCHROOM_PASSWORD или WATCHROOM_PASSPHRASE, если сервер сохранён.'
        : 'Вход не выполнен. Задайте WATCHROOM_TOKEN, --token-file или WATCHROOM_PASSPHRASE, если сервер сохранён.',
    manyServers:
      'В этой выгрузке несколько серверов, поэтому токен или пароль этого запуска не отправляется ни одному. ' +
      'Сначала войдите на каждый, задав WATCHROOM_PASSPHRASE (это делает watchroom cameras), потом продолжите.',
    strangeServer: (url) =>
      `Эта папка просит войти на ${url}, а такого среди сохранённых здесь серверов нет. Ничего не отправлено. ` +
      `Если токен или пароль для него, добавьте: --server ${url}`,
    open: (url) =>
      `Внимание: соединение с ${url} не зашифровано: вход и видео можно прочитать и изменить в пути. Используйте https://, если он есть.`,
    notHere: (message, dialect) => `${message} Это адрес сервера типа ${dialect}? Проверьте --server и --dialect.`,
    to: (url, account) => `Вход на ${url} выполнен${account === '' ? '' : `: ${account}`}`,
  },
  trust: (fingerprint) =>
    `Если администратор сервера назовёт тот же SHA-256, добавьте\n    --trust-sha256 ${fingerprint}`,
  state: {
    queued: 'в очереди',
    waiting: 'ждёт',
    paused: 'приостановлено',
    done: 'готово',
    failed: 'не удалось',
    cancelled: 'отменено',
    ordering: 'заказ',
    fetching: 'загрузка',
    assembling: 'сборка',
    verifying: 'проверка',
    preparing: 'сервер готовит файл',
  },
  level: { error: 'Ошибка', warning: 'Внимание' },
  start: (items, destination) => `Выгрузка: ${count(items, 'запись', 'записи', 'записей')} в ${destination}`,
  going: (left, items, destination) => `Продолжение в ${destination}: осталось ${left} из ${items}`,
  nothingLeft: (destination) => `В ${destination} всё уже сделано`,
  until: (time) => `до ${time}`,
  gaps: (value) => count(value, 'пропуск', 'пропуска', 'пропусков'),
  total: (ended, all) => `${ended} из ${all}`,
  left: (duration) => `осталось ${duration}`,
  summary: (done, failed, cancelled, bytes, gaps) =>
    [
      `готово: ${done}`,
      ...(failed > 0 ? [`не удалось: ${failed}`] : []),
      ...(cancelled > 0 ? [`отменено: ${cancelled}`] : []),
      bytes,
      ...(gaps > 0 ? [`${count(gaps, 'пропуск', 'пропуска', 'пропусков')} в записях`] : []),
    ].join(', '),
  filesIn: (destination) => `Файлы: ${destination}`,
  pausing: 'Приостанавливается; полученное сохраняется. Ещё раз Ctrl+C — завершить сразу.',
  paused: (destination) => `Приостановлено. Чтобы продолжить: watchroom resume "${destination}"`,
  stopped: (message, destination) => `${message}\n  Чтобы продолжить потом: watchroom resume "${destination}"`,
  again: (destination) => `Чтобы повторить неудавшееся: watchroom resume "${destination}"`,
  verify: {
    intact: (files) =>
      `Цело: проверено ${count(files, 'файл', 'файла', 'файлов')}, ничего не изменено, не пропало и не добавлено.`,
    broken: (changed, missing, added) => `Не цело: изменено ${changed}, пропало ${missing}, добавлено ${added}.`,
    changed: 'изменён',
    missing: 'пропал',
    added: 'добавлен',
    progress: (done, total) => `Проверено ${done} из ${total}`,
  },
  clock: {
    asking: (camera) =>
      `Запрашиваются две записи камеры ${camera}: минута, которая ещё не наступила (её быть не должно), ` +
      'и минута, которая записана (она должна быть). Ничего не сохраняется.',
    right: (server) => `Верно: ${server} понимает время так, как задумано.`,
    misread: (server, zone) =>
      `Неверно: у ${server} есть видео минуты, которая ещё не наступила. Он понимает наше время в другой зоне ` +
      `(здесь задана: ${zone}) и отдал бы не тот час.\n` +
      '  Выгрузки с него ждут, пока не задана его зона. Задайте её и проверьте снова, например\n' +
      '    watchroom clock … --server-zone Europe/Moscow',
    undecided: (server) =>
      `Не выяснено: у ${server} нет видео ни за будущую минуту, ни за недавнюю.\n` +
      '  Выгружать можно, но время не доказано. Выберите камеру, которая сейчас записывает, и проверьте снова; ' +
      'если такой нет, сверьтесь с часами в кадре.',
    remembered: 'Это запоминается для сервера, пока не изменятся его адрес или зона.',
  },
  history: {
    created: 'ЗАКАЗАНО',
    camera: 'КАМЕРА',
    from: 'С',
    to: 'ПО',
    user: 'КТО',
    file: 'ФАЙЛ',
    name: 'ИМЯ',
    present: 'есть',
    gone: 'нет',
    none: 'Заказов за это время нет.',
    more: (limit) => `Может быть больше: показано не больше ${limit}. Предел меняет --limit.`,
  },
  servers: {
    id: 'ID',
    name: 'ИМЯ',
    dialect: 'ТИП',
    url: 'АДРЕС',
    zone: 'ЗОНА',
    clock: 'ЧАСЫ',
    signedIn: 'ВХОД',
    yes: 'да',
    no: 'нет',
    unknown: '?',
    clockCheck: { 'not-checked': 'не проверены', right: 'верны', misread: 'неверны', undecided: 'не выяснено' },
    none: 'Сохранённых серверов нет.',
    locked: 'Входы заперты: задайте WATCHROOM_PASSPHRASE, чтобы видеть их и пользоваться ими.',
    notFound: (text) => `Сервера с id, именем или адресом ${text} нет. Их показывает watchroom servers.`,
    several: (text, ids) => `Серверов с именем ${text} несколько. Укажите id: ${ids}`,
    signedOut: (name) => `Выход с ${name} выполнен.`,
    removed: (name) => `${name} забыт. Сделанные с него выгрузки не тронуты.`,
    needsPassphrase: 'Задайте WATCHROOM_PASSPHRASE: без неё сохранённый вход нельзя ни прочитать, ни завершить.',
    notRevoked: 'Без WATCHROOM_PASSPHRASE вход на самом сервере завершить нельзя: он истечёт там сам.',
  },
  cameras: { id: 'ID', name: 'ИМЯ', place: 'МЕСТО', status: 'СОСТОЯНИЕ', none: 'Камер не найдено.' },
  unit: { bytes: 'Б', kilo: 'кБ', mega: 'МБ', giga: 'ГБ', rate: 'Мбит/с', hour: 'ч', minute: 'мин', second: 'с' },
  unprinted: (code) => `Вывод не удалось записать (${code}). Выгруженное сохранено.`,
  unexpected: (id) => `Ошибка в самой программе Watchroom (${id}).`,
}
