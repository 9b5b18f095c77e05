// Looks at every packet header of an MPEG transport stream: sync, continuity, encryption (ISO/IEC 13818-1, 2.4.3).
// ffmpeg finds the sync again by itself and says nothing, so this is looked at here.
import { createReadStream } from 'node:fs'
import { findTsLayout, readPid, syncByte } from './ts-layout.ts'
import type { TsLayout } from './ts-layout.ts'

const nullPid = 0x1fff
const unseen = -1

interface Findings {
  lostSyncAt: number | null
  brokenAt: number | null
  breaks: number
  errors: number
  isEncrypted: boolean
}

/** What is wrong, in sentences; empty when nothing is. Rejects with the signal's reason when aborted. */
export async function checkTsStructure(file: string, signal: AbortSignal): Promise<string[]> {
  const findings: Findings = { lostSyncAt: null, brokenAt: null, breaks: 0, errors: 0, isEncrypted: false }
  const counters = new Int8Array(nullPid + 1).fill(unseen)
  let layout: TsLayout | null = null
  let position = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, signal })) {
    const bytes: Buffer = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    layout ??= findTsLayout(bytes)
    if (!layout) return ['The file does not begin with MPEG-TS packets.']
    const whole = bytes.length - (bytes.length % layout.packetBytes)
    checkPackets(bytes.subarray(0, whole), position, layout, counters, findings)
    if (findings.lostSyncAt !== null) break
    position += whole
    rest = bytes.subarray(whole)
  }
  const isCut = findings.lostSyncAt === null && rest.length > 0
  return describeFindings(findings, isCut ? rest.length : 0)
}

function checkPackets(
  bytes: Buffer,
  position: number,
  { packetBytes, syncOffset }: TsLayout,
  counters: Int8Array,
  findings: Findings,
): void {
  for (let start = syncOffset; start < bytes.length; start += packetBytes) {
    if (bytes[start] !== syncByte) {
      findings.lostSyncAt = position + start
      return
    }
    const pid = readPid(bytes, start)
    if (pid === nullPid) continue
    if (((bytes[start + 1] ?? 0) & 0x80) !== 0) findings.errors += 1
    if (((bytes[start + 3] ?? 0) & 0xc0) !== 0) findings.isEncrypted = true
    if (isContinued(bytes, start, pid, counters)) continue
    findings.breaks += 1
    findings.brokenAt ??= position + start
  }
}

/** The counter goes up by one with each payload, may stay for one repeated packet, and may jump where the packet says so. */
function isContinued(bytes: Buffer, start: number, pid: number, counters: Int8Array): boolean {
  const flags = bytes[start + 3] ?? 0
  const counter = flags & 0x0f
  const last = counters[pid] ?? unseen
  counters[pid] = counter
  const hasAdaptation = (flags & 0x20) !== 0
  const mayJump = hasAdaptation && (bytes[start + 4] ?? 0) > 0 && ((bytes[start + 5] ?? 0) & 0x80) !== 0
  if (last === unseen || mayJump || counter === last) return true
  return (flags & 0x10) !== 0 && counter === ((last + 1) & 0x0f)
}

function describeFindings(findings: Findings, restBytes: number): string[] {
  const problems: string[] = []
  if (findings.lostSyncAt !== null)
    problems.push(
      `The transport stream is broken: at byte ${findings.lostSyncAt} there is no packet where one must begin.`,
    )
  if (findings.brokenAt !== null)
    problems.push(
      `Packets of the transport stream are missing or damaged at ${findings.breaks} places, first at byte ${findings.brokenAt}.`,
    )
  if (findings.errors > 0) problems.push(`The transport stream itself marks ${findings.errors} packets as damaged.`)
  if (findings.isEncrypted) problems.push('The transport stream is encrypted.')
  if (restBytes > 0) problems.push('The file is cut in the middle of a packet.')
  return problems
}
