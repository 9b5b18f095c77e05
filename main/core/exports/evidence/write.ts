// Puts the evidence files into a batch folder: whole or not at all, whatever happens in between.
import { createHash } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { formatManifest, manifestName } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { privateFolder } from '../paths.ts'
import { buildSums, sumsName } from './sums.ts'
import type { Sum } from './sums.ts'

/** Writes manifest.json and gives its line for `writeSums`. Errors: those of the disk, untouched. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<Sum> {
  const text = formatManifest(manifest)
  await replaceFile(folder, manifestName, text)
  return { path: manifestName, sha256: createHash('sha256').update(text).digest('hex') }
}

/** Writes SHA256SUMS over all files of the manifest and the manifest itself. Errors: those of the disk, untouched. */
export async function writeSums(folder: string, files: readonly Sum[]): Promise<void> {
  await replaceFile(folder, sumsName, buildSums(files))
}

/** New content under a working name in the private folder, flushed, renamed over the old, and the folder flushed. */
async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  const working = join(folder, privateFolder, `${name}.new`)
  await makePrivateFolder(folder)
  await rm(working, { force: true })
  const handle = await open(working, 'wx')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(working, join(folder, name))
  await flushFolder(folder)
}

/** Never makes the batch folder itself: where a drive was unplugged, nothing may grow in its place. */
async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(join(folder, privateFolder)).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
}

/** Windows and some network shares cannot flush a folder: the rename is then as durable as they make it. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  if (!handle) return
  try {
    await handle.sync()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP', 'EBADF'].includes(code)) throw error
  } finally {
    await handle.close()
  }
}
