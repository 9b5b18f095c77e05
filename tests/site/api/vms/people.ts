// Users, groups, organizations, roles and permissions of the vms dialect (sections 6, 9, 11, 16 and 26).
// Knows nothing of how one signs in.
import { answerJson, badRequest, bodyFields, InvalidValue, queryNumber, statusOk } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { describePlace } from './places.ts'
import { answerPage, slicePage } from './paging.ts'
import { handleResource, needRow } from './resources.ts'
import { readText } from './tables.ts'
import type { Fields, Row } from './tables.ts'
import { describeUpload, needUpload } from './uploads.ts'
import type { VmsContext } from './vms-context.ts'

export function isSuperuser(user: Row<number> | null): boolean {
  return user?.fields['is_superuser'] === true
}

/** A user without permissions (note US2). */
export function describeUser({ store }: VmsContext, user: Row<number>, call: Call): Fields {
  const groups = store.groupUsers.lefts(user.id).map((id) => ({ id, name: readText(store.groups.find(id), 'name') }))
  const organization = store.organizations.find(user.fields['organization_id'])
  const avatar = store.uploads.find(user.fields['avatar_id'])
  return {
    ...user.fields,
    id: user.id,
    organization_name: readText(organization, 'name'),
    ...(avatar === undefined ? {} : { avatar_url: describeUpload(avatar, call)['url'] }),
    groups,
  }
}

export function describeGroup({ store }: VmsContext, group: Row<number>): Fields {
  return {
    ...group.fields,
    id: group.id,
    organization_name: readText(store.organizations.find(group.fields['organization_id']), 'name'),
    user_count: store.groupUsers.rights(group.id).length,
    place_count: store.groupPlaces.rights(group.id).length,
  }
}

/** `organization_id` may be sent by a superuser only; others work in their own (6.2, 26.2). */
function chooseOrganization({ store }: VmsContext, call: Call): number {
  const asked = queryNumber(call, 'organization_id')
  if (asked === undefined) return Number(call.user?.fields['organization_id'])
  if (!isSuperuser(call.user)) throw badRequest('organization_id may be sent by a superuser only')
  if (store.organizations.find(asked) === undefined) throw badRequest(`organization ${asked} does not exist`)
  return asked
}

function ofOrganization(row: Row<number>, call: Call): boolean {
  const asked = queryNumber(call, 'organization_id')
  return asked === undefined || row.fields['organization_id'] === asked
}

function acceptUser(context: VmsContext, input: Fields, row: Row<number> | null, call: Call): Fields {
  const { store } = context
  const { password: _password, group_ids: groupIds, ...fields } = input
  const taken = store.users.all().find((user) => user !== row && user.fields['email'] === fields['email'])
  if (taken !== undefined) throw badRequest('the e-mail is taken')
  const groups = (groupIds ?? []) as number[]
  if (groups.length > 1) {
    throw new InvalidValue({ place: 'body', steps: ['group_ids'], rule: 'length', wanted: '<= 1' })
  }
  for (const id of groups) if (store.groups.find(id) === undefined) throw badRequest(`group ${id} does not exist`)
  if (store.roles.find(fields['role_id']) === undefined) throw badRequest('the role does not exist')
  if (fields['avatar_id'] !== undefined) needUpload(context, fields['avatar_id'], badRequest)
  const organization = row?.fields['organization_id'] ?? chooseOrganization(context, call)
  return { ...fields, is_superuser: row?.fields['is_superuser'] ?? false, organization_id: organization }
}

/** What is kept beside the row: the password, and the one group. */
function keepUserBelongings({ store }: VmsContext, user: Row<number>, call: Call): void {
  const { password, group_ids: groupIds } = bodyFields(call)
  if (typeof password === 'string') store.passwords.set(user.id, password)
  if (groupIds === undefined) return
  store.groupUsers.dropRight(user.id)
  for (const id of groupIds as number[]) store.groupUsers.add(id, user.id)
}

