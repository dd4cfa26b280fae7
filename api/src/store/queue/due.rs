//! Which webhooks have something due. Found by leaps over the index of due deliveries, one for each webhook: the backlog of one webhook
//! is never read to find the next.

use super::statement::statement;
use crate::store::{
    codec,
    condition::Condition,
    connection::{Db, on_either},
    schema::deliveries,
};
use diesel::{
    dsl::{count_star, min},
    prelude::*,
    sql_types::{BigInt, Binary, Bool},
};
use shared::{Id, Timestamp};

/// How many webhooks `due_webhooks` returns at most.
pub const WEBHOOKS: usize = 256;

statement! {
    /// After which webhook, when, and how many at most; with each webhook, whether tests are due. What else is due to an inactive one waits
    /// until it is activated. PostgreSQL would make a join of an EXISTS, and read all that is due for it.
    Due<'a> { after: &'a [u8] => Binary, tests_at: i64 => BigInt, now: i64 => BigInt, limit: i64 => BigInt, } -> (Binary, Bool),
    "WITH RECURSIVE waiting (webhook_id) AS (
        SELECT (SELECT webhook_id FROM deliveries WHERE status < 2 AND webhook_id > ? ORDER BY webhook_id LIMIT 1)
        UNION ALL
        SELECT (SELECT d.webhook_id FROM deliveries d WHERE d.status < 2 AND d.webhook_id > waiting.webhook_id
                ORDER BY d.webhook_id LIMIT 1)
        FROM waiting WHERE waiting.webhook_id IS NOT NULL
    ), due AS (
        SELECT webhook_id,
            (SELECT 1 FROM webhooks w WHERE w.id = waiting.webhook_id AND w.status = 0 AND w.deleted_at IS NULL) IS NULL AS is_active,
            (SELECT 1 FROM deliveries d WHERE d.status < 2 AND d.test IS NOT NULL AND d.webhook_id = waiting.webhook_id AND d.due_at <= ?
             ORDER BY d.due_at LIMIT 1) IS NOT NULL AS tests
        FROM waiting WHERE webhook_id IS NOT NULL AND (
            SELECT 1 FROM deliveries d WHERE d.status < 2 AND d.webhook_id = waiting.webhook_id AND d.due_at <= ? ORDER BY d.due_at LIMIT 1
        ) = 1
    )
    SELECT webhook_id, tests FROM due WHERE is_active OR tests LIMIT ?"
}

/// The first webhooks after `after` in the order of their ids for which something is due; with each, whether tests are.
pub(in crate::store) fn due_webhooks(connection: &mut Db, after: Id, now: Timestamp) -> QueryResult<Vec<(Id, bool)>> {
    let (after, now) = (codec::key(after), now.as_micros());
    let due = Due { after: &after, tests_at: now, now, limit: WEBHOOKS as i64 };
    let found = connection.snapshot_by_index(|c| on_either!(c, c => due.load::<(Vec<u8>, bool)>(c)))?;
    found.into_iter().map(|(id, tests)| Ok((codec::id(&id)?, tests))).collect()
}

/// How many deliveries are due, and since when the oldest is. What waits for an inactive webhook is not.
pub(in crate::store) fn depth(connection: &mut Db, now: Timestamp) -> QueryResult<(u32, Option<Timestamp>)> {
    let (due, oldest) = deliveries::table
        .filter(Condition("status < 2"))
        .filter(deliveries::due_at.le(now.as_micros()))
        .filter(Condition("webhook_id NOT IN (SELECT id FROM webhooks WHERE status = 0 AND deleted_at IS NULL)"))
        .select((count_star(), min(deliveries::due_at)))
        .get_result::<(i64, Option<i64>)>(connection)?;
    Ok((codec::count(usize::try_from(due).unwrap_or_default()), oldest.map(Timestamp::from_micros)))
}
