// Builds the hosts into out/main. npm packages stay outside the bundle; the core, the contract and the workers go in.
import { posix, resolve, sep } from 'node:path'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'

const here = import.meta.dirname

/** The oldest Node that a build has to run in; without it electron-vite takes the Node of the installed Electron. */
const oldestNode = 'node20.18'

const workerLine = /(['"])(\.[^'"]+\.worker)\.ts\1(?=, import\.meta\.url)/g

/**
 * Only main/electron may import electron, and nothing outside it may import main/electron: so no other bundle, and no worker,
 * can reach it. Externals would hide such an import until it runs.
 */
export function onlyElectronHost(root = here): Plugin {
  const host = resolve(root, 'main/electron') + sep
  return {
    name: 'only-electron-host',
    apply: 'build',
    moduleParsed(module) {
      if (module.id.startsWith(host)) return
      for (const id of [...module.importedIds, ...module.dynamicallyImportedIds])
        if (/^electron(\/|$)/.test(id) || id.startsWith(host)) this.error(`${module.id} imports ${id}`)
    },
  }
}

/**
 * `new Worker(new URL('./x.worker.ts', import.meta.url))`: the same line runs from source and from the bundle, where x becomes a
 * chunk of its own and the line names that chunk relative to the one it stands in.
 */
export function nodeWorkers(): Plugin {
  return {
    name: 'node-workers',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      if (!code.includes('.worker.ts')) return null
      const replaced = code.replace(workerLine, (_match, _quote, file: string) => {
        const reference = this.emitFile({ type: 'chunk', id: resolve(id, '..', `${file}.ts`) })
        return `'__WORKER_${reference}__'`
      })
      if (/new URL\([^)]*\.worker\.ts/.test(replaced))
        this.error(`${id} names its worker in a way that cannot be built`)
      return { code: replaced, map: null }
    },
    renderChunk(code, chunk) {
      if (!code.includes('__WORKER_')) return null
      const replaced = code.replace(/__WORKER_([\w$]+?)__/g, (_match, reference: string) => {
        return './' + posix.relative(posix.dirname(chunk.fileName), this.getFileName(reference))
      })
      return { code: replaced, map: null }
    },
  }
}

export default defineConfig({
  main: {
    plugins: [onlyElectronHost(), nodeWorkers()],
    build: {
      outDir: 'out/main',
      emptyOutDir: process.env.WATCHROOM_KEEP_OUT === undefined,
      target: oldestNode,
      sourcemap: true,
      rolldownOptions: {
        input: { cli: resolve(here, 'main/cli/index.ts') },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
})
