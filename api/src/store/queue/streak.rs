//! The end of a webhook's failures, which is looked for with each batch of attempts and seldom there.

use super::statement::statement;
use crate::store::{codec, connection::Db};
use diesel::{prelude::*, sql_types::Binary};
use shared::Id;

/// Mostly nothing failed before: then the row stays as it is, and several nodes need not wait for it.
const END: &str = "UPDATE webhooks SET failure_streak = 0, failing_since = NULL WHERE id = ? AND failure_streak > 0";

statement! {
    /// On SQLite.
    EndOnSqlite<'a> on SqliteConnection { webhook_id: &'a [u8] => Binary, } -> (), END
}

statement! {
    /// On PostgreSQL.
    EndOnPostgres<'a> on PgConnection { webhook_id: &'a [u8] => Binary, } -> (), END
}

/// Deliveries to that webhook fail no longer.
pub(in crate::store) fn end_streak(connection: &mut Db, webhook_id: Id) -> QueryResult<()> {
    let webhook_id = &codec::key(webhook_id)[..];
    match connection {
        Db::Sqlite(c) => EndOnSqlite { webhook_id, ..EndOnSqlite::default() }.execute(c).map(drop),
        Db::Postgres(c) => EndOnPostgres { webhook_id, ..EndOnPostgres::default() }.execute(c).map(drop),
    }
}
