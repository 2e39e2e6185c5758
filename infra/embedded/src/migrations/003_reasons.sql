-- Why a run that is asked to stop is asked: its user, or the next run of its schedule.
ALTER TABLE executions ADD COLUMN cancel_reason TEXT;
-- The list of agents tells a question from a failure.
DROP INDEX executions_by_agent;
CREATE INDEX executions_by_agent ON executions (agent_id, position DESC, queued_at, agent_name, state, reason, proved,
    cost_micro_usd, id, user_id) WHERE agent_id IS NOT NULL;