function fitsUser(user: Row<number>, text: string): boolean {
  const wanted = text.toLowerCase()
  if (/^[^@\s]+@[^@\s]+$/.test(wanted)) return readText(user, 'email').toLowerCase() === wanted
  const first = readText(user, 'first_name').toLowerCase()
  const last = readText(user, 'last_name').toLowerCase()
  return `${first} ${last}`.includes(wanted) || `${last} ${first}`.includes(wanted)
}

function handleUsers(context: VmsContext): Handlers {
  const { store, switches } = context
  const handlers = handleResource({
    singular: 'User',
    plural: 'Users',
    idName: 'user_id',
    listKey: 'users',
    table: store.users,
    lastCursor: () => switches.lastCursor,
    view: (row, call) => describeUser(context, row, call),
    keep: (row, call) =>
      ofOrganization(row, call) &&
      (call.query['without_groups'] !== true || store.groupUsers.lefts(row.id).length === 0),
    fits: fitsUser,
    accept: (fields, row, call) => acceptUser(context, fields, row, call),
    afterCreate: (row, call) => keepUserBelongings(context, row, call),
    release: (row) => {
      store.groupUsers.dropRight(row.id)
      store.passwords.delete(row.id)
    },
  })
  return {
    ...handlers,
    updateUser: (call) => {
      const answer = handlers['updateUser']!(call)
      const user = needRow(store.users, call.path['user_id'], 'User')
      keepUserBelongings(context, user, call)
      return { ...answer, json: describeUser(context, user, call) }
    },
  }
}

function needGroup({ store }: VmsContext, call: Call): Row<number> {
  return needRow(store.groups, call.path['group_id'], 'Group')
}

function handleGroupMembers(context: VmsContext): Handlers {
  const { store, switches } = context
  return {
    listGroupMembers: (call) => {
      const ids = store.groupUsers.rights(needGroup(context, call).id)
      const users = ids.map((id) => describeUser(context, needRow(store.users, id, 'User'), call))
      return answerPage(call, 'users', users, switches.lastCursor)
    },
    addGroupMembers: (call) => {
      const group = needGroup(context, call)
      const ids = bodyFields(call)['user_ids'] as number[]
      for (const id of ids) {
        if (store.users.find(id) === undefined) throw badRequest(`user ${id} does not exist`)
        if (store.groupUsers.lefts(id).length > 0) throw badRequest(`user ${id} is in a group already`)
      }
      for (const id of ids) store.groupUsers.add(group.id, id)
      return statusOk
    },
    removeGroupMembers: (call) => {
      const ids = bodyFields(call)['user_ids'] as number[]
      for (const id of ids) store.groupUsers.remove(Number(call.path['group_id']), id)
      return statusOk
    },
  }
}

function handleGroupPlaces(context: VmsContext): Handlers {
  const { store, switches } = context
  return {
    listGroupPlaces: (call) => {
      const ids = store.groupPlaces.rights(needGroup(context, call).id)
      const places = ids.map((id) => describePlace(context, needRow(store.places, id, 'Place')))
      return answerPage(call, 'places', places, switches.lastCursor)
    },
    addGroupPlaces: (call) => {
      const group = needGroup(context, call)
      const ids = bodyFields(call)['place_ids'] as number[]
      for (const id of ids) {
        if (store.places.find(id) === undefined) throw badRequest(`place ${id} does not exist`)
        if (store.groupPlaces.lefts(id).length > 0) throw badRequest(`place ${id} belongs to a group already`)
      }
      for (const id of ids) store.groupPlaces.add(group.id, id)
      return statusOk
    },
    removeGroupPlaces: (call) => {
      const ids = bodyFields(call)['place_ids'] as number[]
      for (const id of ids) store.groupPlaces.remove(Number(call.path['group_id']), id)
      return statusOk
    },
  }
}

