//! Connections to SQLite or PostgreSQL, chosen by the scheme of the database URL.

pub(super) mod backup;
pub(super) mod file;
pub(super) mod migrations;
pub(super) mod pool;
pub(super) mod precedence;
mod url;

pub use self::url::DatabaseUrl;

use diesel::{
    Connection as _, QueryResult,
    connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _},
    pg::PgConnection,
    r2d2::R2D2Connection as _,
    sqlite::SqliteConnection,
};
use openssl_sys as _;
use std::{fs::OpenOptions, path::Path, time::Instant};

/// What every connection to a SQLite file is told. `synchronous=FULL`: with NORMAL a WAL may roll back acknowledged events when the
/// power fails. `wal_autocheckpoint`: four times as many pages would spare 1 µs for each delivery, and make the slowest of a hundred wait
/// 1.5 ms longer. The time limit comes first, as the others may have to wait for a lock; `auto_vacuum` counts only before the first table
/// and needs to be set before the journal's mode.
const SQLITE_PRAGMAS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA mmap_size = 0;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 67108864;
";

/// What every session on PostgreSQL is told. A node that hangs must not hold locks for ever. `synchronous_commit` may be off in the
/// server's settings; what is acknowledged here has to be on disk. PostgreSQL would compile statements that it thinks costly to machine
/// code, each time anew: with many partitions that took seconds for a claim of some milliseconds. A plan is made once: for many days of
/// partitions that takes several times as long as the statement itself, and PostgreSQL would do it again for each list of ids and each page.
const POSTGRES_SETTINGS: &str = "
    SET statement_timeout = '8s';
    SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '30s';
    SET synchronous_commit = 'on';
    SET jit = off;
    SET plan_cache_mode = force_generic_plan;
";

/// What PostgreSQL is told where rows are found by lists of ids, a few hundred at most, or are the first of very many: to go by the
/// indexes. A day that was empty when it was counted would be read whole, joined and sorted, however many rows it has by now.
const BY_INDEX: &str =
    "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; SET enable_sort = off";
/// Those settings until the transaction ends.
const BY_INDEX_FOR_NOW: &str = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; \
     SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off";

/// Until the transaction ends, no longer is waited for what somebody else has locked.
const BRIEF_LOCKS_FOR_NOW: &str = "SET LOCAL lock_timeout = '100ms'";

/// Tells PostgreSQL to go by the indexes until the transaction ends.
pub(super) fn go_by_indexes_for_now(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(BY_INDEX_FOR_NOW)
}

/// A connection to either database. Plain queries are written once for both; the hot statements take the inner connection.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Runs a query on the connection of its database: there diesel knows a query by its type, and does not write its text anew each time.
macro_rules! on_either {
    ($db:expr, $connection:ident => $run:expr) => {
        match $db {
            $crate::store::connection::Db::Postgres($connection) => $run,
            $crate::store::connection::Db::Sqlite($connection) => $run,
        }
    };
}
pub(super) use on_either;

impl Db {
    /// Opens a connection.
    pub(super) fn open(url: &DatabaseUrl) -> diesel::ConnectionResult<Self> {
        let mut connection = match url {
            DatabaseUrl::Sqlite(path) => {
                make_private(path);
                Self::Sqlite(SqliteConnection::establish(&path.to_string_lossy())?)
            }
            DatabaseUrl::Postgres(_) => Self::Postgres(PgConnection::establish(&url.with_limits())?),
        };
        let settings = if connection.is_shared() { POSTGRES_SETTINGS } else { SQLITE_PRAGMAS };
        connection.batch_execute(settings).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        Ok(connection)
    }

    /// Tells PostgreSQL to go by the indexes from now on.
    pub(super) fn go_by_indexes(&mut self) -> QueryResult<()> {
        match self {
            Self::Postgres(c) => c.batch_execute(BY_INDEX),
            Self::Sqlite(_) => Ok(()),
        }
    }

    /// Waits no longer than a moment for what somebody else has locked, until the transaction ends. On SQLite a write transaction is alone.
    pub(super) fn wait_briefly_for_now(&mut self) -> QueryResult<()> {
        match self {
            Self::Postgres(c) => c.batch_execute(BRIEF_LOCKS_FOR_NOW),
            Self::Sqlite(_) => Ok(()),
        }
    }

