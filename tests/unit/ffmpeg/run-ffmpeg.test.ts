// Starting and ending the child, with a stand-in for ffmpeg: a Node script.
import { expect, test } from 'vitest'
import { allowEnvironment, locateFfmpeg, runFfmpeg } from '#core/ffmpeg/index.ts'
import type { FfmpegRun } from '#core/ffmpeg/index.ts'

function runScript(script: string, more: Partial<FfmpegRun> = {}) {
  return runFfmpeg({ path: process.execPath, args: ['-e', script], environment: process.env, stallMs: 20_000, ...more })
}

test('lines of stdout and stderr arrive whole, progress apart from messages', async () => {
  const lines: string[] = []
  const messages: string[] = []
  const times: (number | null)[] = []
  await runScript(
    `process.stdout.write('one\\ntw'); setTimeout(() => process.stdout.write('o\\r\\nthree'), 50);
     process.stderr.write('out_time_us=1500000\\nprogress=continue\\n[warning] odd\\n')`,
    {
      onStdoutLine: (line) => lines.push(line),
      onMessage: (line) => messages.push(line),
      onProgress: ({ outTimeMs }) => times.push(outTimeMs),
    },
  )
  expect(lines).toEqual(['one', 'two', 'three'])
  expect(messages).toEqual(['[warning] odd'])
  expect(times).toEqual([1500])
})

test('a failure carries the last 8 KiB of messages', async () => {
  const script = `process.stderr.write(('x'.repeat(99) + '\\n').repeat(200) + '[error] moov atom not found\\n'); process.exitCode = 1`
  await expect(runScript(script)).rejects.toMatchObject({
    code: 'unsupported-media',
    details: { reason: 'moov atom not found' },
  })
})

test('a child that ignores TERM is killed after an abort, and the call says cancelled', async () => {
  const abort = new AbortController()
  let pid = 0
  const script = `process.on('SIGTERM', () => {}); console.log(process.pid); setInterval(() => {}, 1000)`
  const run = runScript(script, {
    signal: abort.signal,
    onStdoutLine(line) {
      pid = Number(line)
      abort.abort()
    },
  })
  await expect(run).rejects.toMatchObject({ code: 'cancelled' })
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
})

test('an abort before the start starts nothing', async () => {
  let started = 0
  const spawn = () => {
    started += 1
    throw new Error('must not be started')
  }
  await expect(runScript('', { signal: AbortSignal.abort(), spawn })).rejects.toMatchObject({ code: 'cancelled' })
  expect(started).toBe(0)
})

test('silence beyond the deadline ends the run', async () => {
  const run = runScript('setInterval(() => {}, 1000)', { stallMs: 300 })
  await expect(run).rejects.toMatchObject({ code: 'tool-failed', message: expect.stringContaining('no progress') })
})

test('an error in a reader ends the run and comes out', async () => {
  const script = `console.log('x'); setInterval(() => {}, 1000)`
  const onStdoutLine = () => {
    throw new Error('cannot read this')
  }
  await expect(runScript(script, { onStdoutLine })).rejects.toThrow('cannot read this')
})

test('a program that is not there is tool-missing', async () => {
  await expect(runScript('', { path: '/nowhere/ffmpeg' })).rejects.toMatchObject({ code: 'tool-missing' })
})

test('children see no secret of ours', async () => {
  const environment = { ...process.env, WATCHROOM_TOKEN: 'canary-4711', WATCHROOM_PASSWORD: 'canary-4711' }
  const lines: string[] = []
  const script = 'console.log(JSON.stringify(process.env))'
  await runScript(script, { environment, onStdoutLine: (line) => lines.push(line) })
  expect(lines.join('')).toContain('PATH')
  expect(lines.join('')).not.toContain('canary')
  expect(allowEnvironment({ PATH: '/bin', AWS_SECRET: 'x', TMPDIR: '/tmp', EMPTY: undefined })).toEqual({
    PATH: '/bin',
    TMPDIR: '/tmp',
  })
})

const places = [
  {
    name: 'the setting first',
    settingPath: '/set/ffmpeg',
    FFMPEG_BIN: '/env/ffmpeg',
    PATH: '/bin',
    path: '/set/ffmpeg',
  },
  { name: 'then FFMPEG_BIN', settingPath: null, FFMPEG_BIN: '/env/ffmpeg', PATH: '/bin', path: '/env/ffmpeg' },
  { name: 'then the bundled file', settingPath: null, PATH: '/bin', path: '/bundled/ffmpeg' },
  {
    name: 'then PATH',
    settingPath: null,
    PATH: 'relative:/empty:/bin',
    path: '/bin/ffmpeg',
    missing: ['/bundled/ffmpeg'],
  },
]

test.each(places)('locate: $name', async ({ settingPath, FFMPEG_BIN, PATH, path, missing }) => {
  const found = await locateFfmpeg({
    settingPath,
    environment: { FFMPEG_BIN, PATH },
    bundledPath: '/bundled/ffmpeg',
    isExecutable: async (file) => !(missing ?? []).includes(file) && !file.startsWith('/empty'),
    readVersionLine: async () => 'ffmpeg version n7.1-3-gabc Copyright (c) 2000-2024 the FFmpeg developers',
  })
  expect(found).toEqual({ path, version: 'n7.1-3-gabc' })
})

const unusable = {
  environment: { PATH: '/bin', FFMPEG_BIN: undefined as string | undefined },
  bundledPath: null,
  isExecutable: async () => true,
  readVersionLine: async () => 'ImageMagick 7',
}

test('locate: a program that is no ffmpeg is passed over, and nothing found says how to install it', async () => {
  await expect(locateFfmpeg({ ...unusable, settingPath: null })).rejects.toMatchObject({
    code: 'tool-missing',
    message: expect.stringContaining('apt install ffmpeg'),
  })
})

test('locate: a named place that does not work is an error, not a reason to take another', async () => {
  const named = { ...unusable, environment: { PATH: '/bin', FFMPEG_BIN: '/env/ffmpeg' } }
  await expect(locateFfmpeg({ ...named, settingPath: null })).rejects.toThrow(/FFMPEG_BIN \(\/env\/ffmpeg\)/)
  await expect(locateFfmpeg({ ...named, settingPath: '/set/ffmpeg' })).rejects.toThrow(/settings \(\/set\/ffmpeg\)/)
})
