// Fetching one archive: what the export engine may use of this folder.
export type { ByteRange } from './byte-ranges.ts'
export { createFetcher } from './create-fetcher.ts'
export type { Fetcher } from './create-fetcher.ts'
export { fromDiskError } from './disk-error.ts'
export type { FetchEvent, FetchOutcome, FetchRequest } from './fetch-request.ts'
export { hasMedia } from './has-media.ts'
export { hashFile } from './hash-file.ts'
export type { Validator } from './validator.ts'
