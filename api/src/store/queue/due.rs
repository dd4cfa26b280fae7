//! Which webhooks have something due. Found by leaps over the index of due deliveries, one for each webhook: the backlog of one webhook
//! is never read to find the next.

use super::statement::statement;
use crate::store::{
    codec,
    condition::Condition,
    connection::{Db, go_by_indexes_for_now},
    schema::deliveries,
};
use diesel::{
    dsl::{count_star, min},
    prelude::*,
    sql_types::{BigInt, Binary},
};
use shared::{Id, Timestamp};

/// How many webhooks `due_webhooks` returns at most.
pub const WEBHOOKS: usize = 256;

/// After which webhook, when, and how many at most. What is due to an inactive webhook waits until it is activated, but for tests. PostgreSQL
/// would make a join of an EXISTS, and read all that is due for it.
const DUE_WEBHOOKS: &str = "
    WITH RECURSIVE waiting (webhook_id) AS (
        SELECT (SELECT webhook_id FROM deliveries WHERE status < 2 AND webhook_id > ? ORDER BY webhook_id LIMIT 1)
        UNION ALL
        SELECT (SELECT d.webhook_id FROM deliveries d WHERE d.status < 2 AND d.webhook_id > waiting.webhook_id
                ORDER BY d.webhook_id LIMIT 1)
        FROM waiting WHERE waiting.webhook_id IS NOT NULL
    )
    SELECT webhook_id AS id FROM waiting WHERE webhook_id IS NOT NULL AND (
        SELECT 1 FROM deliveries d WHERE d.status < 2 AND d.webhook_id = waiting.webhook_id AND d.due_at <= ?
        ORDER BY d.due_at LIMIT 1
    ) = 1 AND (
        (SELECT 1 FROM webhooks w WHERE w.id = waiting.webhook_id AND w.status = 0 AND w.deleted_at IS NULL) IS NULL
        OR (SELECT 1 FROM deliveries d WHERE d.status < 2 AND d.test IS NOT NULL AND d.webhook_id = waiting.webhook_id AND d.due_at <= ?
            ORDER BY d.due_at LIMIT 1) = 1
    ) LIMIT ?";

statement! {
    /// On SQLite.
    DueOnSqlite<'a> on SqliteConnection { after: &'a [u8] => Binary, now: i64 => BigInt, now_too: i64 => BigInt, limit: i64 => BigInt, } -> Binary, DUE_WEBHOOKS
}

statement! {
    /// On PostgreSQL.
    DueOnPostgres<'a> on PgConnection { after: &'a [u8] => Binary, now: i64 => BigInt, now_too: i64 => BigInt, limit: i64 => BigInt, } -> Binary, DUE_WEBHOOKS
}

/// The first webhooks after `after` in the order of their ids for which something is due.
pub(in crate::store) fn due_webhooks(connection: &mut Db, after: Id, now: Timestamp) -> QueryResult<Vec<Id>> {
    let (after, now) = (codec::key(after), now.as_micros());
    let (after, now_too, limit) = (&after[..], now, WEBHOOKS as i64);
    let due = match connection {
        Db::Sqlite(c) => DueOnSqlite { after, now, now_too, limit, ..DueOnSqlite::default() }.load::<Vec<u8>>(c)?,
        Db::Postgres(c) => c.transaction(|c| {
            go_by_indexes_for_now(c)?;
            DueOnPostgres { after, now, now_too, limit, ..DueOnPostgres::default() }.load::<Vec<u8>>(c)
        })?,
    };
    due.iter().map(|id| codec::id(id)).collect()
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
