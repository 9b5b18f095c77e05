// Finds the ffmpeg to use and asks its version. Never imports the package that carries a bundled one: that is GPL code.
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

export interface LocateOptions {
  /** The person's own choice; null when there is none. */
  settingPath: string | null
  /** FFMPEG_BIN and PATH are read here. */
  environment: Readonly<Record<string, string | undefined>>
  /** Where a bundled ffmpeg lies if the product has one (`node_modules/ffmpeg-static/ffmpeg`). */
  bundledPath: string | null
  signal?: AbortSignal
  isExecutable?: (path: string) => Promise<boolean>
  /** First line of `ffmpeg -version`. Rejects when the file cannot be run. */
  readVersionLine?: (path: string) => Promise<string>
}

export interface LocatedFfmpeg {
  path: string
  /** As ffmpeg says it, like `5.1.9-0+deb12u1` or `n7.1`. */
  version: string
}

/**
 * Order: setting, FFMPEG_BIN, bundled file, PATH. A place that was named on purpose and does not work is an error, not a
 * reason to take another one silently. Errors: tool-missing with the remedy; cancelled.
 */
export async function locateFfmpeg(options: LocateOptions): Promise<LocatedFfmpeg> {
  const { settingPath, environment } = options
  const named = environment['FFMPEG_BIN']
  if (settingPath) return readNamed(settingPath, 'in the settings', options)
  if (named) return readNamed(named, 'by FFMPEG_BIN', options)
  for (const path of await findCandidates(options)) {
    const found = await readVersion(path, options).catch((error: unknown) => passCancel(error))
    if (found) return found
  }
  throw new AppError(
    'tool-missing',
    'ffmpeg was not found. Install it (Debian, Ubuntu: "apt install ffmpeg"; macOS: "brew install ffmpeg"; Windows: "winget install ffmpeg"), or name its file in the settings or in FFMPEG_BIN.',
    { details: { reason: 'not-found' } },
  )
}

async function readNamed(path: string, where: string, options: LocateOptions): Promise<LocatedFfmpeg> {
  const found = await readVersion(path, options).catch((error: unknown) => passCancel(error))
  if (found) return found
  throw new AppError(
    'tool-missing',
    `The ffmpeg named ${where} (${path}) cannot be run. Name another file, or none to search for it.`,
    { details: { reason: 'not-usable', path } },
  )
}

async function findCandidates(options: LocateOptions): Promise<string[]> {
  const isExecutable = options.isExecutable ?? canExecute
  const name = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg'
  const folders = (options.environment['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  const candidates = [options.bundledPath, ...folders.map((folder) => join(folder, name))]
  const found: string[] = []
  for (const path of candidates) if (path !== null && (await isExecutable(path))) found.push(path)
  return found
}

async function readVersion(path: string, options: LocateOptions): Promise<LocatedFfmpeg | null> {
  const readLine = options.readVersionLine ?? ((file) => askVersion(file, options))
  const version = /^ffmpeg version (\S+)/.exec(await readLine(path))?.[1]
  return version === undefined ? null : { path, version }
}

async function askVersion(path: string, { environment, signal }: LocateOptions): Promise<string> {
  let firstLine = ''
  await runFfmpeg({
    path,
    args: ['-version'],
    environment,
    ...(signal ? { signal } : {}),
    stallMs: 20_000,
    onStdoutLine: (line) => (firstLine ||= line),
  })
  return firstLine
}

function passCancel(error: unknown): null {
  if (error instanceof AppError && error.code === 'cancelled') throw error
  return null
}

async function canExecute(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