function handleGroups(context: VmsContext): Handlers {
  const { store, switches } = context
  return {
    ...handleResource({
      singular: 'Group',
      plural: 'Groups',
      idName: 'group_id',
      listKey: 'groups',
      table: store.groups,
      lastCursor: () => switches.lastCursor,
      view: (row) => describeGroup(context, row),
      keep: ofOrganization,
      accept: (fields, row, call) => ({
        ...fields,
        is_internal: row?.fields['is_internal'] ?? false,
        organization_id: row?.fields['organization_id'] ?? chooseOrganization(context, call),
      }),
      release: (row) => {
        if (store.groupUsers.rights(row.id).length > 0) throw badRequest('the group still has users')
        store.groupPlaces.dropLeft(row.id)
      },
    }),
    ...handleGroupMembers(context),
    ...handleGroupPlaces(context),
  }
}

function handleOrganizations(context: VmsContext): Handlers {
  const { store, switches } = context
  const membersOf = (id: unknown): Row<number>[] =>
    store.users.all().filter((user) => user.fields['organization_id'] === id)
  const groupsOf = (id: unknown): Row<number>[] =>
    store.groups.all().filter((group) => group.fields['organization_id'] === id)
  const need = (call: Call): Row<number> => needRow(store.organizations, call.path['organization_id'], 'Organization')
  return {
    ...handleResource({
      singular: 'Organization',
      plural: 'Organizations',
      idName: 'organization_id',
      listKey: 'organizations',
      table: store.organizations,
      lastCursor: () => switches.lastCursor,
      view: (row, call) => {
        const logo = store.uploads.find(row.fields['logo_id'])
        const link = logo === undefined ? {} : { logo_url: describeUpload(logo, call)['url'] }
        return { ...row.fields, id: row.id, ...link }
      },
      accept: (fields, row) => {
        if (fields['logo_id'] !== undefined) needUpload(context, fields['logo_id'], badRequest)
        return { ...fields, is_internal: row?.fields['is_internal'] ?? false }
      },
      release: (row) => {
        if (membersOf(row.id).length > 0) throw badRequest('users still belong to the organization')
        if (groupsOf(row.id).length > 0) throw badRequest('groups still belong to the organization')
      },
    }),
    // Both take a cursor, yet their answers have no pagination object (notes GR1, GR2).
    listOrganizationMembers: (call) => {
      const all = membersOf(need(call).id)
      const kept =
        call.query['without_groups'] === true ? all.filter(({ id }) => !store.groupUsers.lefts(id).length) : all
      const members = slicePage(call, kept).items.map((user) => describeUser(context, user, call))
      return answerJson({ members })
    },
    listOrganizationGroups: (call) => {
      const groups = slicePage(call, groupsOf(need(call).id)).items.map((group) => describeGroup(context, group))
      return answerJson({ groups })
    },
  }
}

function handleRoles(context: VmsContext): Handlers {
  const { store } = context
  const need = (call: Call): Row<number> => needRow(store.roles, call.path['role_id'], 'Role')
  const membersOf = (id: number): Row<number>[] => store.users.all().filter((user) => user.fields['role_id'] === id)
  return {
    ...handleResource({
      singular: 'Role',
      plural: 'Roles',
      idName: 'role_id',
      listKey: 'roles',
      table: store.roles,
      lastCursor: null,
      view: (row) => ({ ...row.fields, id: row.id }),
      accept: (fields, row) => ({ ...fields, is_internal: row?.fields['is_internal'] ?? false }),
      release: (row) => {
        if (membersOf(row.id).length > 0) throw badRequest('users still have the role')
        store.rolePermissions.dropLeft(row.id)
      },
    }),
    listRoleMembers: (call) =>
      answerJson({ members: membersOf(need(call).id).map((user) => describeUser(context, user, call)) }),
    listRolePermissions: (call) => answerJson({ permissions: store.rolePermissions.rights(need(call).id) }),
    grantPermission: (call) => {
      const { role_id: id, permission } = bodyFields(call)
      store.rolePermissions.add(needRow(store.roles, id, 'Role').id, String(permission))
      return statusOk
    },
    revokePermission: (call) => {
      const { role_id: id, permission } = bodyFields(call)
      store.rolePermissions.remove(Number(id), String(permission))
      return statusOk
    },
  }
}

export function handlePeople(context: VmsContext): Handlers {
  return {
    ...handleUsers(context),
    ...handleGroups(context),
    ...handleOrganizations(context),
    ...handleRoles(context),
  }
}
