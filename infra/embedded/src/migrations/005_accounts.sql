-- The account that was signed in when a session or token was made: {"email": …, "hosted_domain": …}; null for local users.
ALTER TABLE credentials ADD COLUMN account TEXT;

CREATE INDEX credentials_of_user ON credentials (user_id, kind);
