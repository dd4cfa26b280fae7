//! Bringing the schema up to date.

use super::{Db, POSTGRES_SETTINGS};
use diesel::connection::SimpleConnection as _;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::error::Error;

const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// Brings the schema up to date, and returns how many steps that took. On PostgreSQL under an advisory lock, so that two nodes may
/// start together; the lock ends with the session if this process dies.
pub(in crate::store) fn run(connection: &mut Db) -> Result<usize, Box<dyn Error + Send + Sync>> {
    match connection {
        Db::Sqlite(c) => Ok(c.run_pending_migrations(SQLITE)?.len()),
        Db::Postgres(c) => {
            c.batch_execute(
                "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(7297351820146327)",
            )?;
            let done = c.run_pending_migrations(POSTGRES).map(|steps| steps.len());
            c.batch_execute("SELECT pg_advisory_unlock(7297351820146327)")?;
            c.batch_execute(POSTGRES_SETTINGS)?;
            done
        }
    }
}
