// Greeting and the link to Orion of the vms dialect (sections 7 and 10).
// Knows nothing of other resources.
import { answerJson, bodyFields, writeTime } from './call.ts'
import type { Handlers } from './call.ts'
import type { Fields } from './tables.ts'

export function handleService(): Handlers {
  let orion: Fields = { wsdl_url: 'http://192.0.2.50/orion?wsdl', login: 'orion', password: 'orion' }
  return {
    getHello: () => answerJson({ message: 'Hello', version: '3.14.1' }),
    getOrionInfo: () =>
      answerJson({
        service_version: '1.20',
        software_version: '1.20.3',
        software_name: 'Orion Pro',
        database_version: `site (${String(orion['login'])})`,
      }),
    setOrionConfig: (call) => {
      orion = { ...orion, ...bodyFields(call) }
      return answerJson({ ...orion, organization_id: 1, updated_at: writeTime(call.nowMs) })
    },
  }
}
