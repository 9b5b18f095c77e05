// Keeps half-computed digests between the attempts of a download, so that a resumed file is not read again from its beginning.
import type { ByteRange } from './byte-ranges.ts'
import { measurePrefix } from './byte-ranges.ts'
import type { GrowingHash } from './create-hasher.ts'
import type { FetchRequest } from './fetch-request.ts'
import type { Validator } from './validator.ts'

export interface ParkedHashes {
  /** Takes out the digest that an earlier attempt at the same bytes left; null: begin anew. */
  take(request: FetchRequest): GrowingHash | null
  /** Keeps it for a next attempt at the same bytes; without a witness for them there is none, and it is dropped. */
  park(file: string, hash: GrowingHash, witness: { validator: Validator; totalBytes: number } | null): void
}

interface Parked {
  hash: GrowingHash
  key: string
}

/** Keeps at most `most`; the oldest is dropped. */
export function createParkedHashes(most: number): ParkedHashes {
  const parked = new Map<string, Parked>()

  function remove(file: string): Parked | undefined {
    const entry = parked.get(file)
    parked.delete(file)
    return entry
  }

  return {
    take({ file, resume }) {
      const entry = remove(file)
      if (entry === undefined) return null
      if (resume !== null && entry.key === keyOf(resume) && covers(resume.finished, entry.hash)) return entry.hash
      entry.hash.drop()
      return null
    },
    park(file, hash, witness) {
      remove(file)?.hash.drop()
      if (witness === null) return hash.drop()
      hash.park()
      parked.set(file, { hash, key: keyOf(witness) })
      const [oldest] = parked.keys()
      if (parked.size > most && oldest !== undefined) remove(oldest)?.hash.drop()
    },
  }
}

function keyOf({ validator, totalBytes }: { validator: Validator; totalBytes: number }): string {
  return JSON.stringify([validator.kind, validator.value, totalBytes])
}

/** Bytes that were hashed and are fetched again now must be hashed again, too. */
function covers(finished: readonly ByteRange[], hash: GrowingHash): boolean {
  return measurePrefix(finished) >= hash.allowedBytes()
}
