// The plugins of the build: a worker line means the same from source and from the bundle, and Electron stays with its host.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'vite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeWorkers, onlyElectronHost } from '../../electron.vite.config.ts'

const run = promisify(execFile)
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-plugins-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, lines: string[]): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), `${lines.join('\n')}\n`)
}

async function bundle(entry: string): Promise<void> {
  await build({
    configFile: false,
    root: folder,
    logLevel: 'silent',
    plugins: [onlyElectronHost(folder), nodeWorkers()],
    build: {
      ssr: true,
      target: 'node20.18',
      outDir: 'out',
      rolldownOptions: {
        external: ['electron'],
        input: { app: join(folder, entry) },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  })
}

async function output(path: string): Promise<string> {
  return (await run(process.execPath, [join(folder, path)], { timeout: 15_000 })).stdout.trim()
}

function startLines(line: string): string[] {
  return [
    "import { Worker } from 'node:worker_threads'",
    'export function hash(text: string): void {',
    `  const worker = ${line}`,
    "  worker.once('message', (message) => console.log(message))",
    '}',
  ]
}

const workerLine = "new Worker(new URL('./hash.worker.ts', import.meta.url), { workerData: text })"

test('a worker line runs from source and from the bundle, from the entry and from a chunk', async () => {
  write('src/upper.ts', ['export const upper = (text: string): string => text.toUpperCase()'])
  write('src/feature/hash.worker.ts', [
    "import { parentPort, workerData } from 'node:worker_threads'",
    "import { upper } from '../upper.ts'",
    'parentPort?.postMessage(upper(workerData as string))',
  ])
  write('src/feature/hash.ts', startLines(workerLine))
  write('src/static.ts', ["import { hash } from './feature/hash.ts'", "hash('entry')"])
  write('src/lazy.ts', ["const { hash } = await import('./feature/hash.ts')", "hash('chunk')"])

  for (const [entry, expected] of [
    ['src/static.ts', 'ENTRY'],
    ['src/lazy.ts', 'CHUNK'],
  ] as const) {
    expect(await output(entry)).toBe(expected)
    await bundle(entry)
    expect(await output('out/app.js')).toBe(expected)
  }
})

test('a worker named in a way that cannot be built fails the build', async () => {
  write('src/hash.worker.ts', ['export {}'])
  write('src/app.ts', startLines('new Worker(new URL(`./hash.worker.ts`, import.meta.url), { workerData: text })'))
  await expect(bundle('src/app.ts')).rejects.toThrow(/cannot be built/)
})

test.each(["import { app } from 'electron'\nconsole.log(app)", "void import('electron/main')"])(
  'outside its host, %j fails the build',
  async (code) => {
    write('src/inner.ts', [code])
    write('src/app.ts', ["import './inner.ts'"])
    await expect(bundle('src/app.ts')).rejects.toThrow(/inner\.ts imports electron/)
  },
)

test('the Electron host may import electron, and nothing may import that host', async () => {
  write('main/electron/index.ts', ["import { app } from 'electron'", 'console.log(app)'])
  await bundle('main/electron/index.ts')
  write('src/app.ts', ["import '../main/electron/index.ts'"])
  await expect(bundle('src/app.ts')).rejects.toThrow(/app\.ts imports .*main.electron/)
})
