-- Less to write with each run, less to read for each page.

-- Where a run's events begin and end in its conversation's log: they are found through the log's own key instead of an index.
ALTER TABLE executions ADD COLUMN first_seq INTEGER;
ALTER TABLE executions ADD COLUMN last_seq INTEGER;
UPDATE executions SET first_seq = (SELECT min(seq) FROM events WHERE run_id = executions.id);
UPDATE executions SET last_seq = (SELECT max(seq) FROM events WHERE run_id = executions.id)
    WHERE state NOT IN ('queued', 'running');
DROP INDEX events_by_run;

-- The logs of agents' runs are in no list of conversations.
DROP INDEX conversations_by_change;
CREATE INDEX conversations_by_change ON conversations (user_id, updated_at DESC, id DESC) WHERE origin = 'chat';

-- Everything that is summed up, so that a summary reads no call.
DROP INDEX usage_by_user;
CREATE INDEX usage_by_user ON usage (user_id, at, agent_id, input, output, cache_read, cache_write, cost_micro_usd);

-- What each agent has used since it was made. Kept by the database itself, so that it cannot say anything else than the calls do.
CREATE TABLE agent_usage (
    agent_id       TEXT PRIMARY KEY,
    input          INTEGER NOT NULL,
    output         INTEGER NOT NULL,
    cache_read     INTEGER NOT NULL,
    cache_write    INTEGER NOT NULL,
    cost_micro_usd INTEGER NOT NULL,
    calls          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO agent_usage
    SELECT agent_id, sum(input), sum(output), sum(cache_read), sum(cache_write), sum(cost_micro_usd), count(*)
    FROM usage WHERE agent_id IS NOT NULL GROUP BY agent_id;
CREATE TRIGGER usage_of_agent AFTER INSERT ON usage WHEN NEW.agent_id IS NOT NULL BEGIN
    INSERT INTO agent_usage
    VALUES (NEW.agent_id, NEW.input, NEW.output, NEW.cache_read, NEW.cache_write, NEW.cost_micro_usd, 1)
    ON CONFLICT (agent_id) DO UPDATE SET
        -- A sum that SQLite cannot hold would be a fraction, which the column refuses, and with it the call.
        input = min(input + excluded.input, 9000000000000000000),
        output = min(output + excluded.output, 9000000000000000000),
        cache_read = min(cache_read + excluded.cache_read, 9000000000000000000),
        cache_write = min(cache_write + excluded.cache_write, 9000000000000000000),
        cost_micro_usd = min(cost_micro_usd + excluded.cost_micro_usd, 9000000000000000000),
        calls = calls + 1;
END;
