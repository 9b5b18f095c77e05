// The evidence of a batch: manifest.json and SHA256SUMS, how they are made and written, and the check of a folder.
export { buildManifest } from './build-manifest.ts'
export type { BatchFacts, ItemFacts } from './build-manifest.ts'
export { formatManifest, readManifest } from './manifest.ts'
export type { Manifest, ManifestItem } from './manifest.ts'
export { buildSums, listSums, parseSums } from './sums.ts'
export { verifyFolder } from './verify-folder.ts'
export { writeManifest, writeSums } from './write.ts'
