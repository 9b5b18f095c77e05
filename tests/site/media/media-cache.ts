// Media files made on demand and kept on disk, the least recently used ones removed when they grow too many.
// Knows nothing of HTTP. Several processes may share the folder: files appear whole, by rename.
import { mkdir, open, readdir, rename, rm, stat, utimes, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { SiteCamera } from '../world.ts'
import { joinPieces } from './join-pieces.ts'
import { makePiece } from './make-piece.ts'
import { chooseContainer, mediaKey, pieceKey, splitIntoPieces, type FrameSpan, type MediaSpec } from './media-spec.ts'
import { createLimiter, createSharedWork } from './shared-work.ts'
import { makeTone, type Tone } from './sound.ts'

export interface MediaCacheOptions {
  /** Created when absent; nothing else may be kept in it. */
  readonly folder: string
  readonly ffmpeg: string
  readonly maxBytes: number
  readonly nowMs: () => number
  /** ffmpeg processes that encode at the same time. */
  readonly encoders?: number
}

export interface OpenMedia {
  /** The caller closes it. Stays readable when the file is removed from the cache. */
  readonly handle: FileHandle
  readonly sizeBytes: number
  /** See `mediaKey`. */
  readonly key: string
}

export interface MediaCache {
  /**
   * Makes the file if it is not there, once however many ask at the same time. An abort rejects this caller only; the
   * making stops when nobody waits for it any more, and the pieces already made are kept.
   */
  open(spec: MediaSpec, signal: AbortSignal): Promise<OpenMedia>
}

const temporaryMark = '.part'
const abandonedAfterMs = 3_600_000

/** False when the file is not there; else it now counts as used. */
async function markUsed(file: string, nowMs: number): Promise<boolean> {
  const now = new Date(nowMs)
  return utimes(file, now, now).then(
    () => true,
    () => false,
  )
}

/** Removes what was used longest ago until the rest fits, and what a crashed process left half made. */
export async function trimFolder(folder: string, maxBytes: number, nowMs: number): Promise<void> {
  const names = await readdir(folder)
  const found = await Promise.all(
    names.map(async (name) => ({ name, facts: await stat(path.join(folder, name)).catch(() => null) })),
  )
  const files = found.flatMap(({ name, facts }) =>
    facts === null ? [] : [{ name, size: facts.size, usedMs: facts.mtimeMs }],
  )
  const abandoned = (name: string, usedMs: number) => name.includes(temporaryMark) && usedMs < nowMs - abandonedAfterMs
  let left = files.reduce((sum, file) => sum + file.size, 0)
  for (const { name, size, usedMs } of files.sort((a, b) => a.usedMs - b.usedMs)) {
    const isMade = !name.includes(temporaryMark)
    if (!abandoned(name, usedMs) && !(isMade && left > maxBytes)) continue
    await rm(path.join(folder, name), { force: true })
    left -= size
  }
}

export function createMediaCache(options: MediaCacheOptions): MediaCache {
  const { folder, ffmpeg, nowMs } = options
  const shared = createSharedWork()
  const limiter = createLimiter(options.encoders ?? 2)
  const tones = new Map<number, Promise<Tone>>()

  /** Runs `make` on a temporary name and renames the result; does nothing when the file is there. */
  function ensure(name: string, signal: AbortSignal, make: (file: string, signal: AbortSignal) => Promise<void>) {
    return shared.run(name, signal, async (stop) => {
      const file = path.join(folder, name)
      if (await markUsed(file, nowMs())) return
      await mkdir(folder, { recursive: true })
      const temporary = `${file}.${process.pid}-${Math.random().toString(36).slice(2)}${temporaryMark}`
      try {
        await make(temporary, stop)
        await rename(temporary, file)
      } finally {
        await rm(temporary, { force: true })
      }
      await trimFolder(folder, options.maxBytes, nowMs())
    })
  }

  function findTone({ number, audio }: SiteCamera): Promise<Tone> | null {
    if (audio === 'none') return null
    const known = tones.get(number)
    if (known !== undefined) return known
    // Not aborted with the first one to ask: it takes a moment only, and others will want it.
    const made = makeTone({ ffmpeg, folder, camera: number, audio, signal: new AbortController().signal })
    made.catch(() => tones.delete(number))
    tones.set(number, made)
    return made
  }

  async function ensurePiece(spec: MediaSpec, span: FrameSpan, signal: AbortSignal): Promise<string> {
    const { camera, variant } = spec
    const name = `${pieceKey(camera, span, variant)}.piece`
    await ensure(name, signal, (file, stop) =>
      limiter.run(stop, async () => {
        const tone = await findTone(camera)
        await makePiece({ ffmpeg, camera, span, variant, tone, file, signal: stop })
      }),
    )
    return name
  }

  async function makeFile(spec: MediaSpec, file: string, signal: AbortSignal): Promise<void> {
    const spans = splitIntoPieces(spec.spans)
    const names = await Promise.all(spans.map((span) => ensurePiece(spec, span, signal)))
    const pieces = spans.map((span, index) => ({ name: names[index] ?? '', span }))
    const container = chooseContainer(spec.camera, spec.layout)
    const isHevc = spec.camera.video === 'hevc'
    await joinPieces({ ffmpeg, folder, pieces, container, layout: spec.layout, isHevc, file, signal })
  }

  return {
    async open(spec, signal) {
      const key = mediaKey(spec)
      const name = `${key}.media`
      await ensure(name, signal, (file, stop) => makeFile(spec, file, stop))
      const handle = await open(path.join(folder, name), 'r')
      return { handle, sizeBytes: (await handle.stat()).size, key }
    },
  }
}
