-- Tests of webhooks are marked: statistics leave them out, and they are neither retried nor resent.
ALTER TABLE events ADD COLUMN test SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN test TEXT; -- what is tested; NULL for what was published
-- Tests are due to inactive webhooks too, however much waits for those.
CREATE INDEX deliveries_tests_due ON deliveries (webhook_id, due_at) WHERE status < 2 AND test IS NOT NULL;

-- When the content of an event was erased: its payload, and what receivers answered to its deliveries.
ALTER TABLE events ADD COLUMN erased_at BIGINT;
ALTER TABLE deliveries ADD COLUMN erased_at BIGINT;

ALTER TABLE event_types ADD COLUMN schema TEXT;

ALTER TABLE webhooks ADD COLUMN updated_by TEXT; -- the name of who changed it last; NULL where the server did
ALTER TABLE webhooks ADD COLUMN inactive_since BIGINT; -- NULL while it is active
ALTER TABLE webhooks ADD COLUMN content_mode TEXT NOT NULL DEFAULT 'structured'; -- or binary: its requests hold the event's data only

CREATE TABLE resend_jobs (
    id                  BYTEA   NOT NULL PRIMARY KEY,
    tenant_id           BYTEA   NOT NULL,
    webhook_id          BYTEA   NOT NULL,
    kind                TEXT    NOT NULL, -- failed or missed
    next_trigger        TEXT    NOT NULL, -- with the original or the current headers
    started_by          TEXT    NOT NULL, -- the name of who asked for it
    rate                INTEGER NOT NULL, -- resends a second
    max_failed_percent  INTEGER NOT NULL, -- of a step; if more fail, the job stops
    status              TEXT    NOT NULL,
    stop_reason         TEXT,
    step                INTEGER NOT NULL, -- 0: one delivery, 1: ten, 2: the rest
    step_resent         INTEGER NOT NULL,
    step_delivered      INTEGER NOT NULL,
    step_failed         INTEGER NOT NULL,
    total               INTEGER NOT NULL,
    resent              INTEGER NOT NULL,
    delivered           INTEGER NOT NULL,
    failed              INTEGER NOT NULL,
    skipped             INTEGER NOT NULL,
    due_at              BIGINT, -- when its next step is; NULL when it has ended and every delivery that it sent has a result
    created_at          BIGINT  NOT NULL,
    finished_at         BIGINT
);
CREATE INDEX resend_jobs_due ON resend_jobs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX resend_jobs_of_webhook ON resend_jobs (webhook_id, id);

-- What a job has to do, and what it has sent that has no result yet.
CREATE TABLE resend_items (
    job_id         BYTEA   NOT NULL,
    delivery_id    BYTEA   NOT NULL,
    attempt_count  INTEGER, -- how many attempts had been made when it was resent; NULL while it waits for its turn
    event_id       BYTEA, -- of which the job makes the delivery when it is its turn; NULL where it is there already
    PRIMARY KEY (job_id, delivery_id)
);
CREATE INDEX resend_items_under_way ON resend_items (job_id) WHERE attempt_count IS NOT NULL;

-- Who asked for a resend: apart from the attempts, so that the many that nobody asked for carry nothing.
CREATE TABLE resends (
    delivery_id  BYTEA   NOT NULL,
    number       INTEGER NOT NULL, -- of the attempt that was asked for
    resent_by    TEXT    NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

CREATE TABLE idempotency_keys (
    tenant_id    BYTEA   NOT NULL,
    key_hash     BYTEA   NOT NULL, -- SHA-256 of the key
    fingerprint  BYTEA   NOT NULL, -- SHA-256 of the request
    started_at   BIGINT  NOT NULL,
    status       SMALLINT,         -- of the answer; NULL while the request is under way
    headers      TEXT,
    body         BYTEA,
    action       TEXT,             -- of the audit log: what it has done, noted with that
    target_id    TEXT,             -- to what
    PRIMARY KEY (tenant_id, key_hash)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (started_at);

-- What time it was when something was to be purged last, and since when that is in doubt, as it had moved far from the time before.
CREATE TABLE purge_clock (
    id             SMALLINT NOT NULL PRIMARY KEY, -- there is one row
    seen_at        BIGINT, -- NULL before the first one
    doubted_since  BIGINT
);
INSERT INTO purge_clock (id) VALUES (1);
