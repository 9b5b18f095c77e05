// What other features and hosts may use of the workstation's database and its secrets.
export { openDatabase } from './open-database.ts'
export type { Database, ServerRow } from './open-database.ts'
export { makeFolder } from './make-folder.ts'
export { createPassphraseSecrets } from './passphrase-secrets.ts'
export { createSessionSecrets } from './session-secrets.ts'
