// The thread that hashes files as they grow, reading them back from the page cache. Knows nothing of downloads.
import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import fs from 'node:fs'
import { parentPort } from 'node:worker_threads'
import type { HashCommand, HashReport } from './worker-message.ts'

interface Job {
  file: string
  fd: number | null
  hash: Hash
  doneBytes: number
  /** How far the file may be read; Infinity: to its end. */
  untilBytes: number
  /** The digest is wanted once this much is read; null: not yet known. */
  sizeBytes: number | null
  toldBytes: number
}

/** Large reads: 1 MiB costs half as many cycles per byte as the default 64 KiB. */
const buffer = Buffer.allocUnsafeSlow(1_048_576)
/** One job's turn, so that commands and other jobs are not kept waiting. */
const turnBytes = 16 * buffer.length
const progressStepBytes = 64 * buffer.length

const jobs = new Map<number, Job>()
let isScheduled = false

function report(message: HashReport): void {
  parentPort?.postMessage(message)
}

function schedule(): void {
  if (isScheduled) return
  isScheduled = true
  setImmediate(() => {
    isScheduled = false
    for (const [id, job] of jobs) runTurn(id, job)
  })
}

function runTurn(id: number, job: Job): void {
  try {
    const limitBytes = Math.min(job.untilBytes, job.doneBytes + turnBytes)
    while (job.doneBytes < limitBytes && readOnce(job, limitBytes)) continue
    tellProgress(id, job)
    if (job.sizeBytes !== null && job.doneBytes >= job.sizeBytes) return finish(id, job)
    if (job.doneBytes < job.untilBytes) schedule()
  } catch (error) {
    const systemCode = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    release(job)
    jobs.delete(id)
    report({ kind: 'failed', id, systemCode })
  }
}

/** False at the end of a file whose size was left open. */
function readOnce(job: Job, limitBytes: number): boolean {
  job.fd ??= fs.openSync(job.file, 'r')
  const wantedBytes = Math.min(buffer.length, limitBytes - job.doneBytes)
  const readBytes = fs.readSync(job.fd, buffer, 0, wantedBytes, job.doneBytes)
  if (readBytes === 0 && job.untilBytes !== Number.POSITIVE_INFINITY) {
    throw Object.assign(new Error('The file is shorter than what was written.'), { code: 'EIO' })
  }
  if (readBytes === 0) {
    job.untilBytes = job.doneBytes
    job.sizeBytes = job.doneBytes
    return false
  }
  job.hash.update(readBytes === buffer.length ? buffer : buffer.subarray(0, readBytes))
  job.doneBytes += readBytes
  return true
}

function tellProgress(id: number, job: Job): void {
  if (job.doneBytes - job.toldBytes < progressStepBytes) return
  job.toldBytes = job.doneBytes
  report({ kind: 'progress', id, bytes: job.doneBytes })
}

function finish(id: number, job: Job): void {
  release(job)
  jobs.delete(id)
  report({ kind: 'digest', id, sha256: job.hash.digest('hex'), sizeBytes: job.doneBytes })
}

function release(job: Job): void {
  if (job.fd !== null) fs.closeSync(job.fd)
  job.fd = null
}

function obey(command: HashCommand): void {
  if (command.kind === 'open') {
    const untilBytes = command.untilBytes ?? Number.POSITIVE_INFINITY
    const fresh = { fd: null, hash: createHash('sha256'), doneBytes: 0, sizeBytes: null, toldBytes: 0 }
    jobs.set(command.id, { ...fresh, file: command.file, untilBytes })
    return schedule()
  }
  const job = jobs.get(command.id)
  if (job === undefined) return
  if (command.kind === 'drop' || command.kind === 'park') release(job)
  if (command.kind === 'drop') jobs.delete(command.id)
  if (command.kind === 'park') job.untilBytes = job.doneBytes
  if (command.kind === 'grow') job.untilBytes = command.untilBytes
  if (command.kind === 'finish') job.untilBytes = job.sizeBytes = command.sizeBytes
  schedule()
}

parentPort?.on('message', obey)
