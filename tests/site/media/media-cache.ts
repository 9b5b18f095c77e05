// Media files made on demand and kept on disk, the least recently used ones removed when they grow too many.
// Knows nothing of HTTP. Several processes may share the folder: files appear whole, by rename.
import { open, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { SiteCamera } from '../world.ts'
import { createFileShelf } from './file-shelf.ts'
import { joinPieces } from './join-pieces.ts'
import { makePiece } from './make-piece.ts'
import { chooseContainer, mediaKey, pieceKey, splitIntoPieces, type FrameSpan, type MediaSpec } from './media-spec.ts'
import { createLimiter } from './shared-work.ts'
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

/** Each camera's tone is made once. */
function createToneFinder(ffmpeg: string, folder: string): (camera: SiteCamera) => Promise<Tone> | null {
  const tones = new Map<number, Promise<Tone>>()
  return ({ number, audio }) => {
    if (audio === 'none') return null
    const known = tones.get(number)
    if (known !== undefined) return known
    // Not aborted with the first one to ask: it takes a moment only, and others will want it.
    const made = makeTone({ ffmpeg, folder, camera: number, audio, signal: new AbortController().signal })
    made.catch(() => tones.delete(number))
    tones.set(number, made)
    return made
  }
}

export function createMediaCache(options: MediaCacheOptions): MediaCache {
  const { folder, ffmpeg } = options
  const shelf = createFileShelf(options)
  const limiter = createLimiter(options.encoders ?? 2)
  const findTone = createToneFinder(ffmpeg, folder)

  async function ensurePiece(spec: MediaSpec, span: FrameSpan, signal: AbortSignal): Promise<string> {
    const { camera, variant } = spec
    const name = `${pieceKey(camera, span, variant)}.piece`
    await shelf.ensure(name, signal, (file, stop) =>
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
      await shelf.ensure(name, signal, (file, stop) => makeFile(spec, file, stop))
      const handle = await open(path.join(folder, name), 'r')
      return { handle, sizeBytes: (await handle.stat()).size, key }
    },
  }
}
