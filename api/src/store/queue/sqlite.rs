//! The hot statements on SQLite: single rows through prepared statements, in one transaction of the one writer. Diesel prepares each
//! statement once for a connection; a statement with many rows is prepared anew for each number of rows and is no faster.

use super::{ClaimedRow, Fanout, LEASE_MICROS, NewDelivery, NextAttempt, Share, lease_from, statement::statement};
use crate::{
    failpoint,
    store::{
        NewEvent, Settlement, codec,
        schema::{attempts, deliveries, events, resends},
    },
};
use diesel::{
    connection::SimpleConnection as _,
    prelude::*,
    sql_types::{BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text},
    sqlite::SqliteConnection,
};
use shared::{DeliveryStatus, Failure, Id, Timestamp, Trigger};
use std::collections::HashSet;

/// How many pages that a purge left empty go back to the file system with each batch.
const VACUUM_PAGES: u32 = 64;

statement! {
    Key<'a> {
        tenant_id: [u8; 16] => Binary,
        ce_id: &'a str => Text,
        source: &'a str => Text,
        event_id: [u8; 16] => Binary,
    } -> (),
    "INSERT INTO event_keys (tenant_id, ce_id, source, event_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
}

statement! {
    Event<'a> {
        id: [u8; 16] => Binary,
        tenant_id: [u8; 16] => Binary,
        source: &'a str => Text,
        kind: &'a str => Text,
        ce_id: &'a str => Text,
        time: i64 => BigInt,
        matched: i32 => Integer,
        created_at: i64 => BigInt,
        payload: &'a str => Text,
    } -> (),
    "INSERT INTO events (id, tenant_id, source, type, ce_id, time, matched, created_at, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
}

statement! {
    Delivery<'a> {
        id: [u8; 16] => Binary,
        tenant_id: [u8; 16] => Binary,
        event_id: [u8; 16] => Binary,
        webhook_id: [u8; 16] => Binary,
        event_type: &'a str => Text,
        claimed: i32 => Integer,
        due_at: i64 => BigInt,
        created_at: i64 => BigInt,
    } -> (),
    "INSERT INTO deliveries (id, tenant_id, event_id, webhook_id, event_type, status, attempt_count, retry_index, next_trigger, claimed,
        due_at, created_at)
    VALUES (?, ?, ?, ?, ?, 0, 0, 0, 'scheduled', ?, ?, ?)"
}

/// Whatever has the same tenant, source and id as an event before it is passed over.
pub(super) fn record(connection: &mut SqliteConnection, fanouts: &[Fanout<'_>]) -> QueryResult<HashSet<Id>> {
    let mut recorded = HashSet::with_capacity(fanouts.len());
    for Fanout { event, deliveries } in fanouts {
        let NewEvent { id, tenant_id, source, kind, ce_id, time, created_at, payload } = event;
        let (event_id, tenant_id) = (id.to_bytes(), tenant_id.to_bytes());
        if (Key { tenant_id, ce_id, source, event_id }).execute(connection)? == 0 {
            continue;
        }
        let (matched, time, taken) = (codec::signed(deliveries.len() as u64), time.as_micros(), created_at.as_micros());
        Event { id: event_id, tenant_id, source, kind, ce_id, time, matched, created_at: taken, payload }
            .execute(connection)?;
        failpoint::at("event_inserted");
        let event_type = event.event_type();
        for NewDelivery { id, webhook_id, claimed } in deliveries {
            let due_at = if *claimed { lease_from(*created_at).as_micros() } else { taken };
            Delivery {
                id: id.to_bytes(),
                tenant_id,
                event_id,
                webhook_id: webhook_id.to_bytes(),
                event_type: &event_type,
                claimed: i32::from(*claimed),
                due_at,
                created_at: taken,
            }
            .execute(connection)?;
        }
        failpoint::at("deliveries_inserted");
        recorded.insert(*id);
    }
    Ok(recorded)
}

// No `RETURNING`: SQLite takes it for a trigger, and keeps a copy of each page that the statement touches in case that fails. It cost a
// twelfth of all that a delivery costs.

statement! {
    /// Status 4 is a delivery that was cancelled during the attempt: what happened is recorded, and unless it arrived it stays
    /// cancelled. Where the event was erased, no answer is recorded any more.
    Settle<'a> {
        status_if_cancelled: i16 => SmallInt,
        status: i16 => SmallInt,
        attempt_count: i32 => Integer,
        retry_index: i32 => Integer,
        next_trigger: &'a str => Text,
        due_at: Option<i64> => Nullable<BigInt>,
        failure: Option<&'a str> => Nullable<Text>,
        status_code: Option<i16> => Nullable<SmallInt>,
        duration_us: i64 => BigInt,
        last_attempt_at: i64 => BigInt,
        id: [u8; 16] => Binary,
        fence: i32 => Integer,
    } -> (),
    "UPDATE deliveries SET
        status = CASE status WHEN 4 THEN ? ELSE ? END,
        attempt_count = ?,
        retry_index = ?,
        next_trigger = ?,
        claimed = 0,
        due_at = CASE WHEN status <> 4 THEN ? END,
        failure = ?,
        status_code = ?,
        duration_us = ?,
        last_attempt_at = ?
    WHERE id = ? AND attempt_count = ? AND (status < 2 OR status = 4) AND erased_at IS NULL"
}

