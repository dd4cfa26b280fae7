DROP TABLE key_check;
ALTER TABLE webhooks DROP COLUMN previous_secret_until;
ALTER TABLE webhooks DROP COLUMN previous_secret_sealed;
ALTER TABLE tenants DROP COLUMN deleted_at;
DROP TABLE audit_log;
DROP TABLE links;
DROP TABLE sessions;
DROP TABLE api_keys;
DROP TABLE operators;
