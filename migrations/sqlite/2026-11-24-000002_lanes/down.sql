DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE status < 2;
ALTER TABLE webhooks DROP COLUMN in_alarm;
ALTER TABLE webhooks DROP COLUMN failure_streak;
ALTER TABLE webhooks DROP COLUMN failing_since;
ALTER TABLE webhooks DROP COLUMN rate_limit;
ALTER TABLE webhooks DROP COLUMN max_concurrency;
