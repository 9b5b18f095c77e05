// The one place that knows both dialects: which one stands behind a saved server.
import type { Connection } from './connection.ts'
import type { VideoServer } from './video-server.ts'
import { createVmsServer } from './vms/create-vms-server.ts'
import { createVsaasServer } from './vsaas/create-vsaas-server.ts'

export function openDialect(connection: Connection): VideoServer {
  return connection.describe().dialect === 'vms' ? createVmsServer(connection) : createVsaasServer(connection)
}
