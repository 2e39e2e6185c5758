-- Agents that run by themselves.

-- 'chat' or 'run': the log of an agent's run is not a conversation that a person has.
ALTER TABLE conversations ADD COLUMN origin TEXT NOT NULL DEFAULT 'chat';

-- What a run of an agent was given (JSON), and of that what lists show.
ALTER TABLE executions ADD COLUMN agent TEXT;
ALTER TABLE executions ADD COLUMN agent_name TEXT;
ALTER TABLE executions ADD COLUMN agent_version INTEGER;
ALTER TABLE executions ADD COLUMN schedule_id TEXT;
ALTER TABLE executions ADD COLUMN scheduled_at INTEGER;
ALTER TABLE executions ADD COLUMN cost_micro_usd INTEGER
    GENERATED ALWAYS AS (CAST(usage ->> '$.cost_micro_usd' AS INTEGER)) VIRTUAL;
-- Everything that the list of agents shows of their runs, so that it reads no run.
CREATE INDEX executions_by_agent ON executions (agent_id, position DESC, queued_at, agent_name, state, proved,
    cost_micro_usd, id, user_id) WHERE agent_id IS NOT NULL;
-- Everything that runs are filtered by, so that runs which do not fit are not read.
DROP INDEX executions_by_user;
CREATE INDEX executions_by_user ON executions (user_id, position DESC, state, reason, trigger, proved, agent_name,
    queued_at, finished_at);
-- 0: ended, and what follows from that (notifications, the schedule's failures) is still to be settled; NULL for chats.
ALTER TABLE executions ADD COLUMN settled INTEGER;
CREATE INDEX executions_unsettled ON executions (finished_at, position) WHERE settled = 0;
-- An agent's unfinished runs, for the overlap of its slots.
CREATE INDEX executions_active_by_agent ON executions (agent_id, position)
    WHERE state IN ('queued', 'running') AND agent IS NOT NULL;
-- Runs that count against a user's quota. What a schedule has queued does not, and there may be thousands of them.
DROP INDEX executions_active_by_user;
CREATE INDEX executions_in_quota ON executions (user_id, state)
    WHERE state = 'running' OR (state = 'queued' AND trigger <> 'schedule');

-- A deleted agent keeps its row, without its content, so that neither its id nor its number is given again.
CREATE TABLE agents (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,
    number     INTEGER NOT NULL,
    status     TEXT NOT NULL,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    UNIQUE (user_id, number)
) STRICT;

CREATE TABLE agent_versions (
    agent_id   TEXT NOT NULL REFERENCES agents (id),
    version    INTEGER NOT NULL,
    spec       TEXT NOT NULL,
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (agent_id, version)
) STRICT;

CREATE TABLE schedules (
    id          TEXT PRIMARY KEY,
    agent_id    TEXT NOT NULL UNIQUE REFERENCES agents (id),
    user_id     TEXT NOT NULL,
    spec        TEXT NOT NULL,
    cursor      INTEGER NOT NULL,
    next_due_at INTEGER,
    paused      TEXT,
    failures    INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX schedules_due ON schedules (next_due_at) WHERE next_due_at IS NOT NULL;
CREATE INDEX schedules_by_user ON schedules (user_id, next_due_at) WHERE next_due_at IS NOT NULL;

-- The ledger outlives its schedule and its agent. A slot ends once, with a run or with a reason.
CREATE TABLE slots (
    schedule_id  TEXT NOT NULL,
    scheduled_at INTEGER NOT NULL,
    agent_id     TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    dispatch_at  INTEGER NOT NULL,
    outcome      TEXT NOT NULL,
    reason       TEXT,
    run_id       TEXT,
    late         INTEGER NOT NULL,
    decided_at   INTEGER NOT NULL,
    PRIMARY KEY (schedule_id, scheduled_at),
    CHECK ((outcome = 'ran') = (run_id IS NOT NULL)),
    CHECK ((outcome IN ('skipped', 'missed')) = (reason IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX slots_waiting ON slots (dispatch_at, scheduled_at) WHERE outcome = 'pending';
CREATE INDEX slots_by_agent ON slots (agent_id, scheduled_at);
CREATE INDEX slots_missed ON slots (user_id, decided_at, scheduled_at) WHERE outcome = 'missed';

CREATE TABLE notifications (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    agent_id   TEXT,
    agent_name TEXT,
    run_id     TEXT,
    reason     TEXT,
    detail     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    read_at    INTEGER
) STRICT;
CREATE INDEX notifications_by_user ON notifications (user_id, at, id);
CREATE INDEX notifications_unread ON notifications (user_id, at, id) WHERE read_at IS NULL;

CREATE TABLE deliveries (
    id              TEXT PRIMARY KEY,
    notification_id TEXT NOT NULL REFERENCES notifications (id),
    user_id         TEXT NOT NULL,
    channel         TEXT NOT NULL,
    target          TEXT NOT NULL,
    state           TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER,
    last_outcome    TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_by_user ON deliveries (user_id, created_at, id);

CREATE TABLE notification_settings (
    user_id  TEXT PRIMARY KEY,
    settings TEXT NOT NULL
) STRICT;

CREATE TABLE proposals (
    id              TEXT PRIMARY KEY,
    user_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    run_id          TEXT NOT NULL,
    body            TEXT NOT NULL,
    state           TEXT NOT NULL,
    agent_id        TEXT,
    created_at      INTEGER NOT NULL,
    decided_at      INTEGER
) STRICT;
CREATE INDEX proposals_by_conversation ON proposals (conversation_id, created_at, id);
CREATE INDEX proposals_open ON proposals (user_id, created_at, id) WHERE state = 'open';
