// Words for failed runs, by messages captured from ffmpeg 5.1 and 7.1.
import { expect, test } from 'vitest'
import { fromFfmpeg, lastUsefulLine } from '#core/ffmpeg/index.ts'

const failures = [
  {
    name: 'disk full',
    code: 'disk-full',
    tail: 'av_interleaved_write_frame(): No space left on device\n[error] Error writing trailer of /case/a.mp4: No space left on device\n',
  },
  { name: 'quota', code: 'disk-full', tail: 'Disk quota exceeded\n' },
  {
    name: 'cut before the index',
    code: 'unsupported-media',
    tail: '[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55c394d4b900] [error] moov atom not found\n[error] file:/case/t1.mp4: Invalid data found when processing input\n',
  },
  {
    name: 'lost packets',
    code: 'unsupported-media',
    tail: '[mpegts @ 0x5622f614f900] [warning] Packet corrupt (stream = 0, dts = 324000).\n[fatal] file:/case/x/t5.ts: corrupt input packet in stream 0\n',
  },
  {
    name: 'no pictures',
    code: 'unsupported-media',
    tail: "[error] Parsed 'usable only'\n[fatal] Stream map '' matches no streams.\nTo ignore this, add a trailing '?' to the map.\n[fatal] Error opening output files: Invalid argument\n",
  },
  { name: 'crash', code: 'tool-failed', tail: '', signalName: 'SIGSEGV' },
  { name: 'bad option', code: 'tool-failed', tail: "[fatal] Unrecognized option 'xyz'.\n" },
]

test.each(failures)('$name becomes $code', ({ code, tail, signalName }) => {
  const error = fromFfmpeg({ exitCode: signalName ? null : 1, signalName: signalName ?? null, stderrTail: tail })
  expect(error.code).toBe(code)
  expect(error.message).not.toMatch(/\/case|0x5/)
})

test.each([
  [
    '[mp4 @ 0x55578b1cf600] [error] reserved_moov_size is too small, needed 11322 additional\n[error] Error writing trailer of o.mp4: Invalid argument\n',
    'reserved_moov_size is too small, needed 11322 additional',
  ],
  ['[warning] first\n[error] second\n[info] third\n', 'second'],
  ['[error] file:C:\\case folder\\a.mp4: Invalid argument\n', 'a.mp4: Invalid argument'],
  [
    "[error] Parsed 'usable only'\n[mp4 @ 0x1] [error] sample rate not set\n[error] Error opening output file out.mp4.\n[fatal] Error opening output files: Invalid argument\n",
    'sample rate not set',
  ],
  ['\n\nConversion failed!\n', 'it gave no reason'],
  ['[error] bad \u001b[31mname\u202e\n', 'bad [31mname'],
])('the most useful line of %j is %j', (tail, line) => {
  expect(lastUsefulLine(tail)).toBe(line)
})
