-- People, programs, their sessions, and what they did.

CREATE TABLE operators (
    id               BYTEA NOT NULL PRIMARY KEY,
    tenant_id        BYTEA NOT NULL REFERENCES tenants (id),
    platform         SMALLINT NOT NULL, -- 1: may act for every tenant
    email            TEXT NOT NULL UNIQUE, -- lower case
    password_hash    TEXT NOT NULL, -- argon2id, in the PHC string format
    role             TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    last_sign_in_at  BIGINT
);
CREATE INDEX operators_of_tenant ON operators (tenant_id, id);

CREATE TABLE api_keys (
    id            BYTEA NOT NULL PRIMARY KEY,
    tenant_id     BYTEA NOT NULL REFERENCES tenants (id),
    platform      SMALLINT NOT NULL, -- 1: may act for every tenant
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    secret_hash   BYTEA NOT NULL, -- SHA-256
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT,
    last_used_at  BIGINT,
    revoked_at    BIGINT
);
CREATE INDEX api_keys_of_tenant ON api_keys (tenant_id, id);

CREATE TABLE sessions (
    token_hash    BYTEA NOT NULL PRIMARY KEY, -- SHA-256 of what the cookie holds
    operator_id   BYTEA REFERENCES operators (id) ON DELETE CASCADE, -- none: a portal link opened it
    visitor       TEXT, -- what whoever opened a portal link is called
    tenant_id     BYTEA NOT NULL REFERENCES tenants (id),
    role          TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
CREATE INDEX sessions_of_operator ON sessions (operator_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Links that work once: to set up the first operator, or to open the portal for a tenant.
CREATE TABLE links (
    token_hash  BYTEA NOT NULL PRIMARY KEY, -- SHA-256 of what the link holds
    purpose     TEXT NOT NULL, -- set_up, portal
    tenant_id   BYTEA NOT NULL REFERENCES tenants (id),
    role        TEXT NOT NULL,
    visitor     TEXT, -- whom it is for, if that is said
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);

CREATE TABLE audit_log (
    id           BYTEA NOT NULL PRIMARY KEY, -- its time is when it happened
    tenant_id    BYTEA NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     BYTEA,
    actor_name   TEXT NOT NULL, -- as it was then
    action       TEXT NOT NULL,
    target_kind  TEXT NOT NULL,
    target_id    TEXT NOT NULL,
    target_name  TEXT NOT NULL, -- as it was then
    address      TEXT, -- where the request came from
    request_id   TEXT,
    before       TEXT, -- JSON, without secrets
    after        TEXT
);
CREATE INDEX audit_log_of_tenant ON audit_log (tenant_id, id);
CREATE FUNCTION refuse_to_change_the_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit log is append only'; END $$;
CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_audit_log();

-- A deleted tenant keeps its row, as what it did names it, and its name is free again.
ALTER TABLE tenants ADD COLUMN deleted_at BIGINT;
ALTER TABLE tenants ADD COLUMN erasing SMALLINT NOT NULL DEFAULT 0; -- 1: deleted, and what its events hold is to be erased; 2: it is
-- Customers who are told apart by an external id may be called alike.
CREATE UNIQUE INDEX tenants_by_name ON tenants (name) WHERE deleted_at IS NULL AND external_id IS NULL;

-- While a secret is rotated, the one before signs too.
ALTER TABLE webhooks ADD COLUMN previous_secret_sealed BYTEA;
ALTER TABLE webhooks ADD COLUMN previous_secret_until BIGINT;

-- A known value, sealed: it tells at the start whether the encryption key is the right one.
CREATE TABLE key_check (
    id      SMALLINT NOT NULL PRIMARY KEY,
    sealed  BYTEA NOT NULL
);
