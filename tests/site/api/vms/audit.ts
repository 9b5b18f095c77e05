// The audit trail of the vms dialect: what was done before the server started, and each change since (section 1).
// Knows nothing of the changes themselves.
import { drawItem, drawUuid } from '../vms-data/random.ts'
import { answerJson, notFound, queryNumber, readTime, writeTime } from './call.ts'
import type { Call, Handlers } from './call.ts'
import { answerPage } from './paging.ts'
import { isSuperuser } from './people.ts'
import { needRow } from './resources.ts'
import { readText } from './tables.ts'
import type { Fields, Row } from './tables.ts'
import type { VmsContext } from './vms-context.ts'

const dayMs = 86_400_000
const seededCount = 60
const recordLimit = 5000

/** Sixty records of the past three days. */
export function seedAuditTrail({ store }: VmsContext, actions: readonly string[], nowMs: number): void {
  for (let number = 0; number < seededCount; number++) {
    const fields = {
      action_type: drawItem(actions, 'audit action', number),
      user_id: 1 + (number % 9),
      client_ip: `192.0.2.${1 + (number % 20)}`,
      meta: { number },
    }
    const createdAtMs = nowMs - Math.floor(((seededCount - number) / seededCount) * 3 * dayMs)
    store.auditLogs.insert(fields, createdAtMs, drawUuid('audit', number))
  }
}

/** Adds what a successful call changed; the trail keeps its newest records. */
export function recordAction({ store }: VmsContext, action: string, call: Call, clientIp: string): void {
  const signedIn = store.users.all().find((user) => user.fields['email'] === (call.body as Fields | null)?.['username'])
  const user = call.user ?? signedIn
  if (user === undefined || user === null) return
  const fields = { action_type: action, user_id: user.id, client_ip: clientIp, meta: { ...call.path } }
  const [oldest, ...others] = store.auditLogs.all()
  if (oldest !== undefined && others.length >= recordLimit) store.auditLogs.remove(oldest.id)
  store.auditLogs.insert(fields, call.nowMs)
}

function describeRecord({ store }: VmsContext, record: Row<string>): Fields {
  const user = store.users.find(record.fields['user_id'])
  const organizationId = Number(user?.fields['organization_id'] ?? 1)
  const roleId = Number(user?.fields['role_id'] ?? 1)
  const groups = user === undefined ? [] : store.groupUsers.lefts(user.id)
  return {
    ...record.fields,
    id: record.id,
    organization_id: organizationId,
    organization_name: readText(store.organizations.find(organizationId), 'name'),
    created_at: writeTime(record.createdAtMs),
    user_email: readText(user, 'email'),
    user_first_name: readText(user, 'first_name'),
    user_last_name: readText(user, 'last_name'),
    user_role_id: roleId,
    user_role_name: readText(store.roles.find(roleId), 'name'),
    user_groups: groups.map((id) => ({ id, name: readText(store.groups.find(id), 'name') })),
    user_is_superuser: isSuperuser(user ?? null),
  }
}

/** The past 24 hours unless a bound is sent; newest first unless asked otherwise. */
function listRecords(context: VmsContext, call: Call): Fields[] {
  const { user_ids: users, action_types: actions, created_at_from: from, created_at_to: to } = call.query
  const isOpen = from === undefined && to === undefined
  const fromMs =
    from === undefined ? (isOpen ? call.nowMs - dayMs : -Infinity) : readTime(from, 'query', 'created_at_from')
  const toMs = to === undefined ? Infinity : readTime(to, 'query', 'created_at_to')
  const organization = queryNumber(call, 'organization_id')
  const direction = call.query['order_by'] === 'created_at' ? 1 : -1
  return context.store.auditLogs
    .all()
    .filter((record) => record.createdAtMs >= fromMs && record.createdAtMs <= toMs)
    .filter(({ fields }) => users === undefined || (users as unknown[]).includes(fields['user_id']))
    .filter(({ fields }) => actions === undefined || (actions as unknown[]).includes(fields['action_type']))
    .toSorted((one, other) => direction * (one.createdAtMs - other.createdAtMs))
    .map((record) => describeRecord(context, record))
    .filter((record) => organization === undefined || record['organization_id'] === organization)
}

export function handleAudit(context: VmsContext): Handlers {
  return {
    listAuditLogs: (call) => answerPage(call, 'auditlogs', listRecords(context, call), context.switches.lastCursor),
    getAuditLog: (call) => {
      const row = needRow(context.store.auditLogs, call.path['auditlog_id'], 'AuditLog')
      const record = describeRecord(context, row)
      const organization = queryNumber(call, 'organization_id')
      if (organization !== undefined && record['organization_id'] !== organization) throw notFound('the record')
      return answerJson(record)
    },
  }
}
