//! What only PostgreSQL can: lock due rows without waiting for those that another node claims.

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Binary},
};
use shared::Timestamp;

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
}

/// Locks up to `limit` deliveries that are due until the transaction ends, oldest first, passing over those that are locked.
pub(super) fn lock_due(
    connection: &mut PgConnection,
    now: Timestamp,
    limit: u32,
    except: &[Vec<u8>],
) -> QueryResult<Vec<Vec<u8>>> {
    let due = diesel::sql_query(
        "SELECT id FROM deliveries WHERE status < 2 AND due_at <= $1 AND NOT webhook_id = ANY($3) \
         ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    )
    .bind::<BigInt, _>(now.as_micros())
    .bind::<BigInt, _>(i64::from(limit))
    .bind::<Array<Binary>, _>(except)
    .load::<Due>(connection)?;
    Ok(due.into_iter().map(|row| row.id).collect())
}
