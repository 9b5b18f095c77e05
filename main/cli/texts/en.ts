// Every English word of the command line; the shape that other languages must have. Knows no logic but plurals.
import type { ErrorValue } from '#contract/errors.ts'
import type { ItemResult, Problem } from '#contract/exports.ts'
import type { Range } from '#contract/servers.ts'

export const en = {
  /** The core speaks English. */
  error: ({ message }: ErrorValue): string => message,
  /** `item`: which line of the order it is about; empty for the whole of it. */
  problem: ({ code, level, message }: Problem, item: string): string => {
    const text = item === '' ? wholeProblems[code] : (itemProblems[`${code} ${level}`] ?? itemProblems[code])
    return text === undefined ? message : item === '' ? text : `${item}: ${text}`
  },
  warnings: ({ warnings }: ItemResult, _range: Range): string[] => warnings,
  /** `number`: from 1, as in the lines of progress. */
  itemOf: (number: number, camera: string) => `Item ${number} (${camera})`,
  title: {
    usage: 'Usage:',
    options: 'Options:',
    commands: 'Commands:',
    arguments: 'Arguments:',
    what: 'What to export:',
    server: 'Server and sign-in:',
    result: 'Result:',
    case: 'Case record (written into the manifest):',
    run: 'Running:',
    list: 'Which cameras:',
    clock: 'What to check:',
    history: 'Which orders:',
    servers: 'What to change:',
  },
  about: 'Exports recorded video from surveillance servers, with proof of what was exported.',
  command: {
    export: 'export cameras and ranges into a new folder',
    resume: 'go on with an export that was paused, cut off or failed in part',
    verify: 'check, offline, that an export is still what was written',
    cameras: 'list the cameras of a server with their ids',
    clock: 'check that a server reads times as they are meant',
    history: "list the server's own record of archive orders",
    servers: 'list the saved servers; sign out of one or forget it',
    help: 'show the help of a command',
  },
  argument: {
    resumeFolder: 'folder of the export to go on with',
    verifyFolder: 'folder of the export to check',
  },
  option: {
    plan: 'plan file (JSON) with server, items, case and options',
    csv: 'table: camera,from,to[,label]',
    camera: 'camera to export (vsaas: its id; vms: its UUID); may be repeated',
    from: 'begin of the range, with offset or zone',
    until: 'end of the range (not included), with offset or zone',
    server: 'address of the server',
    dialect: 'what the server speaks: vms or vsaas',
    trust: 'accept this certificate (SHA-256 of the server or media server); may be repeated',
    tokenFile: 'read the token from the first line of a file',
    resumeServer: 'address of the server, where the folder names one that is not saved here',
    serverZone: 'zone in which the server reads and writes times (kept; default: UTC)',
    clockCamera: 'camera that is asked, one that records now',
    since: 'orders made from this time on (default: 30 days ago)',
    untilMade: 'orders made before this time (default: now)',
    historyLimit: 'at most this many (default: 1000)',
    signOut: 'end the sign-in to this server (its id, name or address), also on the server',
    remove: 'forget this server: sign-in, accepted certificates, settings',
    to: 'folder of the export; must be absent or empty',
    name: 'name of the export (default: name of the folder)',
    template: 'names of files (default: "{camera} {from} {to}")',
    zone: 'zone of the times in names and subtitles (default: UTC)',
    container: 'mp4 or mkv (default: mp4)',
    audio: 'keep or drop (default: keep)',
    keepOriginal: 'keep the bytes as fetched where the result differs (default)',
    noKeepOriginal: 'keep only the result',
    decode: 'decode every picture when verifying; slow',
    caseNumber: 'number of the case',
    exhibit: 'number of the exhibit',
    requester: 'who asked for it',
    legalBasis: 'on what basis',
    note: 'anything else',
    concurrency: 'downloads at once, 1 to 32 (default: 4)',
    json: 'print only JSON lines',
    quiet: 'print only problems',
    language: 'en or ru (default: by LANG)',
    text: 'only cameras whose name contains this',
    place: 'only cameras of this place (its id)',
    login: 'only cameras of this user (vsaas)',
    limit: 'at most this many (default: 10000)',
    version: 'print the version',
    help: 'show this help',
  },
  examples: 'Examples:',
  moreHelp: 'watchroom <command> --help shows the options of a command.',
  credentials: `Sign-in, never as an argument, because arguments can be seen by every user of this machine:
  WATCHROOM_TOKEN                          token (vsaas)
  WATCHROOM_USERNAME, WATCHROOM_PASSWORD   user and password (vms)
  WATCHROOM_LIST_TOKEN                     integrator token for lists of cameras (vsaas)
  WATCHROOM_PASSPHRASE                     unlocks the saved servers and keeps new sign-ins; without it: this run only
  WATCHROOM_HOME                           folder of the saved servers`,
  exitCodes: `Exit codes:
  0 all done   1 internal error   2 usage   3 some or all items failed   4 sign-in   5 disk full   6 verification
  (4, 5 and 6 when that is the cause of every failure)   130 paused by Ctrl+C`,
  usage: {
    seeHelp: (command: string) => `Help: ${command} --help`,
    didYouMean: (name: string) => `Did you mean ${name}?`,
    unknownOption: (name: string) => `There is no option ${name}.`,
    unknownCommand: (name: string) => `There is no command ${name}.`,
    noCommand: 'Which command?',
    missingArgument: (name: string) => `The argument ${name} is missing.`,
    missingValue: (name: string) => `${name} needs a value.`,
    tooMany: 'Too many arguments.',
    needed: (name: string) => `${name} is needed.`,
    neededOneOf: 'Say what to export: --plan, --csv, or --camera with --from and --until.',
    together: (a: string, b: string) => `${a} and ${b} cannot be used together.`,
    bad: (name: string, why: string) => `${name}: ${why}`,
    oneOf: (values: string) => `must be one of: ${values}.`,
    wholeNumber: (least: number, most: number) => `must be a whole number from ${least} to ${most}.`,
    fingerprint: 'must be the SHA-256 of a certificate: 64 hexadecimal digits, colons optional.',
    after: (flag: string) => `must be after ${flag}.`,
    unreadable: (path: string, code: string) => `${path} cannot be read: ${fileTroubles[code] ?? code}.`,
    notJson: (path: string, why: string) => `${path} is not JSON: ${why}`,
    notUtf8: (path: string) =>
      `${path} is not in UTF-8, so names would be garbled. Save it as UTF-8 (in Excel: CSV UTF-8).`,
    tooLarge: (path: string) => `${path} is too large.`,
    secretArgument: (name: string) =>
      `${name} is refused: arguments can be seen by every user of this machine. ` +
      'Use WATCHROOM_TOKEN, WATCHROOM_USERNAME and WATCHROOM_PASSWORD, or --token-file. ' +
      'If the secret was real, change it.',
    secretInUrl:
      'The address holds a user name or a secret. Leave it out and use WATCHROOM_TOKEN or WATCHROOM_PASSWORD.',
    notEmpty: (folder: string) => `${folder} is not empty. Nothing was changed. Choose another folder.`,
    holdsExport: (folder: string) =>
      `${folder} holds an export already. Nothing was changed. To go on with it: watchroom resume "${folder}"`,
    atMost: (characters: number) => `must be at most ${characters} characters long.`,
    notFolder: (path: string) => `${path} is not a folder.`,
    emptyToken: (path: string) => `${path} holds no token in its first line.`,
    openToken: (path: string) => `Warning: ${path} can be read by other users. chmod 600 closes it.`,
  },
  signIn: {
    none: (dialect: string): string =>
      dialect === 'vms'
        ? 'Not signed in. Set WATCHROOM_USERNAME and WATCHROOM_PASSWORD, or WATCHROOM_PASSPHRASE if this server is saved.'
        : 'Not signed in. Set WATCHROOM_TOKEN, use --token-file, or set WATCHROOM_PASSPHRASE if this server is saved.',
    manyServers:
      'This export uses several servers, so the credentials of this run are sent to none of them. ' +
      'Sign in to each one first, with WATCHROOM_PASSPHRASE set (watchroom cameras does it), then resume.',
    strangeServer: (url: string) =>
      `This folder wants a sign-in to ${url}, which is none of the servers saved here. Nothing was sent. ` +
      `If your credentials are for it, add: --server ${url}`,
    open: (url: string) =>
      `Warning: ${url} is not encrypted: the sign-in and the videos can be read and changed on the way. Use https:// if it has it.`,
    notHere: (message: string, dialect: string) =>
      `${message} Is the address that of a server of the kind ${dialect}? Check --server and --dialect.`,
    to: (url: string, account: string) => `Signed in to ${url}${account === '' ? '' : ` as ${account}`}`,
  },
  trust: (fingerprint: string) =>
    `If the administrator of the server tells you the same SHA-256, add\n    --trust-sha256 ${fingerprint}`,
  state: {
    queued: 'queued',
    waiting: 'waiting',
    paused: 'paused',
    done: 'done',
    failed: 'failed',
    cancelled: 'cancelled',
    ordering: 'ordering',
    fetching: 'fetching',
    assembling: 'assembling',
    verifying: 'verifying',
    preparing: 'server is preparing',
  },
  level: { error: 'Error', warning: 'Warning' },
  start: (items: number, destination: string) =>
    `Exporting ${items} ${items === 1 ? 'item' : 'items'} to ${destination}`,
  going: (left: number, items: number, destination: string) => `Going on in ${destination}: ${left} of ${items} left`,
  nothingLeft: (destination: string) => `Nothing is left to do in ${destination}`,
  until: (time: string) => `until ${time}`,
  gaps: (count: number) => (count === 1 ? '1 gap' : `${count} gaps`),
  total: (ended: number, all: number) => `${ended} of ${all}`,
  left: (duration: string) => `${duration} left`,
  summary: (done: number, failed: number, cancelled: number, bytes: string, gaps: number) =>
    [
      `${done} done`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
      bytes,
      ...(gaps > 0 ? [gaps === 1 ? '1 gap in the recordings' : `${gaps} gaps in the recordings`] : []),
    ].join(', '),
  filesIn: (destination: string) => `Files: ${destination}`,
  pausing: 'Pausing; what was fetched is kept. Press Ctrl+C again to end at once.',
  paused: (destination: string) => `Paused. To go on: watchroom resume "${destination}"`,
  stopped: (message: string, destination: string) =>
    `${message}\n  To go on afterwards: watchroom resume "${destination}"`,
  again: (destination: string) => `To try what failed again: watchroom resume "${destination}"`,
  verify: {
    intact: (files: number) =>
      `Intact: ${files} ${files === 1 ? 'file' : 'files'} checked, nothing changed, missing or added.`,
    broken: (changed: number, missing: number, added: number) =>
      `Not intact: ${changed} changed, ${missing} missing, ${added} added.`,
    changed: 'changed',
    missing: 'missing',
    added: 'added',
    progress: (done: string, total: string) => `Checking ${done} of ${total}`,
  },
  clock: {
    asking: (camera: string) =>
      `Asking for two archives of camera ${camera}: a minute that is still to come, which must yield nothing, ` +
      'and one that is recorded, which must yield video. Nothing is kept.',
    right: (server: string) => `Right: ${server} reads times as they are meant.`,
    misread: (server: string, zone: string) =>
      `Misread: ${server} has video of a minute that is still to come, so it reads our times in another zone ` +
      `(set here: ${zone}) and would export the wrong hour.\n` +
      '  Exports of this server wait until its zone is set. Set it and check again, like\n' +
      '    watchroom clock … --server-zone Europe/Moscow',
    undecided: (server: string) =>
      `Undecided: ${server} has neither video of a minute to come nor of a recent one.\n` +
      '  Exports go on, but their time is not proven. Choose a camera that is recording now and check again; ' +
      'if there is none, compare the clock in the picture.',
    remembered: 'This is remembered for this server until its address or zone changes.',
  },
  history: {
    created: 'ORDERED',
    camera: 'CAMERA',
    from: 'FROM',
    to: 'TO',
    user: 'USER',
    file: 'FILE',
    name: 'NAME',
    present: 'yes',
    gone: 'no',
    none: 'No orders in this time.',
    more: (limit: number) => `There may be more: ${limit} is the limit. --limit raises it.`,
  },
  servers: {
    id: 'ID',
    name: 'NAME',
    dialect: 'DIALECT',
    url: 'ADDRESS',
    zone: 'ZONE',
    clock: 'CLOCK',
    signedIn: 'SIGNED IN',
    yes: 'yes',
    no: 'no',
    unknown: '?',
    clockCheck: { 'not-checked': 'not checked', right: 'right', misread: 'misread', undecided: 'undecided' },
    none: 'No saved servers.',
    locked: 'Sign-ins are locked: set WATCHROOM_PASSPHRASE to see and use them.',
    notFound: (text: string) => `No saved server has the id, name or address ${text}. watchroom servers lists them.`,
    several: (text: string, ids: string) => `Several saved servers are called ${text}. Use an id: ${ids}`,
    signedOut: (name: string) => `Signed out of ${name}.`,
    removed: (name: string) => `${name} is forgotten. Exports that were made from it are untouched.`,
    needsPassphrase: 'Set WATCHROOM_PASSPHRASE: without it the saved sign-in can be neither read nor ended.',
    notRevoked:
      'Without WATCHROOM_PASSPHRASE its sign-in could not be ended on the server: it runs out by itself there.',
  },
  cameras: { id: 'ID', name: 'NAME', place: 'PLACE', status: 'STATUS', none: 'No cameras found.' },
  unit: { bytes: 'B', kilo: 'kB', mega: 'MB', giga: 'GB', rate: 'Mbit/s', hour: 'h', minute: 'min', second: 's' },
  unprinted: (code: string) => `The output could not be written (${code}). What was exported is kept.`,
  unexpected: (id: string) => `Something went wrong in Watchroom itself (${id}).`,
}

const fileTroubles: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'this account may not read it',
  EPERM: 'this account may not read it',
  ELOOP: 'its symbolic links go in a circle',
  ENAMETOOLONG: 'the path is too long',
  EIO: 'the drive reports an error',
}

const itemProblems: Record<string, string> = {
  'future error': 'lies in the future: nothing is recorded there yet. Choose another range.',
  'future warning': 'ends in the future: its end will be missing.',
  duplicate: 'is in this order twice.',
  camera: 'the server does not know this camera, or this account may not see it.',
  coverage: 'nothing is recorded in this range.',
}

const wholeProblems: Record<string, string> = {
  clock:
    'This server reads our times in another zone and would export the wrong hour, so nothing was ordered. ' +
    'Set its zone with --server-zone, then check it: watchroom clock --help',
}

export type Texts = typeof en
