-- What has ended is looked for every few minutes, in tables that grow with the
-- people and not with what has ended.
CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE INDEX sessions_last_seen_at ON sessions (last_seen_at);
CREATE INDEX factors_unconfirmed ON factors (created_at) WHERE confirmed_at IS NULL;
CREATE INDEX tokens_ended_at ON tokens (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX webhook_deliveries_created_at ON webhook_deliveries (created_at);
CREATE INDEX notification_mails_due_at ON notification_mails (due_at);
CREATE INDEX notification_mails_user_id ON notification_mails (user_id);
CREATE INDEX focus_until ON focus (until);
