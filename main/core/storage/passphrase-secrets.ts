// Secrets at rest under a passphrase: scrypt makes the key (RFC 7914), AES-256-GCM seals each value under its name.
// Knows the table of ciphertexts, not what the secrets are for.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { AppError } from '#contract/errors.ts'
import type { SecretsPort } from '#core/ports.ts'
import type { Database } from './open-database.ts'

/** 2^16 rounds of 8 blocks: 64 MiB and a fraction of a second for each guess. */
const cost = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 }
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const checkName = 'check of the passphrase'
const checkValue = 'right'

/**
 * The first use of a fresh database sets the passphrase. `get` and `set` fail with `unauthorized` when the passphrase is not
 * the one of that database, `get` with `internal` when a stored value was damaged or moved.
 */
export function createPassphraseSecrets(options: {
  database: Pick<Database, 'secrets' | 'settings'>
  passphrase: string
}): SecretsPort {
  const { secrets, settings } = options.database
  let key: Promise<Buffer> | null = null
  const unlock = (): Promise<Buffer> => (key ??= deriveCheckedKey())

  async function deriveCheckedKey(): Promise<Buffer> {
    const salt = settings.ensure('secrets.salt', () => randomBytes(16).toString('hex'))
    const derived = await deriveKey(options.passphrase, Buffer.from(salt, 'hex'))
    const sealed = secrets.get(checkName)
    if (sealed === null) secrets.set(checkName, seal(derived, checkName, checkValue))
    else if (open(derived, checkName, sealed) !== checkValue) {
      throw new AppError('unauthorized', 'The passphrase of the saved servers is wrong.', {
        details: { reason: 'passphrase' },
      })
    }
    return derived
  }

  return {
    isPersistent: true,
    async get(name) {
      const derived = await unlock()
      const sealed = secrets.get(name)
      if (sealed === null) return null
      const value = open(derived, name, sealed)
      if (value === null) throw new AppError('internal', 'A saved secret is damaged. Sign in again to replace it.')
      return value
    },
    async set(name, value) {
      secrets.set(name, seal(await unlock(), name, value))
    },
    async delete(name) {
      secrets.remove(name)
    },
  }
}

function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, keyBytes, cost, (error, derived) =>
      error ? reject(error) : resolve(derived),
    )
  })
}

/** Nonce, tag, ciphertext. The name is authenticated too, so that no value can be put under another name. */
function seal(key: Buffer, name: string, value: string): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
  const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext])
}

/** Null when the key, the name or the bytes are not the ones it was sealed with. */
function open(key: Buffer, name: string, sealed: Uint8Array): string | null {
  if (sealed.length < nonceBytes + tagBytes) return null
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(name)).setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes))
  try {
    return decipher.update(sealed.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return null
  }
}
