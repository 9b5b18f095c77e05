// Which of the two evidence files can be believed, and what the folder must hold by it. Pure.
import { manifestName, readManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { isSafePath } from '../paths.ts'
import { buildSums, listSums, parseSums, sumsName } from './sums.ts'
import type { Sum } from './sums.ts'

export interface EvidenceTexts {
  /** Null: not there. Empty: there, but not to be read. */
  manifest: string | null
  manifestSha256: string
  sums: string | null
}

export interface ExpectedFile extends Sum {
  /** Null: only the manifest knows it. */
  sizeBytes: number | null
}

export interface EvidenceJudgement {
  expected: ExpectedFile[]
  /** Of the evidence files themselves. */
  changed: string[]
  missing: string[]
  /** False: nothing says what belongs in the folder, so nothing can be called added. */
  isComplete: boolean
}

/** Different contents have SHA-256 that differ in about 60 of 64 digits; fewer than this is a hash written wrong. */
const digitsOfAnotherFile = 24

/** Null when there is neither file. The files are listed by the one that is right when the other one was changed. */
export function judgeEvidence(texts: EvidenceTexts): EvidenceJudgement | null {
  if (texts.manifest === null && texts.sums === null) return null
  const listed = parseSums(texts.sums ?? '')
  const stated = listed.find(({ path }) => path === manifestName)?.sha256 ?? null
  const manifest = texts.manifest === null ? null : readManifest(texts.manifest)
  const believed = manifest && isSameFile(stated, texts.manifestSha256) ? manifest : null
  const isSumsRight = texts.sums !== null && texts.sums === rebuildSums(believed, texts.manifestSha256, listed)
  return {
    expected: believed ? filesOf(believed) : filesIn(listed),
    changed: [
      ...(texts.manifest !== null && !believed ? [manifestName] : []),
      ...(texts.sums !== null && !isSumsRight ? [sumsName] : []),
    ],
    missing: [...(texts.manifest === null ? [manifestName] : []), ...(texts.sums === null ? [sumsName] : [])],
    isComplete: believed !== null || isSumsRight,
  }
}

/** Also true when SHA256SUMS says nothing of the manifest, or something that is nearly its hash: then that file was changed. */
function isSameFile(stated: string | null, actual: string): boolean {
  if (stated === null) return true
  return [...stated].filter((digit, at) => digit !== actual[at]).length < digitsOfAnotherFile
}

/** What SHA256SUMS must say by the manifest; without one, its own lines in the form that this product writes. */
function rebuildSums(manifest: Manifest | null, manifestSha256: string, listed: readonly Sum[]): string {
  if (manifest) return buildSums(listSums(manifest, { path: manifestName, sha256: manifestSha256 }))
  return buildSums(listed.filter(({ path }) => isSafePath(path)))
}

function filesOf(manifest: Manifest): ExpectedFile[] {
  return manifest.items.flatMap((item) =>
    item.files.map(({ path, sha256, sizeBytes }) => ({ path, sha256, sizeBytes })),
  )
}

function filesIn(listed: readonly Sum[]): ExpectedFile[] {
  return listed
    .filter(({ path }) => path !== manifestName && isSafePath(path))
    .map(({ path, sha256 }) => ({ path, sha256, sizeBytes: null }))
}
