// The commands and flags of the program, with their help. Parses; what a command does is given.
import { Command, InvalidArgumentError } from 'commander'
import { languageSchema } from '#contract/servers.ts'
import type { CameraFlags } from './commands/cameras.ts'
import type { ClockFlags } from './commands/clock.ts'
import type { HistoryFlags } from './commands/history.ts'
import type { SavedServerFlags } from './commands/servers.ts'
import type { OutputFlags } from './commands/run-batch.ts'
import type { ExportFlags, ServerFlags } from './read-order.ts'
import type { Texts } from './texts/index.ts'

export const commandNames: readonly string[] = ['export', 'resume', 'verify', 'cameras', 'clock', 'history', 'servers']

export interface Actions {
  export(flags: ExportFlags & OutputFlags): Promise<void>
  resume(folder: string, flags: ServerFlags & OutputFlags): Promise<void>
  verify(folder: string, flags: OutputFlags): Promise<void>
  cameras(flags: CameraFlags): Promise<void>
  clock(flags: ClockFlags): Promise<void>
  history(flags: HistoryFlags): Promise<void>
  servers(flags: SavedServerFlags): Promise<void>
}

const examples = {
  watchroom: `  watchroom cameras --server https://video.example --dialect vms
  watchroom export --plan plan.json --to /media/usb/case-17
  watchroom resume /media/usb/case-17
  watchroom verify /media/usb/case-17`,
  export: `  watchroom export --server https://video.example --dialect vsaas --camera 3 --camera 5 \\
      --from 2026-11-01T10:00:00+03:00 --until 2026-11-01T11:00:00+03:00 --to case-17
  watchroom export --csv cameras.csv --server https://video.example --dialect vms --to case-17
  watchroom export --plan plan.json --to case-17 --json

  plan.json:  {"server": {"url": "https://video.example", "dialect": "vsaas"},
               "items": [{"camera": 3, "from": "2026-11-01T10:00:00+03:00", "to": "2026-11-01T11:00:00+03:00"}],
               "case": {"number": "17"}, "options": {"zone": "Europe/Moscow"}}`,
  resume: '  watchroom resume case-17',
  verify: '  watchroom verify case-17\n  watchroom verify case-17 --json',
  clock: '  watchroom clock --server https://video.example --dialect vsaas --camera 3 --server-zone Europe/Moscow',
  history: `  watchroom history --server https://video.example --dialect vsaas --since 2026-11-01T00:00:00+03:00
  watchroom history --server https://video.example --dialect vms --json`,
  servers: '  watchroom servers\n  watchroom servers --sign-out https://video.example',
  cameras: `  watchroom cameras --server https://video.example --dialect vms --text gate
  watchroom cameras --server https://video.example --dialect vsaas --camera 3 --json`,
}

const collect = (value: string, values: string[] | undefined): string[] => [...(values ?? []), value]

/** Nothing is printed and nothing exits here but through commander's own overrides, which the caller sets. */
export function createProgram(texts: Texts, version: string, actions: Actions): Command {
  const { command, argument, option, title } = texts
  const program = new Command('watchroom').description(texts.about)
  program.version(version, '-V, --version', option.version).helpOption('-h, --help', option.help)
  program.helpCommand('help [command]', command.help)
  program.addHelpText(
    'after',
    sections(texts.moreHelp, `${texts.examples}\n${examples.watchroom}`, texts.credentials, texts.exitCodes),
  )
  addOutputFlags(
    addResultFlags(
      addServerFlags(addWhatFlags(program.command('export').description(command.export), texts), texts),
      texts,
    ),
    texts,
  )
    .addHelpText('after', sections(`${texts.examples}\n${examples.export}`, texts.credentials, texts.exitCodes))
    .action((flags: ExportFlags & OutputFlags) => actions.export(flags))
  const resume = program.command('resume').description(command.resume).argument('<folder>', argument.resumeFolder)
  resume.optionsGroup(title.server).option('--server <url>', option.resumeServer)
  addOutputFlags(addTrustFlags(resume, texts), texts)
    .addHelpText('after', sections(`${texts.examples}\n${examples.resume}`, texts.credentials, texts.exitCodes))
    .action((folder: string, flags: ServerFlags & OutputFlags) => actions.resume(folder, flags))
  const verify = program.command('verify').description(command.verify).argument('<folder>', argument.verifyFolder)
  addOutputFlags(verify, texts)
    .addHelpText('after', sections(`${texts.examples}\n${examples.verify}`, texts.exitCodes))
    .action((folder: string, flags: OutputFlags) => actions.verify(folder, flags))
  addOutputFlags(
    addListFlags(addServerFlags(program.command('cameras').description(command.cameras), texts), texts),
    texts,
  )
    .addHelpText('after', sections(`${texts.examples}\n${examples.cameras}`, texts.credentials))
    .action((flags: CameraFlags) => actions.cameras(flags))
  addCheckCommands(program, texts, actions)
  for (const each of [program, ...program.commands]) translateTitles(each, texts)
  for (const each of program.commands) each.helpOption('-h, --help', option.help)
  return program
}

