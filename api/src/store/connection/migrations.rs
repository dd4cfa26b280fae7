//! Bringing the schema up to date.

use super::{Db, POSTGRES_SETTINGS};
use crate::failpoint;
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

/// Brings the schema up to date, and returns how many steps that took. `beside` a server that may be older, it is made where there is none,
/// and never changed. On PostgreSQL under an advisory lock, so that two nodes may start together; the lock ends with the session if this
/// process dies.
pub(in crate::store) fn run(connection: &mut Db, beside: bool) -> Result<usize, Box<dyn Error + Send + Sync>> {
    match connection {
        Db::Sqlite(c) => {
            let tables = diesel::select(sql::<BigInt>(TABLES)).get_result::<i64>(c)?;
            if tables > 0 && c.applied_migrations()?.is_empty() {
                return Err("the file is the database of another program; give this one a file of its own".into());
            }
            steps(c, SQLITE, beside)
        }
        Db::Postgres(c) => {
            c.batch_execute(
                "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(7297351820146327)",
            )?;
            let done = steps(c, POSTGRES, beside);
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
    beside: bool,
) -> Result<usize, Box<dyn Error + Send + Sync>> {
    let steps = MigrationSource::<DB>::migrations(&known)?;
    let versions: Vec<_> = steps.iter().map(|step| step.name().version().as_owned()).collect();
    let taken = connection.applied_migrations()?;
    if let Some(step) = taken.iter().find(|step| !versions.contains(step)) {
        return Err(format!("it was written by a newer hookwright (its step {step} is unknown here); start that one, or restore a backup from before").into());
    }
    let missing = connection.pending_migrations(known)?;
    if beside && !taken.is_empty() && !missing.is_empty() {
        return Err("it is that of an older hookwright, whose server may be running; stop that and start this one, or run: hookwright migrate".into());
    }
    for step in &missing {
        connection.run_migration(step)?;
        failpoint::at("migration_taken");
    }
    Ok(missing.len())
}