    /// Lets nobody else write to that table until the transaction ends. On SQLite a write transaction is alone anyway.
    pub(super) fn lock_table(&mut self, table: &'static str) -> QueryResult<()> {
        match self {
            Self::Postgres(c) => c.batch_execute(&format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")),
            Self::Sqlite(_) => Ok(()),
        }
    }

    /// Runs `work`; SQLite overwrites what it replaces, which otherwise stands in the file until its place is needed. Not always, as a
    /// purge would write each page that it frees.
    pub(super) fn overwriting<T>(&mut self, work: impl FnOnce(&mut Self) -> QueryResult<T>) -> QueryResult<T> {
        if let Self::Sqlite(c) = self {
            c.batch_execute("PRAGMA secure_delete = ON")?;
        }
        let done = work(self);
        if let Self::Sqlite(c) = self {
            c.batch_execute("PRAGMA secure_delete = OFF")?;
        }
        done
    }

    /// Runs reads that see one state of the database.
    pub(super) fn snapshot<T>(&mut self, work: impl FnOnce(&mut Self) -> QueryResult<T>) -> QueryResult<T> {
        match self {
            Self::Sqlite(c) => AnsiTransactionManager::begin_transaction(c)?,
            Self::Postgres(c) => {
                AnsiTransactionManager::begin_transaction_sql(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
            }
        }
        end(self, work)
    }

    /// Like [`Self::snapshot`], for reads of a few rows among very many, of which PostgreSQL may think that they are many.
    pub(super) fn snapshot_by_index<T>(&mut self, work: impl FnOnce(&mut Self) -> QueryResult<T>) -> QueryResult<T> {
        self.snapshot(|connection| {
            if let Self::Postgres(c) = connection {
                go_by_indexes_for_now(c)?;
            }
            work(connection)
        })
    }

    /// Whether several nodes may use the database at once: then its clock counts for all of them.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Whether a transaction was left open or could not be ended, so that the connection is of no more use.
    pub(super) fn is_broken(&mut self) -> bool {
        on_either!(self, c => c.is_broken())
    }
}

/// Makes an empty file for its owner only, unless there is one: what customers send is nobody else's business. SQLite fills it, and
/// lets nobody else read its WAL either. What is wrong with the path SQLite says better.
fn make_private(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

/// Runs `work` in a write transaction. SQLite begins it `IMMEDIATE`: a transaction that reads first and writes later could not get
/// the lock any more.
pub(super) fn transact<T>(connection: &mut Db, work: impl FnOnce(&mut Db) -> QueryResult<T>) -> QueryResult<T> {
    match connection {
        Db::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        Db::Postgres(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    end(connection, work)
}

/// Like [`transact`], for somebody who gives up at the deadline and does it again: what is not ready to be committed by then is rolled
/// back.
pub(super) fn transact_before<T>(
    deadline: Instant,
    connection: &mut Db,
    work: impl FnOnce(&mut Db) -> QueryResult<T>,
) -> QueryResult<T> {
    transact(connection, |connection| {
        let done = work(connection)?;
        if Instant::now() < deadline { Ok(done) } else { Err(diesel::result::Error::RollbackTransaction) }
    })
}

/// Runs `work` in a transaction that has begun, and ends it.
fn end<T>(connection: &mut Db, work: impl FnOnce(&mut Db) -> QueryResult<T>) -> QueryResult<T> {
    let done = work(connection);
    let ended = on_either!(connection, c => match &done {
        Ok(_) => AnsiTransactionManager::commit_transaction(c),
        Err(_) => AnsiTransactionManager::rollback_transaction(c),
    });
    // What failed first is the reason; that the connection is broken too is seen by `is_broken`.
    done.and_then(|value| ended.map(|()| value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::{RunQueryDsl as _, sql_types::Text};

    #[derive(diesel::QueryableByName)]
    struct Compiled {
        #[diesel(sql_type = Text)]
        compile_options: String,
    }

    #[test]
    fn what_comes_after_the_deadline_is_rolled_back() {
        let mut connection = Db::Sqlite(SqliteConnection::establish(":memory:").unwrap());
        let mut made_before = |deadline, name| {
            transact_before(deadline, &mut connection, |db| db.batch_execute(&format!("CREATE TABLE {name} (a)")))
        };
        let now = Instant::now();
        made_before(now + std::time::Duration::from_mins(1), "kept").unwrap();
        made_before(now, "late").unwrap_err();
        let Db::Sqlite(c) = &mut connection else { unreachable!() };
        c.batch_execute("SELECT * FROM kept").unwrap();
        c.batch_execute("SELECT * FROM late").unwrap_err();
    }

    /// Otherwise each statement with a `LIMIT` is planned anew for each value: that was a tenth of the work for a delivery.
    #[test]
    fn sqlite_is_compiled_as_cargos_configuration_says() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let options = diesel::sql_query("PRAGMA compile_options").load::<Compiled>(&mut connection).unwrap();
        for option in ["ENABLE_QPSG", "THREADSAFE=2"] {
            assert!(
                options.iter().any(|compiled| compiled.compile_options == option),
                "{option}: see .cargo/config.toml"
            );
        }
    }
}
