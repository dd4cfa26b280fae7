//! What only PostgreSQL can: lock due rows without waiting for those that another node claims.

use crate::store::codec;
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Binary},
};
use shared::{Id, Timestamp};

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
}

/// Locks of each webhook up to that many deliveries that are due until the transaction ends, oldest first, passing over those that are
/// locked.
pub(super) fn lock_due(
    connection: &mut PgConnection,
    now: Timestamp,
    shares: &[(Id, usize)],
) -> QueryResult<Vec<Vec<u8>>> {
    let (webhook_ids, limits): (Vec<_>, Vec<i64>) =
        shares.iter().map(|&(id, share)| (codec::key(id), codec::signed::<i64>(share as u64))).unzip();
    let due = diesel::sql_query(
        "SELECT due.id FROM unnest($1, $2) AS share (webhook_id, most) CROSS JOIN LATERAL ( \
         SELECT id FROM deliveries WHERE status < 2 AND webhook_id = share.webhook_id AND due_at <= $3 \
         ORDER BY due_at LIMIT share.most FOR UPDATE SKIP LOCKED) AS due",
    )
    .bind::<Array<Binary>, _>(webhook_ids)
    .bind::<Array<BigInt>, _>(limits)
    .bind::<BigInt, _>(now.as_micros())
    .load::<Due>(connection)?;
    Ok(due.into_iter().map(|row| row.id).collect())
}
