//! Purging what is older than the retention time, a batch at a time.

use super::{
    codec,
    connection::Db,
    schema::{attempts, deliveries, events, resend_jobs},
};
use diesel::prelude::*;
use shared::{Id, Timestamp};

/// How many deliveries or events one transaction purges, so that it holds SQLite's write lock only for a moment.
const BATCH: i64 = 500;

/// Purges one batch of what was taken before `before`, attempts first. Returns how many rows went; 0 means that nothing is left.
/// Call it in a write transaction.
pub fn purge(connection: &mut Db, before: Timestamp) -> QueryResult<usize> {
    let bound = codec::key(Id::floor(before.unix_ms()));
    let old = deliveries::table
        .filter(deliveries::id.lt(&bound))
        .order(deliveries::id)
        .limit(BATCH)
        .select(deliveries::id)
        .load::<Vec<u8>>(connection)?;
    if !old.is_empty() {
        diesel::delete(attempts::table.filter(attempts::delivery_id.eq_any(&old))).execute(connection)?;
        return diesel::delete(deliveries::table.filter(deliveries::id.eq_any(&old))).execute(connection);
    }
    let old = events::table
        .filter(events::id.lt(&bound))
        .order(events::id)
        .limit(BATCH)
        .select(events::id)
        .load::<Vec<u8>>(connection)?;
    if !old.is_empty() {
        return diesel::delete(events::table.filter(events::id.eq_any(&old))).execute(connection);
    }
    diesel::delete(resend_jobs::table.filter(resend_jobs::id.lt(&bound)))
        .filter(resend_jobs::finished_at.is_not_null())
        .execute(connection)
}
