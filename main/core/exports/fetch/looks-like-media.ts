// Tells video containers from anything else by their first bytes. Pure, and no proof: verification looks at the whole file.

/** First boxes seen in MP4 and MOV files (ISO/IEC 14496-12, 4.3 and 6.2; QuickTime File Format, Movie Atoms). */
const boxTypes = new Set([
  'ftyp',
  'styp',
  'moov',
  'moof',
  'mdat',
  'free',
  'skip',
  'wide',
  'sidx',
  'prft',
  'emsg',
  'uuid',
])
/** ISO/IEC 13818-1, 2.4.3.2: every packet of 188 bytes begins with the sync byte. */
const packetBytes = 188
const syncByte = 0x47
/** RFC 8794, 11.2.1: the EBML header's id. */
const ebmlId = 0x1a45dfa3

/** MP4, MOV, MPEG-TS or Matroska. */
export function looksLikeMedia(start: Buffer): boolean {
  if (start.length < 8) return false
  const isBox = boxTypes.has(start.toString('latin1', 4, 8))
  return isBox || start.readUInt32BE(0) === ebmlId || isTransportStream(start)
}

function isTransportStream(start: Buffer): boolean {
  const packets = Math.min(8, Math.floor(start.length / packetBytes))
  return packets > 0 && Array.from({ length: packets }, (_, index) => start[index * packetBytes]).every(isSync)
}

function isSync(byte: number | undefined): boolean {
  return byte === syncByte
}
