// Who may import what: each arrow that the architecture forbids is refused by the linter, each one it allows passes.
import { resolve } from 'node:path'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const eslint = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] })

async function findRefusals(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: resolve(root, filePath) })
  const fatal = result?.messages.find((message) => message.fatal)
  if (fatal || !result) throw new Error(fatal?.message ?? `${filePath} was not linted`)
  return result.messages.map(({ ruleId }) => ruleId ?? '').filter((rule) => rule.startsWith('no-restricted-'))
}

/** In each form in which a module can be named. */
function forms(module: string): [string, string][] {
  return [
    [`import { x } from '${module}'\nexport const y = x`, 'no-restricted-imports'],
    [`export * from '${module}'`, 'no-restricted-imports'],
    [`export const y = await import('${module}')`, 'no-restricted-syntax'],
  ]
}

const refused: [file: string, module: string][] = [
  ['main/contract/exports.ts', 'node:fs'],
  ['main/contract/exports.ts', '#core/ports.ts'],
  ['main/contract/exports.ts', '../core/ports.ts'],
  ['main/contract/exports.ts', 'undici'],
  ['main/core/create-core.ts', 'electron'],
  ['main/core/create-core.ts', '../cli/index.ts'],
  ['main/core/exports/run-item.ts', 'electron'],
  ['main/core/exports/run-item.ts', 'electron/main'],
  ['main/core/exports/run-item.ts', 'fs'],
  ['main/core/exports/run-item.ts', '../../electron/index.ts'],
  ['main/core/exports/run-item.ts', '../../browser/index.ts'],
  ['main/core/exports/run-item.ts', '../../cli/index.ts'],
  ['main/core/exports/run-item.ts', '../../../renderer/main.ts'],
  ['main/core/exports/run-item.ts', '../../../tests/site/world.ts'],
  ['main/core/exports/run-item.ts', '../servers/vms/client.ts'],
  ['main/core/exports/run-item.ts', '#core/servers/vms/client.ts'],
  ['main/core/servers/vms/client.ts', '../../exports/journal.ts'],
  ['main/cli/index.ts', 'electron'],
  ['main/cli/index.ts', '../electron/index.ts'],
  ['main/cli/commands/export.ts', '../../browser/index.ts'],
  ['main/cli/commands/export.ts', '../../../renderer/main.ts'],
  ['main/browser/index.ts', '../cli/index.ts'],
  ['main/browser/index.ts', 'electron'],
  ['main/electron/index.ts', '../browser/index.ts'],
  ['main/electron/index.ts', '../../renderer/main.ts'],
  ['preload/index.ts', 'zod'],
  ['preload/index.ts', 'node:fs'],
  ['preload/index.ts', '#contract/index.ts'],
  ['renderer/main.ts', 'electron'],
  ['renderer/main.ts', 'node:fs'],
  ['renderer/main.ts', '#core/ports.ts'],
  ['renderer/api/client.ts', '../../main/core/ports.ts'],
  ['tests/site/world.ts', '#core/ports.ts'],
  ['tests/site/world.ts', '#contract/index.ts'],
  ['tests/site/api/openapi.ts', '../../../main/core/ports.ts'],
]

const allowed: [file: string, module: string][] = [
  ['main/contract/exports.ts', 'zod'],
  ['main/contract/exports.ts', './errors.ts'],
  ['main/core/exports/run-item.ts', '#contract/exports.ts'],
  ['main/core/exports/run-item.ts', '../../contract/exports.ts'],
  ['main/core/exports/run-item.ts', 'node:fs'],
  ['main/core/exports/run-item.ts', 'undici'],
  ['main/core/exports/run-item.ts', '../ports.ts'],
  ['main/core/exports/run-item.ts', '#core/ports.ts'],
  ['main/core/exports/run-item.ts', './journal.ts'],
  ['main/core/exports/run-item.ts', '#core/exports/journal.ts'],
  ['main/core/exports/run-item.ts', '../servers/index.ts'],
  ['main/core/exports/run-item.ts', '#core/servers/index.ts'],
  ['main/core/servers/vms/client.ts', '../video-server.ts'],
  ['main/core/servers/vms/client.ts', '../../exports/index.ts'],
  ['main/core/create-core.ts', './exports/handlers.ts'],
  ['main/cli/index.ts', '#core/create-core.ts'],
  ['main/cli/commands/export.ts', '../../contract/exports.ts'],
  ['main/cli/index.ts', 'commander'],
  ['main/electron/index.ts', '#core/create-core.ts'],
  ['preload/index.ts', 'electron'],
  ['renderer/main.ts', '#contract/index.ts'],
  ['renderer/main.ts', 'vue'],
  ['tests/site/world.ts', 'node:net'],
  ['tests/integration/exports.test.ts', '#core/create-core.ts'],
  ['tests/integration/exports.test.ts', '../site/world.ts'],
]

describe('import rules', () => {
  test.each(refused)('%s does not import %s', async (file, module) => {
    for (const [code, rule] of forms(module)) expect(await findRefusals(file, code), code).toContain(rule)
  })

  test.each(allowed)('%s may import %s', async (file, module) => {
    for (const [code] of forms(module)) expect(await findRefusals(file, code), code).toEqual([])
  })

  test('preload takes types of the contract', async () => {
    const code = "import type { calls } from '#contract/index.ts'\nexport type Calls = typeof calls"
    expect(await findRefusals('preload/index.ts', code)).toEqual([])
  })

  test('import() takes literals only', async () => {
    const code = 'export const load = (name: string) => import(name)'
    expect(await findRefusals('main/core/exports/run-item.ts', code)).toEqual(['no-restricted-syntax'])
  })

  test('ipcMain has one place, the rest of electron is open to its host', async () => {
    const window = "import { app, BrowserWindow } from 'electron'\nexport const y = [app, BrowserWindow]"
    expect(await findRefusals('main/electron/index.ts', window)).toEqual([])
    const code = "import { app, ipcMain } from 'electron'\nexport const y = [app, ipcMain]"
    expect(await findRefusals('main/electron/index.ts', code)).toEqual(['no-restricted-imports'])
    expect(await findRefusals('main/electron/ipc-transport.ts', code)).toEqual([])
  })

  test('set-up scripts use nothing that has to be installed', async () => {
    expect(await findRefusals('scripts/setup.mjs', "import { z } from 'zod'\nexport const y = z")).toHaveLength(1)
    expect(await findRefusals('scripts/setup.mjs', "import { join } from 'node:path'\nexport const y = join")).toEqual(
      [],
    )
  })
})
