// Runs a program with a time limit, its output going to a log. Built-ins only, runs on Node 20.
// Must not know what the program is for.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'

const tailChars = 16_384
const running = new Set()

for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.on(signal, () => {
    for (const child of running) killTree(child, 'SIGKILL')
    process.exit(code)
  })
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
    running.add(child)
    const collect = (chunk) => {
      output = (output + chunk).slice(-tailChars)
      if (logPath) appendFileSync(logPath, chunk)
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    const timer = setTimeout(() => {
      isTimedOut = true
      killTree(child, 'SIGKILL')
    }, timeoutMs)
    const end = (ok, reason) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ ok, output, reason })
    }
    child.on('error', (error) => end(false, `${command}: ${error.message}`))
    child.on('close', (code, signal) => {
      if (isTimedOut) end(false, `no end after ${Math.round(timeoutMs / 1000)} s`)
      else end(code === 0, errorLine(output) ?? `exit code ${code ?? signal}`)
    })
  })
}

/** What of a program's output says most about its failure: its first line that looks like an error. */
function errorLine(output) {
  const lines = output.split('\n').map((line) => line.trim())
  const error = lines.find((line) => /^(npm (ERR!|error)|E:|error|fatal)/i.test(line) && !/ code E| code \d/.test(line))
  return error?.slice(0, 200)
}

function killTree(child, signal) {
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // already gone
  }
}
