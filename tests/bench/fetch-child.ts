// Our side of a bench: a process that downloads, and finishes a video, when its parent says so. Its threads are started before
// the clock is, as they are in a program that has been running for a while.
import { readFile, rm } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import type { TrustedCertificate } from '#contract/servers.ts'
import { createFetcher, hashFile } from '#core/exports/fetch/index.ts'
import type { FetchRequest } from '#core/exports/fetch/index.ts'
import { createWorkerPool } from '#core/exports/fetch/worker-pool.ts'
import type { FetchCommand, FetchReport } from '#core/exports/fetch/worker-message.ts'
import {
  assemble,
  comparePackets,
  inspectContainer,
  planAssembly,
  probeStreams,
  verifyMedia,
} from '#core/exports/media/index.ts'

/** `download`: bytes to disk. `fetch`: with their SHA-256. `finish`: fetched, made faststart, verified, both files hashed. */
export interface ChildTask {
  kind: 'download' | 'fetch' | 'finish'
  url: string
  /** A small file on the same server, fetched before the clock starts. */
  warmUpUrl: string
  file: string
  trusted: TrustedCertificate[]
  maxConnections: number
  ffmpegPath: string | null
}

export type ChildReport = { kind: 'ready' } | { kind: 'done'; wallMs: number; cpuMs: number; rssMb: number }

const deadlines = { connectMs: 10_000, firstByteMs: 60_000, stallMs: 30_000 }

function makeRequest(task: ChildTask, url: string, file: string): FetchRequest {
  const { trusted, maxConnections } = task
  return { url, file, resume: null, trusted, isLocalAllowed: true, deadlines, maxConnections, bytesPerSecond: null }
}

/** The downloading threads alone, without the fetcher that has their bytes hashed. */
function createDownloader() {
  const pool = createWorkerPool<FetchCommand, FetchReport>({
    most: 1,
    startWorker: () => new Worker(new URL('../../main/core/exports/fetch/fetch.worker.ts', import.meta.url)),
    onCrash: () => undefined,
  })
  let id = 0
  const run = (request: FetchRequest): Promise<void> =>
    new Promise((resolve, reject) => {
      id += 1
      const onReport = (report: FetchReport): void => {
        if (report.kind === 'end' && report.outcome.kind === 'complete') resolve()
        else if (report.kind === 'end' || report.kind === 'failed') reject(new Error(JSON.stringify(report)))
      }
      pool.begin(id, onReport, reject).send({ kind: 'start', id, request })
    })
  return { run, close: () => pool.close() }
}

function createHashingFetcher() {
  const fetcher = createFetcher({ workers: 1, log: (entry) => console.error(JSON.stringify(entry)) })
  const run = async (request: FetchRequest): Promise<void> => {
    const context = { signal: new AbortController().signal, onEvent: () => undefined }
    const outcome = await fetcher.fetch(request, context)
    if (outcome.kind !== 'complete') throw new Error(JSON.stringify(outcome))
  }
  return { run, close: () => fetcher.close() }
}

/** As the export engine does it: what the file is, one pass where the container has to change, verification, hash. */
async function finishVideo(file: string, ffmpegPath: string): Promise<void> {
  const media = {
    ffmpegPath,
    environment: { PATH: process.env['PATH'] ?? '' },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  }
  const target = `${file}.mp4`
  const container = await inspectContainer(file)
  const streams = await probeStreams(file, container, media)
  const plan = planAssembly(container, streams, { container: 'mp4', audio: 'keep' })
  if (plan.kind !== 'remux') throw new Error('the bench wants a file whose container has to change')
  const assembly = await assemble(plan, { ...media, source: file, container, target })
  const [report] = await Promise.all([
    verifyMedia(target, await inspectContainer(target), { ...media, decode: false }),
    hashFile(target),
  ])
  const isConverted = { isAudioConverted: assembly.convertedAudio, isAudioDropped: false }
  const problems = [
    ...report.problems,
    ...assembly.source.problems,
    ...comparePackets(assembly.source, report, isConverted),
  ]
  if (problems.length > 0) throw new Error(problems.join(' '))
}

async function runTask(task: ChildTask): Promise<void> {
  const fetching = task.kind === 'download' ? createDownloader() : createHashingFetcher()
  await fetching.run(makeRequest(task, task.warmUpUrl, `${task.file}.warm-up`))
  await rm(`${task.file}.warm-up`)
  tell({ kind: 'ready' })
  await new Promise((resolve) => process.once('message', resolve))
  const startedMs = performance.now()
  const startedCpu = process.cpuUsage()
  await fetching.run(makeRequest(task, task.url, task.file))
  if (task.kind === 'finish') await finishVideo(task.file, task.ffmpegPath ?? 'ffmpeg')
  const wallMs = performance.now() - startedMs
  const { user, system } = process.cpuUsage(startedCpu)
  const rssMb = await readPeakMb()
  tell({ kind: 'done', wallMs, cpuMs: (user + system) / 1000, rssMb })
  await fetching.close()
  process.disconnect()
}

/** Of this process only: `maxRSS` begins, on Linux, at what the parent used when it forked. */
async function readPeakMb(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  const peakKb = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  return peakKb === undefined ? process.resourceUsage().maxRSS / 1024 : Number(peakKb) / 1024
}

function tell(report: ChildReport): void {
  process.send?.(report)
}

process.once('message', (task: ChildTask) => void runTask(task))
