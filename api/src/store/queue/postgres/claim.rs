//! Claiming what is due, without waiting for what another node claims at the same time.

use crate::store::{
    codec,
    connection::go_by_indexes_for_now,
    hand_over::Share,
    nodes::Node,
    queue::{ClaimedRow, LEASE_MICROS, statement::statement},
};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Binary, Bool, Integer, Nullable, Text},
};
use shared::Timestamp;

type Columns =
    (Binary, Binary, Binary, Integer, Integer, Text, Text, (Integer, Nullable<Integer>, Integer, Integer), Bool);

/// Declares what takes of each webhook that meets a condition up to so many rows that are due and meet another, passing over those that are
/// locked, and returns them with their payloads. Where a claim has ended, the attempt that was under way is recorded as interrupted.
macro_rules! claim {
    ($(#[$doc:meta])* $name:ident, $webhook:literal, $delivery:literal) => {
        statement! {
            $(#[$doc])*
            $name {
                now: Option<i64> => Nullable<BigInt>,
                webhook_ids: Vec<[u8; 16]> => Array<Binary>,
                most: Vec<i64> => Array<BigInt>,
                lease: i64 => BigInt,
                node: i32 => Integer,
            } -> Columns,
            concat!(
            "WITH now AS MATERIALIZED (
        SELECT coalesce(?, (extract(epoch FROM statement_timestamp()) * 1000000)::bigint) AS at
    ), due AS MATERIALIZED (
        SELECT due.* FROM unnest(?, ?) AS share (webhook_id, most)
        JOIN webhooks w ON w.id = share.webhook_id", $webhook, " CROSS JOIN LATERAL (
            SELECT id, attempt_count, next_trigger, claimed <> 0 AS interrupted, due_at,
                greatest(due_at - ?, created_at, last_attempt_at) AS started_at FROM deliveries
            WHERE status < 2 AND webhook_id = w.id AND due_at <= (SELECT at FROM now)", $delivery, "
            ORDER BY due_at LIMIT share.most FOR UPDATE SKIP LOCKED
        ) AS due
    ), interrupted AS (
        INSERT INTO attempts (delivery_id, number, trigger, started_at, duration_us, phases, url, failure, request_headers_sealed,
            response_headers, truncated)
        SELECT id, attempt_count + 1, CASE WHEN next_trigger LIKE 'resend%' THEN 'resend' WHEN next_trigger LIKE 'test%' THEN 'test' ELSE 'scheduled' END, started_at, 0, '{}', '',
            'interrupted', '', '[]', 0
        FROM due WHERE interrupted
    ), taken AS (
        UPDATE deliveries d SET
            claimed = ?,
            attempt_count = d.attempt_count + due.interrupted::int,
            due_at = (SELECT at FROM now) + $4,
            failure = CASE WHEN due.interrupted THEN 'interrupted' ELSE d.failure END,
            status_code = CASE WHEN NOT due.interrupted THEN d.status_code END,
            duration_us = CASE WHEN NOT due.interrupted THEN d.duration_us END,
            last_attempt_at = CASE WHEN due.interrupted THEN due.started_at ELSE d.last_attempt_at END
        FROM due WHERE d.id = due.id
        RETURNING d.id, d.tenant_id, d.webhook_id, d.event_id, d.attempt_count, d.retry_index, d.next_trigger, due.due_at, due.interrupted
    ) SELECT t.id, t.tenant_id, t.webhook_id, t.attempt_count, t.retry_index, t.next_trigger, e.payload,
        w.max_concurrency, w.rate_limit, w.timeout_ms, w.failure_streak, t.interrupted
    FROM taken t JOIN events e ON e.id = t.event_id JOIN webhooks w ON w.id = t.webhook_id ORDER BY t.due_at, t.id"
        )
        }
    };
}

claim! {
    /// Whatever is due, but to inactive webhooks: what waits for those must not be read.
    Claim, " AND (w.status <> 0 OR w.deleted_at IS NOT NULL)", ""
}

claim! {
    /// Only tests, by the index of their own.
    ClaimTests, "", " AND test IS NOT NULL"
}

pub(in super::super) fn claim_due(
    connection: &mut PgConnection,
    now: Timestamp,
    node: Node,
    shares: &[Share],
) -> QueryResult<Vec<ClaimedRow>> {
    go_by_indexes_for_now(connection)?;
    let (now, lease, node) = (node.clock.given(now), LEASE_MICROS, node.number);
    let of = |only_tests: bool| {
        let shares = shares.iter().filter(move |share| share.only_tests == only_tests);
        shares.map(|share| (share.webhook_id.to_bytes(), codec::signed::<i64>(share.most as u64))).unzip()
    };
    let mut claimed = Vec::<ClaimedRow>::new();
    let (webhook_ids, most): (Vec<_>, Vec<_>) = of(false);
    if !webhook_ids.is_empty() {
        claimed.extend(Claim { now, webhook_ids, most, lease, node }.load::<ClaimedRow>(connection)?);
    }
    let (webhook_ids, most): (Vec<_>, Vec<_>) = of(true);
    if !webhook_ids.is_empty() {
        let tests = ClaimTests { now, webhook_ids, most, lease, node };
        claimed.extend(tests.load::<ClaimedRow>(connection)?);
    }
    Ok(claimed)
}
