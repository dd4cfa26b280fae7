DROP TABLE idempotency_keys;
DROP TABLE resends;
DROP TABLE resend_items;
DROP TABLE resend_jobs;
ALTER TABLE webhooks DROP COLUMN updated_by;
ALTER TABLE event_types DROP COLUMN schema;
DROP INDEX deliveries_tests_due;
ALTER TABLE deliveries DROP COLUMN test;
ALTER TABLE events DROP COLUMN test;
