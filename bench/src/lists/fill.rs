//! Writes events and deliveries straight into the tables, a batch in one statement.
//!
//! Each event goes to ten webhooks. 95 of 100 deliveries have arrived, the others have failed, wait for a retry far in the future, or
//! were cancelled. Attempts are left out: no list reads them.

use crate::{
    clock,
    database::{Database, Kind},
};
use anyhow::Result;
use diesel::connection::SimpleConnection as _;
use shared::Timestamp;
use std::time::Instant;

const FAN_OUT: u64 = 10;
/// Events of one batch.
const BATCH: u64 = 20_000;
/// Over how many days the deliveries are spread: less than the retention time.
const DAYS: u64 = 25;
const DAY_MS: u64 = 86_400_000;

/// What the two databases spell differently.
struct Dialect {
    /// An id made of the milliseconds `ms` and the number `n`.
    id: fn(ms: &str, n: &str) -> String,
    /// A table `batch` of the numbers `i` from one up to another.
    series: fn(from: u64, to: u64) -> String,
    before: &'static str,
    after: &'static str,
}

const SQLITE: Dialect = Dialect {
    id: |ms, n| format!("unhex(printf('%012x%020x', {ms}, {n}))"),
    series: |from, to| {
        format!(
            "WITH RECURSIVE batch(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM batch WHERE i + 1 < {to}), \
             fan(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM fan WHERE j + 1 < {FAN_OUT})"
        )
    },
    // What is lost when the power fails now is made again.
    before: "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;",
    after: "PRAGMA wal_checkpoint(TRUNCATE);",
};

const POSTGRES: Dialect = Dialect {
    id: |ms, n| format!("decode(lpad(to_hex({ms}), 12, '0') || lpad(to_hex({n}), 20, '0'), 'hex')"),
    series: |from, to| {
        format!(
            "WITH batch AS (SELECT generate_series({from}::bigint, {to} - 1) AS i), \
             fan AS (SELECT generate_series(0::bigint, {FAN_OUT} - 1) AS j)"
        )
    },
    before: "SET synchronous_commit = off;",
    after: "VACUUM (ANALYZE);",
};

/// Fills the database with so many deliveries, to all its webhooks.
pub(super) fn fill(database: &Database, deliveries: u64) -> Result<()> {
    let dialect = match database.kind {
        Kind::Sqlite => &SQLITE,
        Kind::Postgres => &POSTGRES,
    };
    let first_ms = clock::micros() / 1_000 - DAYS * DAY_MS;
    let mut connection = database.connect()?;
    connection.batch_execute(dialect.before)?;
    if database.kind == Kind::Postgres {
        connection.batch_execute(&past_days(first_ms))?;
    }
    connection.batch_execute(
        "CREATE TEMPORARY TABLE receivers (k INTEGER PRIMARY KEY, id BYTEA); \
         INSERT INTO receivers SELECT row_number() OVER (ORDER BY id) - 1, id FROM webhooks",
    )?;
    let events = deliveries.div_ceil(FAN_OUT);
    let start = Instant::now();
    let mut from = 0;
    while from < events {
        let to = (from + BATCH).min(events);
        connection.batch_execute(&batch(dialect, from, to, events, first_ms))?;
        from = to;
        eprint!("\r    {} of {} deliveries after {} s", from * FAN_OUT, events * FAN_OUT, start.elapsed().as_secs());
    }
    eprintln!();
    connection.batch_execute(dialect.after)?;
    Ok(())
}

/// A partition for each day from the first one on. The server has made those from yesterday on.
fn past_days(first_ms: u64) -> String {
    let mut sql = String::new();
    for day in first_ms / DAY_MS..=first_ms / DAY_MS + DAYS {
        let [from, to] = [day, day + 1].map(|day| format!("{:012x}{:020x}", day * DAY_MS, 0));
        let date = Timestamp::from_micros(i64::try_from(day * DAY_MS * 1_000).unwrap_or(i64::MAX)).to_string();
        let date = date.get(..10).unwrap_or(&date).replace('-', "_");
        for table in ["events", "deliveries", "attempts"] {
            sql += &format!(
                "CREATE TABLE IF NOT EXISTS {table}_{date} PARTITION OF {table} FOR VALUES FROM ('\\x{from}') TO ('\\x{to}');"
            );
        }
    }
    sql
}

fn batch(dialect: &Dialect, from: u64, to: u64, events: u64, first_ms: u64) -> String {
    let webhooks = super::WEBHOOKS;
    let series = (dialect.series)(from, to);
    let ms = format!("({first_ms} + i * {} / {events})", DAYS * DAY_MS);
    let event_id = (dialect.id)(&ms, "i");
    let delivery_id = (dialect.id)(&ms, &format!("(i * {FAN_OUT} + j)"));
    let tenant = (dialect.id)("0", "0");
    // Ten years on: nothing of this is ever sent.
    let later = (first_ms + 3_650 * DAY_MS) * 1_000;
    format!(
        "BEGIN;
        {series} INSERT INTO events (id, tenant_id, source, type, ce_id, time, matched, created_at, payload)
        SELECT {event_id}, {tenant}, 'BENCH', 'TYPE' || (i % 10), 'event-' || i, {ms} * 1000, {FAN_OUT}, {ms} * 1000,
            '{{\"specversion\":\"1.0\",\"type\":\"TYPE' || (i % 10) || '\",\"source\":\"BENCH\",\"id\":\"event-' || i ||
            '\",\"datacontenttype\":\"application/json\",\"data\":{{\"customer\":\"customer-' || (i % 1000) ||
            '\",\"channel\":\"sms\",\"text\":\"a payload of the usual size has a few members more than this one\"}}}}'
        FROM batch;
        {series} INSERT INTO event_keys (tenant_id, ce_id, source, event_id)
        SELECT {tenant}, 'event-' || i, 'BENCH', {event_id} FROM batch;
        {series}, rolled AS (SELECT i, j, (i * 7919 + j * 104729) % 1000 AS roll FROM batch CROSS JOIN fan),
        standing AS (SELECT i, j, roll,
            CASE WHEN roll < 950 THEN 2 WHEN roll < 985 THEN 3 WHEN roll < 990 THEN 1 WHEN roll < 992 THEN 0 ELSE 4 END AS status
            FROM rolled)
        INSERT INTO deliveries (id, tenant_id, event_id, webhook_id, event_type, status, attempt_count, retry_index, next_trigger,
            claimed, due_at, failure, status_code, duration_us, last_attempt_at, created_at)
        SELECT {delivery_id}, {tenant}, {event_id}, receivers.id, 'BENCH.TYPE' || (i % 10), status,
            CASE WHEN status IN (0, 4) THEN 0 ELSE 1 END, CASE WHEN status = 1 THEN 1 ELSE 0 END, 'scheduled', 0,
            CASE WHEN status < 2 THEN {later} END,
            CASE WHEN status IN (1, 3) THEN CASE roll % 3 WHEN 0 THEN 'timeout' WHEN 1 THEN 'http_status' ELSE 'connect_refused' END END,
            CASE WHEN status = 2 THEN 200 WHEN status IN (1, 3) AND roll % 3 = 1 THEN 500 END,
            CASE WHEN status IN (1, 2, 3) THEN 1000 + roll * 10 END,
            CASE WHEN status IN (1, 2, 3) THEN {ms} * 1000 + 500 END, {ms} * 1000
        FROM standing JOIN receivers ON receivers.k = (i * 7 + j) % {webhooks};
        COMMIT;"
    )
}
