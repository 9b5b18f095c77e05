// Runs a program with a time limit, its output going to a log. Built-ins only, runs on Node 20.
// Must not know what the program is for.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'

const tailChars = 65_536
const running = new Set()
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

/** While programs run, this process takes them with it when it is told to end. */
function endAll(signal) {
  for (const child of running) killTree(child)
  process.exit(exitCodes[signal])
}

function watch(child) {
  if (running.size === 0) for (const signal of Object.keys(exitCodes)) process.on(signal, endAll)
  running.add(child)
}

function unwatch(child) {
  running.delete(child)
  if (running.size === 0) for (const signal of Object.keys(exitCodes)) process.off(signal, endAll)
}

/**
 * Ends with `{ ok, output, reason }`, never throws: `output` is the end of both streams, `reason` one line saying why it is
 * not ok. A program over its limit is killed with all that it started.
 */
export function runProgram(command, args, { cwd, env, timeoutMs, logPath, shell = false }) {
  return new Promise((resolve) => {
    let output = ''
    let isTimedOut = false
    const child = spawn(command, args, {
      cwd,
      env,
      shell,
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    watch(child)
    const collect = (chunk) => {
      output = (output + chunk).slice(-tailChars)
      if (logPath) appendFileSync(logPath, chunk)
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    const timer = setTimeout(() => {
      isTimedOut = true
      killTree(child)
    }, timeoutMs)
    const end = (ok, reason) => {
      clearTimeout(timer)
      unwatch(child)
      resolve({ ok, output, reason })
    }
    child.on('error', (error) => end(false, `${command}: ${error.message}`))
    child.on('close', (code, signal) => {
      if (isTimedOut) end(false, `no end after ${Math.round(timeoutMs / 1000)} s`)
      else end(code === 0, errorLine(output) ?? `exit code ${code ?? signal}`)
    })
  })
}

/** What of a program's output says most about its failure: the first line that tells of an error in words. */
function errorLine(output) {
  const lines = output.split('\n').map((line) => /^(?:npm error|npm ERR!|E:|error:?) (.+)/i.exec(line.trim())?.[1])
  const words = lines.find(
    (line) =>
      line &&
      !/^(code|syscall|path|dest|errno|network|A complete log|Exit handler|This is an error with npm) /.test(line),
  )
  return words?.slice(0, 200)
}

function killTree(child) {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // already gone
  }
}
