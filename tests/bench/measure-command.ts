// Runs a command of others and measures it: wall time here, processor time by bash. Without a shell in between for arguments.
import { spawn } from 'node:child_process'
import type { Measurement } from './statistics.ts'

/** Bash's own `time`; the command and its arguments are passed as they are. */
const timed = 'TIMEFORMAT="%U %S"; { time "$@" 2>/dev/null >/dev/null; } 2>&1'

/** Each command after the other; rejects when one fails. */
export async function measureCommands(commands: readonly (readonly string[])[]): Promise<Measurement> {
  const total: Measurement = { wallMs: 0, cpuMs: 0, rssMb: null }
  for (const command of commands) {
    const startedMs = performance.now()
    const { code, output } = await runTimed(command)
    total.wallMs += performance.now() - startedMs
    if (code !== 0) throw new Error(`${command[0]} failed with exit code ${code}`)
    const [user = 0, system = 0] = output.trim().split(/\s+/).map(Number)
    total.cpuMs = (total.cpuMs ?? 0) + (user + system) * 1000
  }
  return total
}

function runTimed(command: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', timed, 'bash', ...command], { stdio: ['ignore', 'pipe', 'ignore'] })
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    child.on('error', reject).on('close', (code) => resolve({ code, output }))
  })
}

/** The first of PATH, or null. */
export function findProgram(name: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-c', 'command -v "$1"', 'bash', name], { stdio: ['ignore', 'pipe', 'ignore'] })
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    child.on('error', () => resolve(null)).on('close', (code) => resolve(code === 0 ? output.trim() : null))
  })
}
