-- Runners, and which workspace lives on which.

CREATE TABLE runners (
    name        TEXT PRIMARY KEY,
    incarnation TEXT NOT NULL,
    address     TEXT NOT NULL,
    standing    TEXT NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE placements (
    user_id     TEXT PRIMARY KEY,
    runner      TEXT NOT NULL,
    incarnation TEXT NOT NULL,
    epoch       INTEGER NOT NULL,
    stage       TEXT NOT NULL,
    -- The newest complete snapshot (JSON).
    snapshot    TEXT
) STRICT;
CREATE INDEX placements_by_runner ON placements (runner, user_id) WHERE stage <> 'released';
