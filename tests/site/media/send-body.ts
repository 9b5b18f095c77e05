// Sends a part of an open file as the body of a response, at most so fast, up to a point where it is cut or stalls.
// Knows nothing of links, ranges or how the file was made.
import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { paceBytes, type Pacer } from './pace.ts'

export interface BodyPlan {
  readonly handle: FileHandle
  readonly start: number
  /** Exclusive. */
  readonly end: number
  /** Positions in the file; bytes there are inverted. */
  readonly corruptAtBytes: readonly number[]
  readonly bytesPerSecond: number | null
  readonly pacer: Pacer
  /** Takes up to this many bytes from the link's allowance; fewer than asked means that the link ends there. */
  readonly allow: (count: number) => number
  readonly onFlushed: (count: number) => void
  /** Fires when the client has gone or the link's time is over. */
  readonly signal: AbortSignal
}

const bufferBytes = 1024 * 1024
/** Smaller than the buffers, so that the count of flushed bytes is near the truth when a client vanishes. */
const writeBytes = 256 * 1024

function writeSlice(response: ServerResponse, slice: Buffer, plan: BodyPlan): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(slice, (error) => {
      if (error != null) return reject(error)
      plan.onFlushed(slice.length)
      resolve()
    })
  })
}

/** The buffer may be used again when this settles. */
async function writeBuffer(response: ServerResponse, bytes: Buffer, plan: BodyPlan): Promise<void> {
  const writes: Promise<void>[] = []
  for (let offset = 0; offset < bytes.length; offset += writeBytes) {
    writes.push(writeSlice(response, bytes.subarray(offset, offset + writeBytes), plan))
  }
  await Promise.all(writes)
}

async function readFully(plan: BodyPlan, buffer: Buffer, position: number): Promise<void> {
  for (let offset = 0; offset < buffer.length;) {
    const { bytesRead } = await plan.handle.read(buffer, offset, buffer.length - offset, position + offset)
    if (bytesRead === 0) throw new Error('the cached file is shorter than it was')
    offset += bytesRead
  }
  for (const place of plan.corruptAtBytes) {
    const index = place - position
    if (index >= 0 && index < buffer.length) buffer.writeUInt8(buffer.readUInt8(index) ^ 0xff, index)
  }
}

function untilGone(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  promise.catch(() => {})
  return promise
}

/**
 * Settles when all bytes, or all that the link allows, have been handed to the system: 'whole' or 'spent'. Does not end
 * the response. Rejects when the client goes away. Reads ahead one buffer while the one before is being written.
 */
export async function sendBody(response: ServerResponse, plan: BodyPlan): Promise<'whole' | 'spent'> {
  const { bytesPerSecond, signal } = plan
  const gone = untilGone(signal)
  const sliceBytes = bytesPerSecond === null ? bufferBytes : paceBytes(bytesPerSecond, bufferBytes)
  const largest = Math.min(sliceBytes, Math.max(1, plan.end - plan.start))
  const buffers = [Buffer.allocUnsafeSlow(largest), Buffer.allocUnsafeSlow(largest)] as const
  let written: Promise<void> = Promise.resolve()
  let position = plan.start
  for (let turn = 0; position < plan.end; turn++) {
    const wanted = Math.min(largest, plan.end - position)
    const count = plan.allow(wanted)
    const bytes = (turn % 2 === 0 ? buffers[0] : buffers[1]).subarray(0, count)
    await readFully(plan, bytes, position)
    await Promise.race([written, gone])
    if (bytesPerSecond !== null) await plan.pacer.wait(count, bytesPerSecond, signal)
    written = writeBuffer(response, bytes, plan)
    written.catch(() => {})
    position += count
    if (count < wanted) {
      await Promise.race([written, gone])
      return 'spent'
    }
  }
  await Promise.race([written, gone])
  return 'whole'
}

/** Settles when all that was written to the response so far, its head included, was handed to the system. */
export function flushHead(response: ServerResponse): Promise<void> {
  response.flushHeaders()
  return new Promise((resolve) => {
    if (response.socket === null) resolve()
    else response.socket.write(Buffer.alloc(0), () => resolve())
  })
}
