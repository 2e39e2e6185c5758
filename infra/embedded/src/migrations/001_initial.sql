-- Ids are UUID texts, instants are microseconds since 1970 (UTC), bodies are JSON.
-- `executions` is the run table and the queue in one: a row in state 'queued' is the durable message (docs/adr/0003).

CREATE TABLE users (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    onboarding TEXT NOT NULL
) STRICT;

CREATE TABLE credentials (
    hash       BLOB PRIMARY KEY,
    kind       TEXT NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;

CREATE TABLE conversations (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,
    agent_id   TEXT,
    title      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_seq   INTEGER NOT NULL DEFAULT 0,
    session    TEXT
) STRICT;
CREATE INDEX conversations_by_change ON conversations (user_id, updated_at DESC, id DESC);

CREATE TABLE messages (
    id              TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    run_id          TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    role            TEXT NOT NULL,
    content         TEXT NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_in_order ON messages (conversation_id, seq);

CREATE TABLE executions (
    position            INTEGER PRIMARY KEY,
    id                  TEXT NOT NULL UNIQUE,
    user_id             TEXT NOT NULL,
    conversation_id     TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    agent_id            TEXT,
    message_id          TEXT NOT NULL,
    trigger             TEXT NOT NULL,
    retry_of            TEXT,
    state               TEXT NOT NULL,
    reason              TEXT,
    proved              INTEGER,
    queued_at           INTEGER NOT NULL,
    started_at          INTEGER,
    finished_at         INTEGER,
    result              TEXT,
    usage               TEXT NOT NULL,
    attempt             INTEGER NOT NULL DEFAULT 0,
    epoch               INTEGER NOT NULL DEFAULT 0,
    lease_runner        TEXT,
    lease_incarnation   TEXT,
    lease_expires_at    INTEGER,
    cancel_requested_at INTEGER,
    progress            TEXT
) STRICT;
CREATE INDEX executions_unfinished ON executions (conversation_id, position) WHERE state IN ('queued', 'running');
CREATE INDEX executions_active_by_user ON executions (user_id) WHERE state IN ('queued', 'running');
CREATE INDEX executions_by_user ON executions (user_id, position DESC);
CREATE INDEX executions_by_conversation ON executions (conversation_id, position DESC);

CREATE TABLE events (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq             INTEGER NOT NULL,
    run_id          TEXT NOT NULL,
    at              INTEGER NOT NULL,
    body            TEXT NOT NULL,
    PRIMARY KEY (conversation_id, seq)
) STRICT;
CREATE INDEX events_by_run ON events (run_id, seq);

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE secrets (
    scope      TEXT NOT NULL,
    name       TEXT NOT NULL,
    nonce      BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT;

-- One settled model call a row; the id makes recording it twice harmless.
CREATE TABLE usage (
    id              TEXT PRIMARY KEY,
    run_id          TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    agent_id        TEXT,
    conversation_id TEXT,
    model           TEXT NOT NULL,
    input           INTEGER NOT NULL,
    output          INTEGER NOT NULL,
    cache_read      INTEGER NOT NULL,
    cache_write     INTEGER NOT NULL,
    cost_micro_usd  INTEGER NOT NULL,
    at              INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_by_run ON usage (run_id);
CREATE INDEX usage_by_user ON usage (user_id, at);
CREATE INDEX usage_by_agent ON usage (agent_id, at) WHERE agent_id IS NOT NULL;

CREATE TABLE audit (
    position   INTEGER PRIMARY KEY,
    run_id     TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    host       TEXT NOT NULL,
    port       INTEGER NOT NULL,
    verdict    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    bytes_up   INTEGER NOT NULL,
    bytes_down INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_by_run ON audit (run_id, position);
