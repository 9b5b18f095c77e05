// One program at a time works on a batch: `.watchroom/owner` in its folder. Keeps two programs off one batch, and asks
// for nothing but a file system, since the folder may be a USB stick or a share.
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#contract/errors.ts'
import type { ClockPort } from '#core/ports.ts'
import { privateFolder } from './paths.ts'

const ownerSchema = z.object({ token: z.string(), host: z.string(), pid: z.number().int(), beat: z.number().int() })
type OwnerNote = z.infer<typeof ownerSchema>

export interface OwnerOptions {
  host: string
  pid: number
  token: string
  heartbeatMs: number
  clock: ClockPort
  /** Whether a process of this host lives. */
  isAlive(pid: number): boolean
  /** Called once when another program has taken the batch over: stop at once, write nothing more. */
  onLost(): void
}

export interface Ownership {
  /** False when another program has taken the folder over, or after the release. */
  isHeld(): boolean
  /** Ends the heartbeat and removes the note, if it is still ours. */
  release(): Promise<void>
}

/**
 * Takes a batch folder. A note of a dead process of this host is taken over at once, one of another host when its
 * heartbeat has stood still for three beats (clocks of two hosts are never compared). Errors: already-exists (another
 * program works on it), those of the disk, cancelled.
 */
export async function takeOwnership(
  destination: string,
  options: OwnerOptions,
  signal: AbortSignal,
): Promise<Ownership> {
  const path = join(destination, privateFolder, 'owner')
  await mkdir(dirname(path), { recursive: true })
  const note: OwnerNote = { token: options.token, host: options.host, pid: options.pid, beat: 0 }
  let abandoned: OwnerNote | null = null
  if (!(await createNote(path, note))) {
    const found = await waitUntilAbandoned(path, options, signal)
    if (found !== 'released') {
      abandoned = found
      if (!(await removeAbandoned(path, abandoned, options.token))) throw inUse(destination, await readNote(path))
    }
    if (!(await createNote(path, note))) throw inUse(destination, await readNote(path))
  }
  await sweepNotes(path, abandoned, options)
  return keepAlive(path, note, options)
}

/** Of several programs that found the same dead owner one moves its note away; false for the others. */
async function removeAbandoned(path: string, abandoned: OwnerNote | null, token: string): Promise<boolean> {
  const aside = `${path}.${token}`
  if (!(await moveNote(path, aside))) return false
  const moved = await readNote(aside)
  if (moved?.token === abandoned?.token) {
    await rm(aside, { force: true })
    return true
  }
  // It was the note of a program that was faster: it gets it back, or has swept it away.
  await moveNote(aside, path)
  return false
}

/** False when it is gone. */
async function moveNote(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

/** Removes notes that dead programs were just writing or moving; a note of a living one may be on its way back. */
async function sweepNotes(path: string, abandoned: OwnerNote | null, options: OwnerOptions): Promise<void> {
  const folder = dirname(path)
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(`${basename(path)}.`))
  for (const name of names) {
    const note = await readNote(join(folder, name))
    const isDead =
      note === null || note.token === abandoned?.token || (note.host === options.host && !options.isAlive(note.pid))
    if (isDead) await rm(join(folder, name), { force: true }).catch(() => undefined)
  }
}

async function createNote(path: string, note: OwnerNote): Promise<boolean> {
  try {
    await writeInto(path, 'wx', note)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function writeNote(path: string, note: OwnerNote): Promise<void> {
  const fresh = `${path}.${note.token}`
  await writeInto(fresh, 'w', note)
  await rename(fresh, path)
}

async function writeInto(path: string, flags: 'w' | 'wx', note: OwnerNote): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.writeFile(JSON.stringify(note))
  } finally {
    await handle.close()
  }
}

async function readNote(path: string): Promise<OwnerNote | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return ownerSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** The note that was left behind (null: unreadable), or that there is none any more. Errors: already-exists when its owner lives. */
async function waitUntilAbandoned(
  path: string,
  options: OwnerOptions,
  signal: AbortSignal,
): Promise<OwnerNote | null | 'released'> {
  const seen = await readNote(path)
  if (seen?.host === options.host && !options.isAlive(seen.pid)) return seen
  const triesPerBeat = 4
  for (let tries = 0; tries < 3 * triesPerBeat + 1; tries += 1) {
    await options.clock.sleep(options.heartbeatMs / triesPerBeat, signal)
    if (!existsSync(path)) return 'released'
    const now = await readNote(path)
    const isMoving = now !== null && (now.token !== seen?.token || now.beat !== seen.beat)
    if (isMoving) throw inUse(dirname(dirname(path)), now)
  }
  return seen
}

function inUse(destination: string, note: OwnerNote | null): AppError {
  const who = note ? ` (process ${note.pid} on ${note.host})` : ''
  return new AppError(
    'already-exists',
    `Another program works on ${destination}${who}. Nothing was changed; let it finish, or end it first.`,
    { details: { reason: 'in-use', path: destination, ...(note ? { pid: note.pid, host: note.host } : {}) } },
  )
}

function keepAlive(path: string, note: OwnerNote, options: OwnerOptions): Ownership {
  let isHeld = true
  let beating: Promise<void> = Promise.resolve()

  async function beat(): Promise<void> {
    const current = await readNote(path)
    if (!isHeld) return
    if (current && current.token !== note.token) {
      isHeld = false
      clearInterval(timer)
      options.onLost()
      return
    }
    note.beat += 1
    // A destination that is unplugged for a while must not end the program: the next beat tries again.
    await writeNote(path, note).catch(() => undefined)
  }

  const timer = setInterval(() => {
    beating = beating.then(beat)
  }, options.heartbeatMs)
  timer.unref()

  return {
    isHeld: () => isHeld,
    async release() {
      clearInterval(timer)
      const wasHeld = isHeld
      isHeld = false
      await beating
      if (wasHeld && (await readNote(path))?.token === note.token) await rm(path, { force: true })
    },
  }
}
