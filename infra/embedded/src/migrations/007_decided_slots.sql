-- Set while a slot waits of which it is decided that it runs: the version of the agent that its run is made of.
ALTER TABLE slots ADD COLUMN agent_version INTEGER;

-- A user's schedules are few and are sorted when they are shown: with the time in the index it was written with every slot.
DROP INDEX schedules_by_user;
CREATE INDEX schedules_by_user ON schedules (user_id) WHERE next_due_at IS NOT NULL;
