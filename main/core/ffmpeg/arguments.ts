// Builds the arguments of every ffmpeg run. Pure. The rules that keep a hostile file from reading another one are here:
// the demuxer is forced, protocols and inner formats are whitelisted, names are never patterns or addresses.

/** Demuxers that may be forced on an input. */
export type Demuxer = 'mov' | 'mpegts' | 'matroska' | 'concat'

export interface InputFile {
  demuxer: Demuxer
  /** Absolute path. */
  path: string
}

/** Largest single piece of memory that a file can make ffmpeg ask for. */
const mostMemoryBytes = 1 << 30

/**
 * `-copyts` because ffmpeg otherwise closes up holes of more than ten seconds in MPEG-TS; `-start_at_zero` because the
 * stamps of a stream begin anywhere. `-xerror` so that damage ends the run instead of being smoothed over.
 */
function leadingArguments(level: 'warning' | 'info'): string[] {
  const safety = ['-nostdin', '-hide_banner', '-nostats', '-xerror', '-max_alloc', String(mostMemoryBytes)]
  return [...safety, '-loglevel', `level+${level}`, '-progress', 'pipe:2', '-copyts', '-start_at_zero']
}

function inputArguments(input: InputFile): string[] {
  // The concat demuxer opens files of its own and probes them again.
  const inner = input.demuxer === 'concat' ? ['-format_whitelist', 'concat,mpegts,mov'] : []
  return ['-protocol_whitelist', 'file,pipe', ...inner, '-f', input.demuxer, '-i', `file:${input.path}`]
}

/**
 * Sound, then pictures; cover pictures, subtitles and data are left out, and streams that are announced but never come
 * (`u`: only usable ones). A file without sound is no error, one without pictures is. `u` must stand last and without `?`:
 * ffmpeg 5 and 7 agree on nothing else.
 */
const allMedia = ['0:u', '-0:v', '-0:s', '-0:d', '-0:t', '0:V:u'].flatMap((streams) => ['-map', streams])

/** A line for every packet of pictures and sound, on stdout. */
export function packetArguments(input: InputFile): string[] {
  return [
    ...leadingArguments('warning'),
    ...inputArguments(input),
    ...allMedia,
    '-c',
    'copy',
    '-f',
    'framecrc',
    'pipe:1',
  ]
}

/** A line for every decoded frame, in the input's own time base so that no frame is dropped or doubled by rounding. */
export function decodeArguments(input: InputFile): string[] {
  const decoded = ['-enc_time_base', '-1', '-c:v', 'rawvideo', '-c:a', 'pcm_s16le', '-f', 'framecrc', 'pipe:1']
  return [...leadingArguments('warning'), ...inputArguments(input), ...allMedia, ...decoded]
}

/** Describes the streams on stderr, and writes the packets of the first seconds of pictures and sound to stdout. */
export function probeArguments(input: InputFile, seconds: number): string[] {
  const packets = [...allMedia, '-c', 'copy', '-f', 'framecrc', 'pipe:1']
  return [...leadingArguments('info'), '-t', String(seconds), ...inputArguments(input), ...packets]
}

export interface RemuxOptions {
  /** Indexes of the streams in the input, in the order wanted. */
  streams: readonly number[]
  muxer: 'mp4' | 'matroska'
  /** Sound as it is, or AAC made of it. */
  audio: 'copy' | 'aac'
  /** Four characters for the pictures; null leaves the choice to the muxer. */
  videoTag: string | null
  /** Added to every stamp, so that the first picture stands at 0. */
  shiftMicroseconds: number
  /** MP4: room kept for the index before the media; null moves the media afterwards instead, in a second pass. */
  indexBytes: number | null
  /** Absolute path. What stands there is replaced. */
  target: string
}

/** One pass with two outputs: the target, and a line on stdout for every packet of the input. */
export function remuxArguments(input: InputFile, options: RemuxOptions): string[] {
  const { streams, muxer, audio, videoTag, shiftMicroseconds, indexBytes } = options
  const index = indexBytes === null ? ['-movflags', '+faststart'] : ['-moov_size', String(indexBytes)]
  return [
    '-y',
    ...leadingArguments('warning'),
    ...inputArguments(input),
    ...streams.flatMap((stream) => ['-map', `0:${stream}`]),
    ...['-map_chapters', '-1', '-c:v', 'copy', '-c:a', audio],
    // Holes in the sound become silence, so that the encoder cannot pull later sound forward.
    ...(audio === 'aac' ? ['-b:a', '64k', '-af', 'aresample=async=1'] : []),
    ...(videoTag === null ? [] : ['-tag:v', videoTag]),
    ...(shiftMicroseconds === 0 ? [] : ['-output_ts_offset', `${shiftMicroseconds}us`]),
    ...(muxer === 'mp4' ? index : []),
    ...['-f', muxer, `file:${options.target}`],
    ...allMedia,
    ...['-c', 'copy', '-f', 'framecrc', 'pipe:1'],
  ]
}

/** The same arguments for people and manifests: file names without their folders. */
export function describeCommand(args: readonly string[]): string[] {
  return ['ffmpeg', ...args.map((argument) => argument.replace(/^file:.*[\\/]/s, 'file:'))]
}
