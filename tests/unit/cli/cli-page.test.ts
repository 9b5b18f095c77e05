// The reference page of the command line: every flag, variable, plan key, JSON key and exit code of the program is in it.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { optionsSchema, caseSchema } from '#contract/exports.ts'
import { parsePlan } from '#core/exports/order/index.ts'
import { exitCodes } from '../../../main/cli/exit-code.ts'
import { createProgram } from '../../../main/cli/program.ts'
import { itemLine, summaryLine } from '../../../main/cli/report/json-lines.ts'
import { en } from '../../../main/cli/texts/en.ts'
import { ru } from '../../../main/cli/texts/ru.ts'
import { makeBatch, makeItem } from './fake-core.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/cli.md'), 'utf8')
const nothing = (): Promise<void> => Promise.resolve()
const actions = {
  export: nothing,
  resume: nothing,
  verify: nothing,
  cameras: nothing,
  clock: nothing,
  history: nothing,
  servers: nothing,
}
const blocks = (language: string): string[] =>
  [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].flatMap(([, name, text = '']) => (name === language ? [text] : []))

describe('docs/cli.md', () => {
  it('has every command and every flag', () => {
    const program = createProgram(en, '0', actions)
    const flags = program.commands.flatMap((command) => command.options.map(({ long }) => long ?? ''))
    expect(new Set(flags).size).toBeGreaterThan(30)
    const isThere = (word: string): boolean => new RegExp(`\`${word}[\`, ]`).test(page)
    expect(flags.filter((flag) => !isThere(flag))).toEqual([])
    expect(program.commands.map((command) => command.name()).filter((name) => !isThere(name))).toEqual([])
  })

  it('has every variable that the help names, in both languages', () => {
    for (const { credentials } of [en, ru])
      for (const variable of credentials.match(/WATCHROOM_\w+/g) ?? []) expect(page).toContain(`\`${variable}\``)
  })

  it('shows a plan that can be read, with every key', () => {
    const text = blocks('json')[0]?.replace('ab12…64 hexadecimal digits', 'ab'.repeat(32)) ?? ''
    const plan = parsePlan(JSON.parse(text))
    expect(Object.keys(plan.options ?? {}).sort()).toEqual(Object.keys(optionsSchema.shape).sort())
    expect(Object.keys(plan.case ?? {}).sort()).toEqual(Object.keys(caseSchema.shape).sort())
  })

  it('shows lines as they are printed', () => {
    const lines = blocks('')
      .flatMap((block) => block.trim().split('\n'))
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const keysOf = (event: string): string[] =>
      Object.keys(lines.find((line) => line['event'] === event && !('error' in line)) ?? {})
    expect(keysOf('item')).toEqual(Object.keys(itemLine(makeItem(0, { kind: 'queued' }))))
    expect(keysOf('summary')).toEqual(Object.keys(summaryLine(makeBatch('/', []))))
    expect(new Set(lines.map((line) => line['event'])).size).toBe(8)
  })

  it('has every exit code', () => {
    const table = page.slice(page.indexOf('## Exit codes'))
    for (const code of Object.values(exitCodes)) expect(table).toMatch(new RegExp(`\\b${code}\\b`))
  })
})
