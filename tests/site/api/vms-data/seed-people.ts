// The organizations, roles, groups and users the vms server begins with.
// Knows nothing of what requests do with them.
import type { Schema } from '../openapi-document.ts'
import type { Store } from '../vms/store.ts'
import { drawItem } from './random.ts'

const firstNames = ['Anna', 'Boris', 'Вера', 'Глеб', 'Dmitry', 'Elena', 'Фёдор', 'Ирина', 'Kirill', 'Olga']
const lastNames = ['Orlova', 'Smirnov', 'Ковалёва', 'Жуков', 'Petrov', 'Лебедева', 'Sokolov', 'Зайцева']
const userCount = 34

/** All values of the enumeration of permissions, as the document lists them. */
export function readPermissions({ root }: { readonly root: Schema }): string[] {
  const { schemas } = root['components'] as { schemas: Record<string, { enum?: string[] }> }
  return schemas['Permission']?.enum ?? []
}

function seedRoles(store: Store, permissions: readonly string[], nowMs: number): void {
  const roles = [
    { name: 'Administrator', is_internal: true, holds: () => true },
    { name: 'Operator', is_internal: false, holds: (name: string) => !name.includes('delete') },
    { name: 'Viewer', is_internal: false, holds: (name: string) => name.endsWith('_read') },
    { name: 'Without users', is_internal: false, holds: () => false },
  ]
  for (const { name, is_internal, holds } of roles) {
    const role = store.roles.insert({ name, description: `${name} of the site`, is_internal }, nowMs)
    for (const permission of permissions.filter(holds)) store.rolePermissions.add(role.id, permission)
  }
}

export interface FirstUser {
  readonly username: string
  readonly password: string
}

/** User 1 is the superuser whose name and password tests sign in with; the others share no password and cannot sign in. */
export function seedPeople(store: Store, permissions: readonly string[], first: FirstUser, nowMs: number): void {
  for (const [index, name] of ['Site', 'Branch «Север»', 'Without users'].entries()) {
    store.organizations.insert({ name, description: `Organization ${index + 1}`, is_internal: index === 0 }, nowMs)
  }
  seedRoles(store, permissions, nowMs)
  for (const [index, name] of ['Guards', 'Managers', 'Склад', 'Night shift', 'Empty group'].entries()) {
    const organization = index === 2 ? 2 : 1
    const description = `Group ${index + 1}`
    store.groups.insert({ name, description, is_internal: index === 0, organization_id: organization }, nowMs)
  }
  const admin = { first_name: 'Site', last_name: 'Administrator', email: first.username, role_id: 1 }
  const user = store.users.insert({ ...admin, organization_id: 1, is_superuser: true }, nowMs)
  store.passwords.set(user.id, first.password)
  for (let number = 2; number <= userCount; number++) {
    const names = {
      first_name: drawItem(firstNames, 'first name', number),
      last_name: drawItem(lastNames, 'last name', number),
    }
    const belongs = { organization_id: number % 7 === 0 ? 2 : 1, role_id: number % 2 === 0 ? 2 : 3 }
    const email = `user${number}@site.example`
    const { id } = store.users.insert({ ...names, email, ...belongs, is_superuser: false }, nowMs)
    if (number % 3 !== 0) store.groupUsers.add(1 + (number % 4), id)
  }
}
