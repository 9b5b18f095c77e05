// Makes short recordings with the ffmpeg of this machine, and runs them through everything an export does with them.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  assemble,
  comparePackets,
  inspectContainer,
  planAssembly,
  probeStreams,
  verifyMedia,
} from '#core/exports/media/index.ts'
import type { Assembly, AssemblyOptions, AssemblyPlan, Container, MediaReport } from '#core/exports/media/index.ts'
import { locateFfmpeg } from '#core/ffmpeg/index.ts'

const execute = promisify(execFile)

export const ffmpegPath = (await locateFfmpeg({ settingPath: null, environment: process.env, bundledPath: null })).path

/** Runs ffmpeg as a test needs it, without any of the product's rules. */
export async function makeWith(folder: string, ...args: string[]): Promise<void> {
  await execute(ffmpegPath, ['-nostdin', '-hide_banner', '-v', 'error', '-y', ...args], { cwd: folder })
}

export interface MediaFolder {
  path: string
  file(name: string): string
  remove(): Promise<void>
}

export async function createMediaFolder(): Promise<MediaFolder> {
  const path = await mkdtemp(join(tmpdir(), 'watchroom-media-'))
  return { path, file: (name) => join(path, name), remove: () => rm(path, { recursive: true, force: true }) }
}

export interface Recording {
  name: string
  seconds?: number
  codec?: 'h264' | 'hevc'
  bFrames?: boolean
  audio?: 'aac' | 'pcm_alaw' | 'none'
  /** Pictures and sound between these seconds are left out; the stamps keep the hole. */
  hole?: [number, number]
  /** Muxer options at the end. */
  muxer?: string[]
}

/** 160×90 at 15 pictures a second, a key frame each second. */
export async function record(folder: string, recording: Recording): Promise<void> {
  const { name, seconds = 6, codec = 'h264', bFrames = false, audio = 'aac', hole, muxer = [] } = recording
  const tone = ['-f', 'lavfi', '-i', `sine=r=${audio === 'pcm_alaw' ? 8000 : 16000}:d=${seconds}`]
  const kept = hole ? `lt(t,${hole[0]})+gte(t,${hole[1]})` : '1'
  const video = {
    h264: ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', bFrames ? '2' : '0'],
    hevc: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:keyint=15', '-tag:v', 'hev1'],
  }[codec]
  await makeWith(
    folder,
    ...['-f', 'lavfi', '-i', `testsrc2=s=160x90:r=15:d=${seconds}`],
    ...(audio === 'none' ? [] : tone),
    ...['-vf', `select='${kept}'`, '-fps_mode', 'passthrough'],
    ...(audio === 'none' ? [] : ['-af', `aselect='${kept}'`, '-c:a', audio]),
    ...['-g', '15', ...video, ...muxer, name],
  )
}

export const mp4Options: AssemblyOptions = { container: 'mp4', audio: 'keep' }

export function createContext(more: { decode?: boolean; signal?: AbortSignal } = {}) {
  const signal = more.signal ?? new AbortController().signal
  return { ffmpegPath, environment: process.env, signal, decode: more.decode ?? false }
}

export interface Finished {
  container: Container
  plan: AssemblyPlan
  assembly: Assembly | null
  /** Of the fetched bytes: by the assembling pass, or by verifying them when they are kept. */
  original: MediaReport
  /** Of the finished file; the same as `original` when nothing had to be made. */
  result: MediaReport
  /** What was lost on the way. */
  differences: string[]
  /** Path of the finished file. */
  file: string
}

/** Everything an export does with fetched bytes. Throws what the product throws. */
export async function finishMedia(
  source: string,
  target: string,
  options = mp4Options,
  decode = false,
): Promise<Finished> {
  const context = createContext({ decode })
  const container = await inspectContainer(source)
  const plan = planAssembly(container, await probeStreams(source, container, context), options)
  if (plan.kind === 'keep') {
    const original = await verifyMedia(source, container, context)
    return { container, plan, assembly: null, original, result: original, differences: [], file: source }
  }
  const assembly = await assemble(plan, { ...context, source, container, target })
  const original = decode ? await verifyMedia(source, container, context) : assembly.source
  const result = await verifyMedia(target, await inspectContainer(target), context)
  const differences = comparePackets(original, result, {
    isAudioConverted: assembly.convertedAudio,
    isAudioDropped: plan.audio === 'drop',
  })
  return { container, plan, assembly, original, result, differences, file: target }
}
