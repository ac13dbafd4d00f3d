/** Steps from an empty file to today's tables; the file's `user_version` says how many it has seen. Only ever appended to. */
export const migrations: readonly string[] = [
  `CREATE TABLE resources (
    name TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT,
    answer_status INTEGER,
    answer_headers TEXT,
    answer_body BLOB,
    expires_at_ms INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX resources_by_account ON resources (account);
  CREATE INDEX resources_by_expiry ON resources (expires_at_ms) WHERE expires_at_ms IS NOT NULL;
  CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    total_bytes INTEGER,
    state TEXT NOT NULL,
    protocol TEXT NOT NULL,
    start TEXT NOT NULL,
    spool_file TEXT NOT NULL,
    account TEXT,
    upstream_url TEXT,
    answer_status INTEGER,
    answer_headers TEXT,
    answer_body BLOB
  ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE kept_files (
    name TEXT PRIMARY KEY,
    spool_file TEXT NOT NULL,
    byte_count INTEGER NOT NULL,
    kept_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    details TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE client_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    start TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    last_used_at_ms INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE worker_labels (worker_id TEXT PRIMARY KEY, label TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE resources ADD COLUMN answer_path TEXT;
  UPDATE resources SET answer_path = '/v1beta/' || name WHERE answer_status IS NOT NULL;`,
];
