// Faces, plates and the lists that hold them, of the vms dialect (sections 4, 5, 14 and 15).
// Knows nothing of events.
import { answerJson, badRequest, bodyFields, notFound, statusOk } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { handleResource, needRow } from './resources.ts'
import type { Fields, Relation, Row, Table } from './tables.ts'
import { describeUpload, needUpload } from './uploads.ts'
import type { VmsContext } from './vms-context.ts'

function describeFace({ store }: VmsContext, face: Row<number>, call: Call): Fields {
  const images = store.faceImages
    .rights(face.id)
    .map((id) => describeUpload(needRow(store.uploads, id, 'Upload'), call))
  return { ...face.fields, id: face.id, images }
}

function describePlate({ store }: VmsContext, plate: Row<number>, call: Call): Fields {
  const image = store.uploads.find(plate.fields['vehicle_image_id'])
  const link = image === undefined ? {} : { vehicle_image_url: describeUpload(image, call)['url'] }
  return { ...plate.fields, id: plate.id, ...link }
}

interface ListKind {
  /** As in operation ids and paths: `Face` gives `FaceLists`, `facelist_id`, `face_count`. */
  readonly member: 'Face' | 'Plate'
  readonly table: Table<number>
  readonly members: Table<number>
  readonly relation: Relation<number, number>
  describeMember(row: Row<number>, call: Call): Fields
}

/** Lists of both kinds: a name is used once, a list that holds something stays. */
function handleLists(kind: ListKind): Handlers {
  const { member, table, members, relation } = kind
  const small = member.toLowerCase()
  const need = (call: Call): Row<number> => needRow(table, call.path[`${small}list_id`], `${member}List`)
  const needMember = (call: Call): Row<number> => needRow(members, call.path[`${small}_id`], member)
  return {
    ...handleResource({
      singular: `${member}List`,
      plural: `${member}Lists`,
      idName: `${small}list_id`,
      listKey: `${small}lists`,
      table,
      lastCursor: null,
      view: (row) => ({ ...row.fields, id: row.id, [`${small}_count`]: relation.rights(row.id).length }),
      keep: (row, call) => call.query['name'] === undefined || row.fields['name'] === call.query['name'],
      accept: (fields, row) => {
        const taken = table.all().some((other) => other !== row && other.fields['name'] === fields['name'])
        if (taken) throw badRequest('the name is taken')
        return fields
      },
      release: (row) => {
        if (relation.rights(row.id).length > 0) throw badRequest(`the list still holds ${small}s`)
      },
    }),
    [`list${member}List${member}s`]: (call) => {
      const rows = relation.rights(need(call).id).map((id) => needRow(members, id, member))
      return answerJson({ [`${small}s`]: rows.map((row) => kind.describeMember(row, call)) })
    },
    [`add${member}To${member}List`]: (call) => {
      const list = need(call)
      const { id } = needMember(call)
      if (relation.pair(list.id, id) !== undefined) throw badRequest(`the ${small} is on the list already`)
      relation.add(list.id, id)
      return statusOk
    },
    [`remove${member}From${member}List`]: (call) => {
      const list = need(call)
      const { id } = needMember(call)
      if (relation.pair(list.id, id) === undefined) throw notFound(`${small} ${id} on the list`)
      relation.remove(list.id, id)
      return statusOk
    },
  }
}

function handleFaces(context: VmsContext): Handlers {
  const { store } = context
  const need = (call: Call): Row<number> => needRow(store.faces, call.path['face_id'], 'Face')
  const imagesOf = (face: Row<number>, call: Call): unknown => describeFace(context, face, call)['images']
  return {
    ...handleResource({
      singular: 'Face',
      plural: 'Faces',
      idName: 'face_id',
      listKey: 'faces',
      table: store.faces,
      lastCursor: null,
      view: (row, call) => describeFace(context, row, call),
      keep: (row, call) => call.query['full_name'] === undefined || row.fields['full_name'] === call.query['full_name'],
      release: (row) => {
        store.listFaces.dropRight(row.id)
        store.faceImages.dropLeft(row.id)
      },
    }),
    listFaceImages: (call) => answerJson({ faceimages: imagesOf(need(call), call) }),
    addFaceImages: (call) => {
      const face = need(call)
      const ids = bodyFields(call)['image_ids'] as string[]
      for (const id of ids) {
        needUpload(context, id)
        if (store.faceImages.lefts(id).length > 0) throw badRequest(`image ${id} is attached already`)
      }
      for (const id of ids) store.faceImages.add(face.id, id)
      return answerJson({ faceimages: imagesOf(face, call) })
    },
    // Images that are not attached are passed over (note FA4).
    removeFaceImages: (call) => {
      const face = need(call)
      for (const id of bodyFields(call)['image_ids'] as string[]) store.faceImages.remove(face.id, id)
      return answerJson({ faceimages: imagesOf(face, call) })
    },
  }
}

function handlePlates(context: VmsContext): Handlers {
  const { store } = context
  return handleResource({
    singular: 'Plate',
    plural: 'Plates',
    idName: 'plate_id',
    listKey: 'plates',
    table: store.plates,
    lastCursor: null,
    view: (row, call) => describePlate(context, row, call),
    keep: (row, call) => call.query['number'] === undefined || row.fields['number'] === call.query['number'],
    accept: (fields, row) => {
      if (fields['vehicle_image_id'] !== undefined) needUpload(context, fields['vehicle_image_id'], badRequest)
      const taken = store.plates.all().some((other) => other !== row && other.fields['number'] === fields['number'])
      if (taken) throw badRequest('the number is taken')
      return fields
    },
    release: (row) => store.listPlates.dropRight(row.id),
  })
}

export function handleFacesAndPlates(context: VmsContext): Handlers {
  const { store } = context
  const faces: ListKind = {
    member: 'Face',
    table: store.faceLists,
    members: store.faces,
    relation: store.listFaces,
    describeMember: (row, call) => describeFace(context, row, call),
  }
  const plates: ListKind = {
    member: 'Plate',
    table: store.plateLists,
    members: store.plates,
    relation: store.listPlates,
    describeMember: (row, call) => describePlate(context, row, call),
  }
  return { ...handleLists(faces), ...handleLists(plates), ...handleFaces(context), ...handlePlates(context) }
}
