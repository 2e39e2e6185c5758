-- Agents that run by themselves.

-- 'chat' or 'run': the log of an agent's run is not a conversation that a person has.
ALTER TABLE conversations ADD COLUMN origin TEXT NOT NULL DEFAULT 'chat';

-- What a run of an agent was given (JSON), and of that what lists show.
ALTER TABLE executions ADD COLUMN agent TEXT;
ALTER TABLE executions ADD COLUMN agent_name TEXT;
ALTER TABLE executions ADD COLUMN agent_version INTEGER;
ALTER TABLE executions ADD COLUMN schedule_id TEXT;
ALTER TABLE executions ADD COLUMN scheduled_at INTEGER;
CREATE INDEX executions_by_agent ON executions (agent_id, position DESC) WHERE agent_id IS NOT NULL;