statement! {
    /// No request was made, and none will be: what the last one came to stays.
    Close<'a> {
        status: i16 => SmallInt,
        next_trigger: &'a str => Text,
        failure: Option<&'a str> => Nullable<Text>,
        id: [u8; 16] => Binary,
        fence: i32 => Integer,
    } -> (),
    "UPDATE deliveries SET
        status = CASE status WHEN 4 THEN 4 ELSE ? END,
        next_trigger = ?,
        claimed = 0,
        due_at = NULL,
        failure = coalesce(?, failure)
    WHERE id = ? AND attempt_count = ? AND (status < 2 OR status = 4) AND erased_at IS NULL"
}

statement! {
    /// How a delivery stands.
    Stands { id: [u8; 16] => Binary, } -> SmallInt,
    "SELECT status FROM deliveries WHERE id = ?"
}

statement! {
    Attempt<'a> {
        delivery_id: [u8; 16] => Binary,
        number: i32 => Integer,
        trigger: &'a str => Text,
        started_at: i64 => BigInt,
        duration_us: i64 => BigInt,
        phases: String => Text,
        url: &'a str => Text,
        failure: Option<&'a str> => Nullable<Text>,
        error: Option<&'a str> => Nullable<Text>,
        request_headers_sealed: &'a [u8] => Binary,
        status_code: Option<i16> => Nullable<SmallInt>,
        response_headers: String => Text,
        response_body: Option<&'a [u8]> => Nullable<Binary>,
        truncated: i16 => SmallInt,
        webhook_version: Option<i64> => Nullable<BigInt>,
    } -> (),
    "INSERT INTO attempts (delivery_id, number, trigger, started_at, duration_us, phases, url, failure, error, request_headers_sealed,
        status_code, response_headers, response_body, truncated, webhook_version)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
}

pub(super) fn settle(connection: &mut SqliteConnection, settlement: &Settlement) -> QueryResult<Option<i16>> {
    let Settlement {
        delivery_id,
        webhook_id: _,
        attempt_count,
        status,
        due_at,
        next,
        retry_index,
        failure,
        attempt,
        verdict: _,
        at: _,
    } = settlement;
    let (id, fence) = (delivery_id.to_bytes(), codec::signed(*attempt_count));
    let Some(attempt) = attempt else {
        let (status, next_trigger, failure) =
            (codec::delivery_status(*status), next.name(), failure.map(Failure::name));
        let closed = Close { status, next_trigger, failure, id, fence }.execute(connection)?;
        return if closed == 0 { Ok(None) } else { stands(connection, id) };
    };
    let settled = Settle {
        status_if_cancelled: codec::delivery_status(match status {
            DeliveryStatus::Delivered => DeliveryStatus::Delivered,
            _ => DeliveryStatus::Cancelled,
        }),
        status: codec::delivery_status(*status),
        attempt_count: codec::signed(attempt_count + 1),
        retry_index: codec::signed(*retry_index),
        next_trigger: next.name(),
        due_at: due_at.map(Timestamp::as_micros),
        failure: failure.map(Failure::name),
        status_code: attempt.status_code.map(codec::signed),
        duration_us: codec::signed(attempt.duration_us),
        last_attempt_at: attempt.started_at.as_micros(),
        id,
        fence,
    };
    if settled.execute(connection)? == 0 {
        return Ok(None);
    }
    Attempt {
        delivery_id: id,
        number: codec::signed(attempt.number),
        trigger: attempt.trigger.name(),
        started_at: attempt.started_at.as_micros(),
        duration_us: codec::signed(attempt.duration_us),
        phases: codec::to_json(&attempt.phases)?,
        url: &attempt.url,
        failure: attempt.failure.map(Failure::name),
        error: attempt.error.as_deref(),
        request_headers_sealed: &attempt.request_headers_sealed,
        status_code: attempt.status_code.map(codec::signed),
        response_headers: codec::to_json(&attempt.response_headers)?,
        response_body: attempt.response_body.as_deref(),
        truncated: i16::from(attempt.truncated),
        webhook_version: attempt.webhook_version.map(codec::signed),
    }
    .execute(connection)?;
    match status {
        // What has arrived has, whatever it was before.
        DeliveryStatus::Delivered => Ok(Some(codec::delivery_status(*status))),
        _ => stands(connection, id),
    }
}

