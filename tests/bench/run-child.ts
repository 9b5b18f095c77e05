// Builds our side of a bench the way it is shipped (type stripping would cost memory that no user pays), and runs it.
import { fork } from 'node:child_process'
import path from 'node:path'
import { build } from 'vite'
import { nodeWorkers } from '../../electron.vite.config.ts'
import type { ChildReport, ChildTask } from './fetch-child.ts'
import type { Measurement } from './statistics.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** Returns the file to run. Inside the repository, so that packages are found. */
export async function buildChild(): Promise<string> {
  const outDir = path.join(root, '.cache/bench')
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    plugins: [nodeWorkers()],
    build: {
      ssr: true,
      target: 'node20.18',
      outDir,
      emptyOutDir: true,
      rolldownOptions: {
        input: { child: path.join(import.meta.dirname, 'fetch-child.ts') },
        output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' },
      },
    },
  })
  return path.join(outDir, 'child.mjs')
}

/** Starts the child, lets it warm up, and measures the task alone. */
export function measureChild(program: string, task: ChildTask): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    let measurement: Measurement | null = null
    child.on('message', (report: ChildReport) => {
      if (report.kind === 'ready') child.send('go')
      else measurement = { wallMs: report.wallMs, cpuMs: report.cpuMs, rssMb: report.rssMb }
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (measurement !== null && code === 0) resolve(measurement)
      else reject(new Error(`our side failed with exit code ${code}`))
    })
    child.send(task)
  })
}
