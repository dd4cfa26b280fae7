//! Bringing the schema up to date.

use super::{Db, POSTGRES_SETTINGS};
use diesel::{
    backend::Backend, connection::SimpleConnection as _, dsl::sql, migration::MigrationSource, prelude::*,
    sql_types::BigInt,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::error::Error;

const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// How many tables there are, but for that of the steps.
const TABLES: &str = "(SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
    AND name <> '__diesel_schema_migrations')";

/// Brings the schema up to date, and returns how many steps that took. On PostgreSQL under an advisory lock, so that two nodes may
/// start together; the lock ends with the session if this process dies.
pub(in crate::store) fn run(connection: &mut Db) -> Result<usize, Box<dyn Error + Send + Sync>> {
    match connection {
        Db::Sqlite(c) => {
            let tables = diesel::select(sql::<BigInt>(TABLES)).get_result::<i64>(c)?;
            if tables > 0 && c.applied_migrations()?.is_empty() {
                return Err("the file is the database of another program; give this one a file of its own".into());
            }
            steps(c, SQLITE)
        }
        Db::Postgres(c) => {
            c.batch_execute(
                "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(7297351820146327)",
            )?;
            let done = steps(c, POSTGRES);
            c.batch_execute("SELECT pg_advisory_unlock(7297351820146327)")?;
            c.batch_execute(POSTGRES_SETTINGS)?;
            done
        }
    }
}

/// Takes the steps that are missing. Where there are more than this program knows, it would write rows that lack what they need.
fn steps<DB: Backend>(
    connection: &mut impl MigrationHarness<DB>,
    known: EmbeddedMigrations,
) -> Result<usize, Box<dyn Error + Send + Sync>> {
    let steps = MigrationSource::<DB>::migrations(&known)?;
    let versions: Vec<_> = steps.iter().map(|step| step.name().version().as_owned()).collect();
    match connection.applied_migrations()?.iter().find(|step| !versions.contains(step)) {
        Some(step) => Err(format!("it was written by a newer hookwright (its step {step} is unknown here); start that one, or restore a backup from before").into()),
        None => Ok(connection.run_pending_migrations(known)?.len()),
    }
}
