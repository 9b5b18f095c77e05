// Which language the command line speaks. Knows no text itself.
import type { Language } from '#contract/servers.ts'
import { en } from './en.ts'
import type { Texts } from './en.ts'
import { ru } from './ru.ts'

export type { Texts } from './en.ts'

/** `--language` first (it is looked for before the arguments are parsed), then the usual variables of the environment. */
export function chooseLanguage(args: readonly string[], environment: Record<string, string | undefined>): Language {
  const at = args.findIndex((arg) => arg === '--language' || arg.startsWith('--language='))
  const asked = at < 0 ? undefined : (args[at]?.split('=')[1] ?? args[at + 1])
  if (asked === 'en' || asked === 'ru') return asked
  const { LC_ALL, LC_MESSAGES, LANG } = environment
  return /^ru\b|^ru_/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'ru' : 'en'
}

export function textsOf(language: Language): Texts {
  return language === 'ru' ? ru : en
}
