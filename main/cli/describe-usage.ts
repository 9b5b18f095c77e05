// What commander refuses, in our words and in one line: what is wrong, what was probably meant, where help is.
import type { CommanderError } from 'commander'
import type { Command } from 'commander'
import { findNearest } from '#core/exports/order/index.ts'
import type { Texts } from './texts/index.ts'

/** Never repeats what follows `=` in an argument: it may be a secret. */
export function describeUsage(error: CommanderError, program: Command, args: readonly string[], texts: Texts): string {
  const command = program.commands.find((candidate) => candidate.name() === args[0])
  const quoted = (/'([^']*)'/.exec(error.message)?.[1] ?? '').split('=')[0]?.split(/[ ,]/)[0] ?? ''
  return [whatIsWrong(error, quoted, command ?? program, texts), whereHelpIs(command?.name() ?? null, texts)].join(' ')
}

export function whereHelpIs(command: string | null, texts: Texts): string {
  return texts.usage.seeHelp(command === null ? 'watchroom' : `watchroom ${command}`)
}

function whatIsWrong(error: CommanderError, quoted: string, command: Command, { usage }: Texts): string {
  switch (error.code) {
    case 'commander.unknownOption': {
      const known = command.options.map((option) => option.long ?? '')
      return withNearest(usage.unknownOption(quoted), findNearest(quoted, known), usage)
    }
    case 'commander.unknownCommand': {
      const known = command.commands.map((each) => each.name())
      return withNearest(usage.unknownCommand(quoted), findNearest(quoted, known), usage)
    }
    case 'commander.missingArgument':
      return usage.missingArgument(quoted)
    case 'commander.optionMissingArgument':
      return usage.missingValue(quoted)
    case 'commander.invalidArgument':
      return usage.bad(quoted, usage.oneOf('en, ru'))
    case 'commander.excessArguments':
      return usage.tooMany
    default:
      return usage.noCommand
  }
}

function withNearest(text: string, nearest: string | null, usage: Texts['usage']): string {
  return nearest === null ? text : `${text} ${usage.didYouMean(nearest)}`
}