function addCheckCommands(program: Command, texts: Texts, actions: Actions): void {
  const { command, option, title } = texts
  const clock = program.command('clock').description(command.clock).optionsGroup(title.clock)
  clock.option('--camera <id>', option.clockCamera)
  addOutputFlags(addServerFlags(clock, texts), texts)
    .addHelpText('after', sections(`${texts.examples}\n${examples.clock}`, texts.credentials, texts.exitCodes))
    .action((flags: ClockFlags) => actions.clock(flags))
  const history = program.command('history').description(command.history).optionsGroup(title.history)
  history.option('--since <time>', option.since).option('--until <time>', option.untilMade)
  history.option('--limit <count>', option.historyLimit)
  addOutputFlags(addServerFlags(history, texts), texts)
    .addHelpText('after', sections(`${texts.examples}\n${examples.history}`, texts.credentials))
    .action((flags: HistoryFlags) => actions.history(flags))
  const servers = program.command('servers').description(command.servers).optionsGroup(title.servers)
  servers.option('--sign-out <server>', option.signOut).option('--remove <server>', option.remove)
  addOutputFlags(servers, texts)
    .addHelpText('after', sections(`${texts.examples}\n${examples.servers}`, texts.credentials))
    .action((flags: SavedServerFlags) => actions.servers(flags))
}

function addWhatFlags(command: Command, { option, title }: Texts): Command {
  return command
    .optionsGroup(title.what)
    .option('--plan <file>', option.plan)
    .option('--csv <file>', option.csv)
    .option('--camera <id>', option.camera, collect)
    .option('--from <time>', option.from)
    .option('--until <time>', option.until)
}

function addServerFlags(command: Command, texts: Texts): Command {
  const { option, title } = texts
  command.optionsGroup(title.server).option('--server <url>', option.server).option('--dialect <name>', option.dialect)
  return addTrustFlags(command, texts).option('--server-zone <zone>', option.serverZone)
}

function addTrustFlags(command: Command, { option, title }: Texts): Command {
  return command
    .optionsGroup(title.server)
    .option('--trust-sha256 <hex>', option.trust, collect)
    .option('--token-file <file>', option.tokenFile)
}

function addListFlags(command: Command, { option, title }: Texts): Command {
  return command
    .optionsGroup(title.list)
    .option('--camera <id>', option.camera, collect)
    .option('--text <text>', option.text)
    .option('--place <id>', option.place)
    .option('--login <name>', option.login)
    .option('--limit <count>', option.limit)
}

function addResultFlags(command: Command, { option, title }: Texts): Command {
  return command
    .optionsGroup(title.result)
    .option('--to <folder>', option.to)
    .option('--name <text>', option.name)
    .option('--template <text>', option.template)
    .option('--zone <zone>', option.zone)
    .option('--container <name>', option.container)
    .option('--audio <name>', option.audio)
    .option('--keep-original', option.keepOriginal)
    .option('--no-keep-original', option.noKeepOriginal)
    .option('--decode', option.decode)
    .optionsGroup(title.case)
    .option('--case-number <text>', option.caseNumber)
    .option('--exhibit <text>', option.exhibit)
    .option('--requester <text>', option.requester)
    .option('--legal-basis <text>', option.legalBasis)
    .option('--note <text>', option.note)
    .optionsGroup(title.run)
    .option('--concurrency <count>', option.concurrency)
}

function addOutputFlags(command: Command, { option, title }: Texts): Command {
  return command
    .optionsGroup(title.run)
    .option('--json', option.json)
    .option('--quiet', option.quiet)
    .option('--language <name>', option.language, (value: string): string => {
      if (languageSchema.safeParse(value).success) return value
      throw new InvalidArgumentError('')
    })
}

function translateTitles(command: Command, { title }: Texts): void {
  const words: Record<string, string> = {
    'Usage:': title.usage,
    'Options:': title.options,
    'Commands:': title.commands,
    'Arguments:': title.arguments,
  }
  command.configureHelp({ styleTitle: (text) => words[text] ?? text, sortSubcommands: false })
}

function sections(...parts: readonly string[]): string {
  return `\n${parts.join('\n\n')}`
}
