// The schema of the workstation's database, as steps that are never changed once released; a new one is added at the end.
// Knows no feature.

export const migrations: readonly string[] = [
  `CREATE TABLE servers (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, dialect TEXT NOT NULL, url TEXT NOT NULL, trusted TEXT NOT NULL,
     settings TEXT NOT NULL, clock_check TEXT NOT NULL, has_stored_secret INTEGER NOT NULL,
     UNIQUE (dialect, url)
   ) STRICT;
   CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   CREATE TABLE secrets (name TEXT PRIMARY KEY, ciphertext BLOB NOT NULL) STRICT;
   CREATE TABLE locks (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until_ms INTEGER NOT NULL) STRICT;
   CREATE TABLE batches (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, destination TEXT NOT NULL, created_at_ms INTEGER NOT NULL,
     state TEXT NOT NULL, server_ids TEXT NOT NULL
   ) STRICT;`,
]
