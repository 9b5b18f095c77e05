#!/usr/bin/env node
// Starts the built command line on a Node that has node:sqlite. Must not know any command of it.
// Built-ins only; runs on Node 20, to say so in one line if nothing newer is there.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'out', 'main', 'cli.js')

function hasSqlite(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 13)
}

function fail(text) {
  process.stderr.write(`watchroom: ${text}\n`)
  process.exitCode = 1
}

/** Ends as the child ends. A terminal sends its Ctrl-C to both; any other signal to this process is passed on. */
function runOn(node) {
  const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  child.on('error', (error) => fail(`${node} does not start: ${error.message}`))
  child.on('close', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
  })
}

const pinned = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

if (!existsSync(cli)) fail('not built yet: run "npm run setup", then "npm run build"')
else if (hasSqlite(process.versions.node)) {
  process.argv[1] = cli
  await import(pathToFileURL(cli).href)
} else if (existsSync(pinned)) runOn(pinned)
else fail(`needs Node 22.13 or newer (this is ${process.versions.node}): run "npm run setup" once`)
