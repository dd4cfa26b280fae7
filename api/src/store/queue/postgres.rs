//! The hot statements on PostgreSQL: whole batches through `unnest`, one round trip each. Their text never changes, so the server parses
//! them once for a connection; what `sql_query` sends is parsed on each call.

mod claim;
pub(super) mod partitions;
mod record;
mod settle;

pub(super) use claim::claim_due;
pub(super) use record::record;
pub(super) use settle::settle;

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool},
};
use shared::Timestamp;

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
