-- Set while a slot waits of which it is decided that it runs: the version of the agent that its run is made of.
ALTER TABLE slots ADD COLUMN agent_version INTEGER;
