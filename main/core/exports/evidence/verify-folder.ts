// Says whether a batch folder is still what was written: offline, on any machine. Knows hashes; no servers, no database.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { Verification } from '#contract/exports.ts'
import { judgeEvidence } from './judge-evidence.ts'
import type { EvidenceTexts, ExpectedFile } from './judge-evidence.ts'
import { listFiles } from './list-files.ts'
import type { FoundFile } from './list-files.ts'
import { manifestName } from './manifest.ts'
import { sumsName } from './sums.ts'

export interface VerifyContext {
  /** SHA-256 of a file in lower-case hexadecimal. `onProgress` gets the bytes done so far. */
  hashFile: (path: string, context: { signal: AbortSignal; onProgress: (doneBytes: number) => void }) => Promise<string>
  signal: AbortSignal
  onProgress?: (progress: { doneBytes: number; totalBytes: number }) => void
}

/** Beyond this a text does not fit a string of V8; 100,000 items stay far below. */
const largestText = 500_000_000

/**
 * Hashes every file of the manifest and of SHA256SUMS, and names what is changed, missing or added. Follows no link and
 * never reads outside the folder. Errors: not-found (no such folder, or no evidence in it), forbidden, cancelled.
 */
export async function verifyFolder(folder: string, context: VerifyContext): Promise<Verification> {
  const found = await listFiles(folder, context.signal)
  const byPath = new Map(found.map((file) => [file.path.normalize('NFC'), file]))
  for (const file of found) byPath.set(file.path, file)
  const judgement = judgeEvidence(await readTexts(folder, byPath))
  if (judgement === null) {
    throw new AppError(
      'not-found',
      `${folder} holds neither ${manifestName} nor ${sumsName}: it is not an export, or one that has not finished anything yet.`,
      { details: { reason: 'no-evidence', path: folder } },
    )
  }
  const lookUp = (path: string): FoundFile | undefined => byPath.get(path) ?? byPath.get(path.normalize('NFC'))
  const present = judgement.expected.flatMap((expected) => {
    const file = lookUp(expected.path)
    return file ? [{ expected, file }] : []
  })
  const changed = await findChanged(folder, present, context)
  const known = new Set<FoundFile | undefined>(present.map(({ file }) => file))
  for (const name of [manifestName, sumsName]) known.add(byPath.get(name))
  const missing = judgement.expected.filter(({ path }) => !lookUp(path)).map(({ path }) => path)
  const added = judgement.isComplete ? found.filter((file) => !known.has(file)).map(({ path }) => path) : []
  return {
    destination: folder,
    checked: present.length + [manifestName, sumsName].filter((name) => byPath.has(name)).length,
    changed: [...changed, ...judgement.changed].sort(),
    missing: [...missing, ...judgement.missing].sort(),
    added: added.sort(),
    isIntact: [changed, missing, added, judgement.changed, judgement.missing].every((list) => list.length === 0),
  }
}

async function findChanged(
  folder: string,
  present: readonly { expected: ExpectedFile; file: FoundFile }[],
  { hashFile, signal, onProgress }: VerifyContext,
): Promise<string[]> {
  const changed: string[] = []
  const totalBytes = present.reduce((sum, { file }) => sum + file.sizeBytes, 0)
  let finishedBytes = 0
  for (const { expected, file } of present) {
    if (signal.aborted) throw new AppError('cancelled', 'Cancelled.')
    const report = (bytes: number): void => onProgress?.({ doneBytes: finishedBytes + bytes, totalBytes })
    const canDiffer = expected.sizeBytes !== null && expected.sizeBytes !== file.sizeBytes
    const isSame =
      file.isRegular &&
      !canDiffer &&
      (await hashFile(join(folder, file.path), { signal, onProgress: report })) === expected.sha256
    if (!isSame) changed.push(expected.path)
    finishedBytes += file.sizeBytes
    report(0)
  }
  return changed
}

async function readTexts(folder: string, byPath: ReadonlyMap<string, FoundFile>): Promise<EvidenceTexts> {
  const read = async (name: string): Promise<Buffer | 'unreadable' | null> => {
    const file = byPath.get(name)
    if (!file) return null
    return file.isRegular && file.sizeBytes <= largestText ? readFile(join(folder, name)) : 'unreadable'
  }
  const toText = (content: Buffer | 'unreadable' | null): string | null =>
    content === null ? null : content === 'unreadable' ? '' : content.toString('utf8')
  const manifest = await read(manifestName)
  const sums = await read(sumsName)
  const manifestSha256 = Buffer.isBuffer(manifest) ? createHash('sha256').update(manifest).digest('hex') : ''
  return { manifest: toText(manifest), manifestSha256, sums: toText(sums) }
}
