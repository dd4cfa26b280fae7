//! The hot statements on PostgreSQL: whole batches through `unnest`, one round trip each. Their text never changes, so the server parses
//! them once for a connection; what `sql_query` sends is parsed on each call.

mod claim;
pub(super) mod partitions;
mod record;
mod settle;

pub(super) use claim::claim_due;
pub(super) use record::record;
pub(super) use settle::settle;

use super::Upkeep;
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool},
};
use shared::Timestamp;
use std::time::Duration;

/// The time by the database's clock.
pub(super) fn now(connection: &mut PgConnection) -> QueryResult<Timestamp> {
    diesel::select(sql::<BigInt>("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
        .get_result(connection)
        .map(Timestamp::from_micros)
}

/// Whether this is no standby and was not switched to reading.
pub(super) fn takes_writes(connection: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(sql::<Bool>("current_setting('transaction_read_only') = 'off'")).get_result(connection)
}

/// What keeps the database from cleaning up behind its updates, and how much there is to clean.
pub(super) fn upkeep(connection: &mut PgConnection) -> QueryResult<Upkeep> {
    let oldest = sql::<BigInt>(
        "(SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start) * 1000000), 0)::bigint FROM pg_stat_activity
          WHERE datname = current_database() AND backend_type = 'client backend' AND backend_xmin IS NOT NULL
            AND pid <> pg_backend_pid())",
    );
    let dead = sql::<BigInt>(
        "(SELECT coalesce(sum(n_dead_tup), 0)::bigint FROM pg_stat_user_tables WHERE starts_with(relname, 'deliveries'))",
    );
    // It adds up the sizes of the files, and reads none of them.
    let size = sql::<BigInt>("pg_database_size(current_database())");
    let (oldest_us, dead_rows, bytes) =
        diesel::select((oldest, dead, size)).get_result::<(i64, i64, i64)>(connection)?;
    let oldest_transaction = Duration::from_micros(oldest_us.unsigned_abs());
    Ok(Upkeep { oldest_transaction, dead_rows, bytes, disk_free: None })
}
