// Secrets that live until the process ends. Nothing is written anywhere.
import type { SecretsPort } from '#core/ports.ts'

export function createSessionSecrets(): SecretsPort {
  const values = new Map<string, string>()
  return {
    isPersistent: false,
    get: (name) => Promise.resolve(values.get(name) ?? null),
    set: (name, value) => Promise.resolve(void values.set(name, value)),
    delete: (name) => Promise.resolve(void values.delete(name)),
  }
}
