// Runs all checks of one plan, two at a time, and says in one table which failed. Built-ins only.
// `check` is what a change is tried with (under a minute), `all` is what CI runs.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './run-program.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const lanes = 2

/** Each is a program of node_modules with a time limit. The long ones come first: the lanes end about together. */
const check = [
  step('lint', 'eslint/bin/eslint.js', ['.'], 180),
  step('tests: unit, contract', 'vitest/vitest.mjs', vitest('unit', 'contract'), 300),
  ...projects().map((path) => step(`types: ${path}`, 'typescript/bin/tsc', ['--noEmit', '-p', path], 180)),
  step('format', 'prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.'], 120),
]
const integration = [step('tests: integration', 'vitest/vitest.mjs', vitest('integration'), 20 * 60)]

function step(name, program, args, limitS) {
  return { name, program: join(root, 'node_modules', program), args, timeoutMs: limitS * 1000 }
}

function vitest(...suites) {
  return ['run', ...suites.map((name) => `--project=${name}`)]
}

function projects() {
  return JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).references.map(({ path }) => path)
}

async function run({ name, program, args, timeoutMs }) {
  const startedMs = Date.now()
  const { ok, output, reason } = await runProgram(process.execPath, [program, ...args], { cwd: root, timeoutMs })
  const result = `${ok ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`
  process.stdout.write(ok ? `${result}\n` : `${output}\n${result}: ${reason}\n`)
  return { ok, result }
}

async function runAll(steps) {
  const left = [...steps]
  const done = []
  const lane = async () => {
    for (let next = left.shift(); next; next = left.shift()) done.push(await run(next))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return done
}

const plans = { check: [check], all: [check, integration] }
const plan = plans[process.argv[2]]
if (!plan || !existsSync(join(root, 'node_modules', 'vitest'))) {
  process.stderr.write(
    plan ? 'Not set up yet: run "npm run setup" once\n' : `Plans: ${Object.keys(plans).join(', ')}\n`,
  )
  process.exit(2)
}
const results = []
for (const steps of plan) results.push(...(await runAll(steps)))
const failed = results.filter(({ ok }) => !ok)
if (failed.length > 0) process.stdout.write(`\n${failed.map(({ result }) => result).join('\n')}\n`)
process.exitCode = failed.length > 0 ? 1 : 0
