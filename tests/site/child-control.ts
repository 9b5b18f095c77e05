// The child's side of a site server process: its settings, its readiness, and the control channel to its parent.
// Knows nothing of what the server serves; the parent's side is start-site.ts.
import type { RequestRecord } from './request-log.ts'

/** Handed to each child in the environment variable `SITE_CHILD` as JSON, because arguments are visible to everyone. */
export interface ChildSettings {
  readonly certificatePem: string
  readonly privateKeyPem: string
  /** 0 = any free port; the former port after a restart. */
  readonly httpsPort: number
  readonly httpPort: number
  /** HMAC key for link tokens. */
  readonly linkSecret: string
  readonly seed: number
  readonly cacheFolder: string
  /** Ports of the media server for the links API servers hand out; 9 (discard) when there is no media server. */
  readonly mediaHttpsPort: number
  readonly mediaHttpPort: number
  /** Accounts of the API servers. */
  readonly vsaasToken: string
  readonly vsaasIntegratorToken: string
  readonly vmsUsername: string
  readonly vmsPassword: string
}

export interface ChildPorts {
  readonly httpsPort: number
  readonly httpPort: number
}

export interface ChildControl {
  /** Changes behaviour; a patch that does not fit throws, and the parent's promise rejects with the message. */
  set(patch: Record<string, unknown>): void | Promise<void>
  /** Back to the behaviour and state at start; the log stays. */
  reset(): void | Promise<void>
  log(): RequestRecord[]
  clearLog(): void
}

export interface ControlQuestion {
  readonly id: number
  readonly op: 'set' | 'reset' | 'log' | 'clearLog'
  readonly value?: unknown
}

export type ControlAnswer =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

/** Takes the settings out of the environment, so that programs this process starts do not inherit them. */
export function takeChildSettings(environment: NodeJS.ProcessEnv = process.env): ChildSettings {
  const text = environment['SITE_CHILD']
  delete environment['SITE_CHILD']
  if (text === undefined) throw new Error('SITE_CHILD is not set: this process is started by start-site.ts')
  return JSON.parse(text) as ChildSettings
}

async function runOperation(control: ChildControl, question: ControlQuestion): Promise<unknown> {
  switch (question.op) {
    case 'set':
      if (typeof question.value !== 'object' || question.value === null) throw new Error('set needs an object')
      return control.set(question.value as Record<string, unknown>)
    case 'reset':
      return control.reset()
    case 'log':
      return control.log()
    case 'clearLog':
      return control.clearLog()
  }
}

/**
 * Answers the parent's questions and tells it the ports. The process ends when the parent goes away. Call it when the
 * servers are listening; throws when the process has no parent with an IPC channel.
 */
export function serveControl(control: ChildControl, ports: ChildPorts): void {
  const send = process.send?.bind(process)
  if (send === undefined) throw new Error('no IPC channel: this process is started by start-site.ts')
  process.on('disconnect', () => process.exit(0))
  process.on('message', (message) => {
    const question = message as ControlQuestion
    runOperation(control, question).then(
      (value) => process.connected && send({ id: question.id, value: value ?? null } satisfies ControlAnswer),
      (error: unknown) =>
        process.connected &&
        send({
          id: question.id,
          error: error instanceof Error ? error.message : String(error),
        } satisfies ControlAnswer),
    )
  })
  send({ ready: ports })
}
