// Uploaded files of the vms dialect, and what is recognised in them (section 25).
// Knows nothing of what the files are used for.
import { createHash } from 'node:crypto'
import type { Answer } from '../api-server.ts'
import type { UploadedFile } from '../request-body.ts'
import { makeDescriptor } from '../vms-data/people-seen.ts'
import { answerJson, badRequest, notFound, writeTime } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { needRow } from './resources.ts'
import type { Fields, Row } from './tables.ts'
import type { VmsContext } from './vms-context.ts'

const fileLimitBytes = 8 * 1024 * 1024

export function describeUpload(upload: Row<string>, call: Call): Fields {
  return {
    ...upload.fields,
    id: upload.id,
    created_at: writeTime(upload.createdAtMs),
    url: `${call.origin}/api/v1/uploads/${upload.id}/content`,
  }
}

/** The upload an id of a body names; throws what `refuse` makes of it, else 404. */
export function needUpload({ store }: VmsContext, id: unknown, refuse?: (detail: string) => Error): Row<string> {
  const upload = store.uploads.find(id)
  if (upload !== undefined) return upload
  throw refuse === undefined ? notFound(`upload ${String(id)}`) : refuse(`upload ${String(id)} does not exist`)
}

/** PNG or JPEG by their first bytes. */
function isPicture(bytes: Buffer): boolean {
  const isPng = bytes.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47]))
  return isPng || bytes.subarray(0, 2).equals(Buffer.from([0xff, 0xd8]))
}

/** One face "recognised" in a picture; the same picture always gives the same descriptor. */
export function recogniseFace(bytes: Buffer): Fields {
  const digest = createHash('sha256').update(bytes).digest()
  const rect = { x_min: 12, y_min: 8, x_max: 40, y_max: 36 }
  const landmarks = [18, 34].map((x) => ({ x, y: 18 }))
  return { detection: { rect, landmarks }, descriptor: makeDescriptor(digest.readUInt32BE(0), 0) }
}

function takeFile(call: Call): UploadedFile {
  const file = (call.body as { upload_data?: UploadedFile | string }).upload_data
  if (file === undefined || typeof file === 'string') throw badRequest('upload_data is not a file')
  if (file.bytes.length === 0) throw badRequest('the file is empty')
  if (file.bytes.length > fileLimitBytes) throw badRequest('the file is larger than 8 MiB')
  return file
}

export function handleUploads(context: VmsContext): Handlers {
  const { store } = context
  return {
    createUpload: (call): Answer => {
      const { bytes, mediaType } = takeFile(call)
      if (!isPicture(bytes)) throw badRequest('the file is not a picture')
      const kind = call.query['kind']
      const meta = kind === 'face_image' ? { meta: recogniseFace(bytes) } : {}
      const upload = store.uploads.insert({ mime_type: mediaType || 'image/png', kind, ...meta }, call.nowMs)
      store.contents.set(upload.id, bytes)
      return answerJson({ uploads: [describeUpload(upload, call)] })
    },
    getUpload: (call) => answerJson(describeUpload(needRow(store.uploads, call.path['upload_id'], 'Upload'), call)),
    getUploadContent: (call) => {
      const upload = needRow(store.uploads, call.path['upload_id'], 'Upload')
      return { status: 200, bytes: store.contents.get(upload.id) ?? Buffer.alloc(0) }
    },
    extractUploadMeta: (call) => {
      const { bytes } = takeFile(call)
      if (!isPicture(bytes)) throw badRequest('the file is not a picture')
      return answerJson({ meta: [recogniseFace(bytes)] })
    },
  }
}