/// How the delivery stands that was settled: it may have been cancelled meanwhile.
fn stands(connection: &mut SqliteConnection, id: [u8; 16]) -> QueryResult<Option<i16>> {
    // Read to its end: a statement that is under way would keep the transaction from its commit.
    Ok(Stands { id }.load(connection)?.pop())
}

#[derive(Queryable)]
struct DueRow {
    row: ClaimedRow,
    due_at: Option<i64>,
    /// When the attempt before began, or the delivery.
    before: i64,
}

type DueColumns = (
    (Binary, Binary, Binary, Integer, Integer, Text, Text, (Integer, Nullable<Integer>, Integer, Integer), Bool),
    Nullable<BigInt>,
    BigInt,
);

/// Declares what finds up to so many of a webhook's deliveries that are due and meet a condition, oldest first, by an index, with their
/// payloads. The webhook is read first, so that the condition may end it there.
macro_rules! due {
    ($(#[$doc:meta])* $name:ident, $index:literal, $condition:literal) => {
        statement! {
            $(#[$doc])*
            $name {
                webhook_id: [u8; 16] => Binary,
                now: i64 => BigInt,
                most: i64 => BigInt,
            } -> DueColumns,
            concat!(
            "SELECT d.id, d.tenant_id, d.webhook_id, d.attempt_count, d.retry_index, d.next_trigger, e.payload,
                w.max_concurrency, w.rate_limit, w.timeout_ms, w.failure_streak, d.claimed <> 0, d.due_at,
                max(d.created_at, ifnull(d.last_attempt_at, 0))
            FROM webhooks w CROSS JOIN deliveries d INDEXED BY ",
            $index,
            " ON d.webhook_id = w.id JOIN events e ON e.id = d.event_id WHERE w.id = ? AND ",
            $condition,
            " AND d.due_at <= ? ORDER BY d.due_at LIMIT ?"
        )
        }
    };
}

due! {
    /// Whatever is due, but to an inactive webhook.
    Due, "deliveries_due", "d.status < 2 AND (w.status <> 0 OR w.deleted_at IS NOT NULL)"
}

due! {
    /// Only tests, however much else is due.
    DueTests, "deliveries_tests_due", "d.status < 2 AND d.test IS NOT NULL"
}

statement! {
    Claim<'a> {
        attempt_count: i32 => Integer,
        lease_until: i64 => BigInt,
        id: &'a [u8] => Binary,
    } -> (),
    "UPDATE deliveries SET claimed = 1, attempt_count = ?, due_at = ? WHERE id = ?"
}

pub(super) fn claim_due(
    connection: &mut SqliteConnection,
    now: Timestamp,
    shares: &[Share],
) -> QueryResult<Vec<ClaimedRow>> {
    let (mut due, now_micros) = (Vec::new(), now.as_micros());
    for &Share { webhook_id, most, only_tests } in shares {
        let (webhook_id, most) = (webhook_id.to_bytes(), codec::signed(most as u64));
        due.extend(if only_tests {
            DueTests { webhook_id, now: now_micros, most }.load::<DueRow>(connection)?
        } else {
            Due { webhook_id, now: now_micros, most }.load::<DueRow>(connection)?
        });
    }
    due.sort_by(|a, b| (a.due_at, &a.row.id).cmp(&(b.due_at, &b.row.id)));
    due.into_iter().map(|due| claim(connection, due, lease_from(now))).collect()
}

fn claim(connection: &mut SqliteConnection, due: DueRow, lease_until: Timestamp) -> QueryResult<ClaimedRow> {
    let DueRow { mut row, due_at, before } = due;
    if row.interrupted {
        row.attempt_count += 1;
        record_interrupted(connection, &row, before.max(due_at.unwrap_or_default() - LEASE_MICROS))?;
    }
    let (attempt_count, lease_until) = (row.attempt_count, lease_until.as_micros());
    Claim { attempt_count, lease_until, id: &row.id }.execute(connection)?;
    Ok(row)
}

/// The attempt that was under way when its process died.
fn record_interrupted(connection: &mut SqliteConnection, row: &ClaimedRow, started_at: i64) -> QueryResult<()> {
    let trigger = NextAttempt::of(&row.next_trigger).map_or(Trigger::Scheduled, NextAttempt::trigger);
    diesel::insert_into(attempts::table)
        .values((
            attempts::delivery_id.eq(&row.id),
            attempts::number.eq(row.attempt_count),
            attempts::trigger.eq(trigger.name()),
            attempts::started_at.eq(started_at),
            attempts::duration_us.eq(0),
            attempts::phases.eq("{}"),
            attempts::url.eq(""),
            attempts::failure.eq(Failure::Interrupted.name()),
            attempts::request_headers_sealed.eq(&[][..]),
            attempts::response_headers.eq("[]"),
            attempts::truncated.eq(0),
        ))
        .execute(connection)?;
    diesel::update(deliveries::table.find(&row.id))
        .set((
            deliveries::failure.eq(Failure::Interrupted.name()),
            deliveries::status_code.eq(None::<i16>),
            deliveries::duration_us.eq(None::<i64>),
            deliveries::last_attempt_at.eq(started_at),
        ))
        .execute(connection)
        .map(drop)
}

/// Attempts first, then their deliveries, then the events with their keys: what is left after a crash is never without its parent.
pub(super) fn purge(connection: &mut SqliteConnection, before: Timestamp, rows: i64) -> QueryResult<usize> {
    let bound = codec::floor(before);
    // Most deliveries have one attempt.
    let last = nth_oldest(connection, "deliveries", &bound, rows / 2)?;
    let purged = if let Some(last) = last {
        diesel::delete(resends::table.filter(resends::delivery_id.le(&last))).execute(connection)?
            + diesel::delete(attempts::table.filter(attempts::delivery_id.le(&last))).execute(connection)?
            + diesel::delete(deliveries::table.filter(deliveries::id.le(&last))).execute(connection)?
    } else if let Some(last) = nth_oldest(connection, "events", &bound, rows / 2)? {
        diesel::sql_query(
            "DELETE FROM event_keys WHERE (tenant_id, ce_id, source) IN \
             (SELECT tenant_id, ce_id, source FROM events WHERE id <= ?)",
        )
        .bind::<Binary, _>(&last)
        .execute(connection)?
            + diesel::delete(events::table.filter(events::id.le(&last))).execute(connection)?
    } else {
        0
    };
    connection.batch_execute(&format!("PRAGMA incremental_vacuum({VACUUM_PAGES})"))?;
    Ok(purged)
}

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = diesel::sql_types::Nullable<Binary>)]
    id: Option<Vec<u8>>,
}

/// The id up to which there are `rows` rows or fewer that are older than `bound`.
fn nth_oldest(
    connection: &mut SqliteConnection,
    table: &'static str,
    bound: &[u8],
    rows: i64,
) -> QueryResult<Option<Vec<u8>>> {
    diesel::sql_query(format!(
        "SELECT max(id) AS id FROM (SELECT id FROM {table} WHERE id < ? ORDER BY id LIMIT {})",
        rows.max(1)
    ))
    .bind::<Binary, _>(bound)
    .get_result::<Last>(connection)
    .map(|last| last.id)
}
