// The signed-in user of the vms dialect: profile, permissions, password, e-mail (26.3, 26.4, 26.8, 26.9).
// Knows nothing of tokens.
import type { Answer } from '../api-server.ts'
import { answerJson, bodyFields, InvalidValue } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { describeUser, isSuperuser } from './people.ts'
import type { Fields, Row } from './tables.ts'
import type { VmsContext } from './vms-context.ts'

/** What a user may do: a superuser everything, others what their role holds, less what a test took away. */
export function listPermissions({ store, switches }: VmsContext, user: Row<number>, all: readonly string[]): string[] {
  const held = isSuperuser(user) ? all : store.rolePermissions.rights(Number(user.fields['role_id']))
  return held.filter((permission) => !switches.withoutPermissions.includes(permission))
}

/** These operations list no 400 (note US1): what cannot be stored is a 422. */
function refuseValue(name: string, wanted: string): InvalidValue {
  return new InvalidValue({ place: 'body', steps: [name], rule: 'format', wanted })
}

function needUser(call: Call): Row<number> {
  if (call.user === null) throw new Error(`${call.operation.id} without a user`)
  return call.user
}

export function handleAccount(context: VmsContext, allPermissions: readonly string[]): Handlers {
  const { store } = context

  function writeUser(call: Call, fields: Fields): Answer {
    const user = needUser(call)
    store.users.write(user, { ...user.fields, ...fields }, call.nowMs)
    return answerJson(describeUser(context, user, call))
  }

  function checkPassword(call: Call, name: string): void {
    const given = bodyFields(call)[name]
    if (store.passwords.get(needUser(call).id) !== given) throw refuseValue(name, 'present password')
  }

  return {
    getCurrentUser: (call) => {
      const user = needUser(call)
      const permissions = listPermissions(context, user, allPermissions)
      return answerJson({ ...describeUser(context, user, call), permissions })
    },
    updateCurrentUser: (call) => {
      const { first_name, last_name, avatar_id } = bodyFields(call)
      if (avatar_id !== undefined && store.uploads.find(avatar_id) === undefined) {
        throw refuseValue('avatar_id', 'upload')
      }
      return writeUser(call, { first_name, last_name, ...(avatar_id === undefined ? {} : { avatar_id }) })
    },
    updateCurrentUserPassword: (call) => {
      checkPassword(call, 'old_password')
      store.passwords.set(needUser(call).id, String(bodyFields(call)['new_password']))
      return writeUser(call, {})
    },
    updateCurrentUserEmail: (call) => {
      checkPassword(call, 'password')
      const { email } = bodyFields(call)
      const taken = store.users.all().some((user) => user !== call.user && user.fields['email'] === email)
      if (taken) throw refuseValue('email', 'free e-mail')
      return writeUser(call, { email })
    },
  }
}
