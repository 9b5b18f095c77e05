// All tables and relations of the vms dialect, empty.
// Knows nothing of what is put into them.
import { createRelation, createTable } from './tables.ts'
import type { Relation, Table } from './tables.ts'

export interface Store {
  readonly organizations: Table<number>
  readonly roles: Table<number>
  readonly groups: Table<number>
  readonly users: Table<number>
  readonly places: Table<number>
  readonly plans: Table<number>
  readonly cameras: Table<string>
  readonly faces: Table<number>
  readonly faceLists: Table<number>
  readonly plates: Table<number>
  readonly plateLists: Table<number>
  readonly uploads: Table<string>
  readonly videoClips: Table<string>
  readonly auditLogs: Table<string>
  readonly rolePermissions: Relation<number, string>
  readonly groupUsers: Relation<number, number>
  readonly groupPlaces: Relation<number, number>
  /** The fields of a pair hold `x` and `y` once they are set. */
  readonly planCameras: Relation<number, string>
  readonly listFaces: Relation<number, number>
  readonly listPlates: Relation<number, number>
  readonly faceImages: Relation<number, string>
  /** By user id: not part of a row, so that no answer can hold one. */
  readonly passwords: Map<number, string>
  /** By upload id. */
  readonly contents: Map<string, Buffer>
}

export function createStore(makeUuid: () => string): Store {
  const countUp = (count: number): number => count
  return {
    organizations: createTable(countUp),
    roles: createTable(countUp),
    groups: createTable(countUp),
    users: createTable(countUp),
    places: createTable(countUp),
    plans: createTable(countUp),
    cameras: createTable(() => makeUuid()),
    faces: createTable(countUp),
    faceLists: createTable(countUp),
    plates: createTable(countUp),
    plateLists: createTable(countUp),
    uploads: createTable(() => makeUuid()),
    videoClips: createTable(() => makeUuid()),
    auditLogs: createTable(() => makeUuid()),
    rolePermissions: createRelation(),
    groupUsers: createRelation(),
    groupPlaces: createRelation(),
    planCameras: createRelation(),
    listFaces: createRelation(),
    listPlates: createRelation(),
    faceImages: createRelation(),
    passwords: new Map(),
    contents: new Map(),
  }
}
