// How the packets of an MPEG transport stream lie in a file (ISO/IEC 13818-1, 2.4.3). Pure.

export interface TsLayout {
  /** 188; 192 with a time code before each packet (M2TS); 204 with parity after it. */
  packetBytes: number
  /** Where in each packet the sync byte stands. */
  syncOffset: number
}

export const syncByte = 0x47
const layouts: readonly TsLayout[] = [
  { packetBytes: 188, syncOffset: 0 },
  { packetBytes: 192, syncOffset: 4 },
  { packetBytes: 204, syncOffset: 0 },
]
const packetsToSee = 5

/** By the sync bytes of the first packets; null when they are not there. A file of one or two packets is no recording. */
export function findTsLayout(head: Buffer): TsLayout | null {
  return layouts.find((layout) => hasSync(head, layout)) ?? null
}

function hasSync(head: Buffer, { packetBytes, syncOffset }: TsLayout): boolean {
  const packets = Math.min(packetsToSee, Math.floor(head.length / packetBytes))
  if (packets < 3) return false
  for (let packet = 0; packet < packets; packet++)
    if (head[packet * packetBytes + syncOffset] !== syncByte) return false
  return true
}

/** Offset and end of the payload in a packet that begins with its sync byte; null when it carries none. */
export function findPayload(packets: Buffer, start: number): { start: number; end: number } | null {
  const control = ((packets[start + 3] ?? 0) >> 4) & 3
  if ((control & 1) === 0) return null
  const adaptationBytes = (control & 2) === 0 ? 0 : 1 + (packets[start + 4] ?? 0)
  const payloadStart = start + 4 + adaptationBytes
  return payloadStart < start + 188 ? { start: payloadStart, end: start + 188 } : null
}

export function readPid(packets: Buffer, start: number): number {
  return (((packets[start + 1] ?? 0) & 0x1f) << 8) | (packets[start + 2] ?? 0)
}
