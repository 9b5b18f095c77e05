// A batch with every kind of item, as facts for a manifest. Knows no disk.
import type { BatchFacts, ItemFacts } from '#core/exports/evidence/index.ts'

const fromMs = Date.parse('2026-11-01T07:00:00Z')
const toMs = fromMs + 3_600_000
const hash = (letter: string): string => letter.repeat(64)

const item: ItemFacts = {
  index: 0,
  order: { serverId: 's1', cameraId: '3', range: { fromMs, toMs }, stream: 'main', label: 'North' },
  cameraName: 'Gate',
  placeName: 'Yard',
  state: {
    kind: 'done',
    result: {
      files: [],
      fetchedBytes: 10,
      fetchedSha256: hash('a'),
      durationMs: 3_600_000,
      coverage: 'known',
      gaps: [{ fromMs: fromMs + 1000, toMs: fromMs + 5000, source: 'server' }],
      timeBasis: 'media-server',
      warnings: [],
    },
  },
  startedAtMs: toMs,
  endedAtMs: toMs + 60_000,
  coverage: [{ fromMs, toMs }],
  link: {
    origin: 'https://media.example:8443/archive/canary-link-token?sig=canary-signature',
    orderedAtMs: toMs,
    orders: 2,
    clipId: null,
    statedRange: null,
  },
  validator: { kind: 'etag', value: '"abc"' },
  fetched: { sizeBytes: 10, sha256: hash('a') },
  codecs: ['h264', 'aac'],
  command: [
    'ffmpeg',
    '-i',
    'file:/home/clerk/case 7/gate.part',
    'https://media.example/archive/canary-link-token',
    'C:\\x\\gate.mp4',
  ],
  files: [
    { path: 'gate.srt', role: 'subtitles', sizeBytes: 3, sha256: hash('c') },
    { path: 'gate.mp4', role: 'video', sizeBytes: 9, sha256: hash('b') },
  ],
}

export const batchFacts: BatchFacts = {
  product: { name: 'Watchroom', version: '0.1.0' },
  atMs: toMs + 120_000,
  batch: { id: 'b1', name: 'Night', createdAtMs: toMs },
  case: { note: 'x', number: '12-3' },
  options: {
    container: 'mp4',
    audio: 'keep',
    keepOriginal: true,
    nameTemplate: '{camera}',
    zone: 'Europe/Moscow',
    concurrency: 4,
    decode: false,
    subtitles: true,
  },
  identity: { user: 'clerk', workstation: 'desk-7' },
  servers: [
    {
      id: 's1',
      name: 'City',
      dialect: 'vsaas',
      url: 'https://clerk:canary-password@video.example/prefix/?token=canary-token#x',
      account: 'clerk@example',
      clockOffsetMs: null,
      clockCheck: 'right',
      zone: 'UTC',
    },
  ],
  tools: [{ name: 'ffmpeg', version: '7.1' }],
  items: [
    { ...item, index: 3, state: { kind: 'running', step: 'fetching', fraction: 0.5 }, endedAtMs: null, files: [] },
    {
      ...item,
      index: 2,
      state: { kind: 'cancelled' },
      link: null,
      fetched: null,
      command: null,
      coverage: null,
      files: [],
    },
    {
      ...item,
      index: 1,
      state: {
        kind: 'failed',
        error: { code: 'unsupported-media', message: 'The file is cut.', details: { ip: '10.0.0.7' } },
      },
      files: [{ path: 'yard.mp4.suspect', role: 'suspect', sizeBytes: 2, sha256: hash('d') }],
    },
    item,
  ],
}
