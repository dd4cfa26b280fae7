-- Ids are 16-byte ULIDs, instants microseconds since 1970, JSON and header lists text. `WITHOUT ROWID`: the id is the only key.
-- Not so for events and attempts: a row without a rowid that is longer than a quarter of a page takes pages of its own.
-- events, deliveries and attempts are written thousands of times a second and have no foreign keys: each would be looked up for
-- each row, and the rows of a batch are made together anyway.

CREATE TABLE tenants (
    id           BLOB    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    external_id  TEXT    UNIQUE, -- the platform's own
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE webhooks (
    id                      BLOB    NOT NULL PRIMARY KEY,
    tenant_id               BLOB    NOT NULL REFERENCES tenants (id),
    url                     TEXT    NOT NULL,
    description             TEXT    NOT NULL,
    status                  INTEGER NOT NULL, -- 0 inactive, 1 active
    inactive_reason         TEXT,
    secret_sealed           BLOB    NOT NULL,
    secret_set_at           INTEGER NOT NULL,
    auth_type               TEXT    NOT NULL,
    auth_name               TEXT    NOT NULL, -- user name or header name
    auth_sealed             BLOB,             -- password or header value
    header_names            TEXT    NOT NULL, -- of custom headers, a JSON list
    headers_sealed          BLOB,             -- their values, a JSON list
    credentials_changed_at  INTEGER NOT NULL, -- secret, authentication or headers
    selection               TEXT    NOT NULL,
    timeout_ms              INTEGER NOT NULL,
    retry_schedule          TEXT    NOT NULL,
    version                 INTEGER NOT NULL,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    deleted_at              INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX webhooks_of_tenant ON webhooks (tenant_id, id) WHERE deleted_at IS NULL;

CREATE TABLE events (
    id          BLOB    NOT NULL PRIMARY KEY,
    tenant_id   BLOB    NOT NULL,
    source      TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    ce_id       TEXT    NOT NULL,
    time        INTEGER NOT NULL,
    matched     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    payload     TEXT    NOT NULL -- the exact bytes that are signed and sent, once for all deliveries
) STRICT;
CREATE INDEX events_of_tenant ON events (tenant_id, id);
CREATE INDEX events_unwanted ON events (tenant_id, id) WHERE matched = 0;

-- An event counts once by these three. A table of its own, as on PostgreSQL no unique index can span the days of events.
CREATE TABLE event_keys (
    tenant_id  BLOB NOT NULL,
    ce_id      TEXT NOT NULL,
    source     TEXT NOT NULL,
    event_id   BLOB NOT NULL,
    PRIMARY KEY (tenant_id, ce_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    id               BLOB    NOT NULL PRIMARY KEY,
    tenant_id        BLOB    NOT NULL,
    event_id         BLOB    NOT NULL,
    webhook_id       BLOB    NOT NULL,
    event_type       TEXT    NOT NULL, -- SOURCE.TYPE
    status           INTEGER NOT NULL, -- 0 pending, 1 retrying, 2 delivered, 3 failed, 4 cancelled
    attempt_count    INTEGER NOT NULL,
    retry_index      INTEGER NOT NULL, -- how many delays of the retry schedule are used up
    next_trigger     TEXT    NOT NULL,
    claimed          INTEGER NOT NULL, -- 1: an attempt is under way until due_at, then it counts as interrupted
    due_at           INTEGER,
    failure          TEXT,
    status_code      INTEGER,
    duration_us      INTEGER,
    last_attempt_at  INTEGER,
    created_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_of_tenant ON deliveries (tenant_id, id);
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_of_webhook_and_type ON deliveries (webhook_id, event_type, id);
-- A list of few among many, of one webhook or of all. Most have arrived, and are found without.
-- `+ 0`: PostgreSQL would find what is due, `status < 2`, by these too, and read a backlog whole. Not `IN` with more than two:
-- SQLite would make a table of them for each row that it writes.
CREATE INDEX deliveries_by_status ON deliveries (webhook_id, status, id) WHERE status + 0 <> 2;
CREATE INDEX deliveries_by_status_of_tenant ON deliveries (tenant_id, status, id) WHERE status + 0 <> 2;
CREATE INDEX deliveries_failed_by_type ON deliveries (webhook_id, status, event_type, id) WHERE status IN (1, 3);
CREATE INDEX deliveries_by_failure ON deliveries (webhook_id, failure, id) WHERE failure IS NOT NULL;
CREATE INDEX deliveries_by_failure_of_tenant ON deliveries (tenant_id, failure, id) WHERE failure IS NOT NULL;
CREATE INDEX deliveries_by_code ON deliveries (webhook_id, status_code, id) WHERE failure IS NOT NULL;
CREATE INDEX deliveries_by_code_of_tenant ON deliveries (tenant_id, status_code, id) WHERE failure IS NOT NULL;
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE status < 2;
CREATE INDEX deliveries_of_event ON deliveries (event_id);

CREATE TABLE attempts (
    delivery_id             BLOB    NOT NULL,
    number                  INTEGER NOT NULL,
    trigger                 TEXT    NOT NULL,
    started_at              INTEGER NOT NULL,
    duration_us             INTEGER NOT NULL,
    phases                  TEXT    NOT NULL,
    url                     TEXT    NOT NULL,
    failure                 TEXT,
    error                   TEXT,
    request_headers_sealed  BLOB    NOT NULL,
    status_code             INTEGER,
    response_headers        TEXT    NOT NULL,
    response_body           BLOB,
    truncated               INTEGER NOT NULL,
    webhook_version         INTEGER, -- whose settings it used; NULL where it did not get so far
    PRIMARY KEY (delivery_id, number)
) STRICT;

CREATE TABLE event_types (
    tenant_id    BLOB NOT NULL, -- with every bit set: of all tenants
    source       TEXT NOT NULL,
    type         TEXT NOT NULL,
    description  TEXT NOT NULL,
    example      TEXT,
    PRIMARY KEY (tenant_id, source, type)
) STRICT, WITHOUT ROWID;

INSERT INTO tenants (id, name, created_at) VALUES (zeroblob(16), 'default', 0);
