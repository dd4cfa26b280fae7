//! Connections to SQLite or PostgreSQL, chosen by the scheme of the database URL.

use diesel::{
    Connection as _, QueryResult, connection::AnsiTransactionManager, connection::SimpleConnection,
    connection::TransactionManager, pg::PgConnection, r2d2, sqlite::SqliteConnection,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use openssl_sys as _;
use std::{fmt, path::PathBuf, str::FromStr};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// What every connection to a SQLite file is told. `synchronous=FULL`: with NORMAL a WAL may roll back acknowledged events when the
/// power fails. `auto_vacuum` counts only before the first table and needs the mode set before the journal's.
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

/// A connection to either database. Plain queries are written once for both; the hot statements take the inner connection.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Which database, and where.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite://` and a path.
    Sqlite(PathBuf),
    /// `postgres://` or `postgresql://`, whole.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        match url.split_once("://") {
            Some(("sqlite", "")) => {
                Err("sqlite:// needs the path of a file, for example sqlite://hookwright.db".into())
            }
            Some(("sqlite", path)) => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url.into())),
            _ => Err("a database URL begins with sqlite:// or postgres://".into()),
        }
    }
}

/// Never shows the password that a URL may hold.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://…"),
        }
    }
}

/// Opens connections for the pool and the writers.
#[derive(Clone, Debug)]
pub(super) struct Manager(pub(super) DatabaseUrl);

impl r2d2::ManageConnection for Manager {
    type Connection = Db;
    type Error = diesel::ConnectionError;

    fn connect(&self) -> Result<Db, Self::Error> {
        match &self.0 {
            DatabaseUrl::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
                connection.batch_execute(SQLITE_PRAGMAS).map_err(Self::Error::CouldntSetupConfiguration)?;
                Ok(Db::Sqlite(connection))
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::establish(url)?;
                connection
                    .batch_execute("SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'")
                    .map_err(Self::Error::CouldntSetupConfiguration)?;
                Ok(Db::Postgres(connection))
            }
        }
    }

    fn is_valid(&self, connection: &mut Db) -> Result<(), Self::Error> {
        connection.batch_execute("SELECT 1").map_err(Self::Error::CouldntSetupConfiguration)
    }

    fn has_broken(&self, connection: &mut Db) -> bool {
        let broken = match connection {
            Db::Postgres(c) => r2d2::R2D2Connection::is_broken(c),
            Db::Sqlite(c) => r2d2::R2D2Connection::is_broken(c),
        };
        broken || std::thread::panicking()
    }
}

/// Brings the schema up to date. On PostgreSQL under an advisory lock, so that two nodes may start together.
pub(super) fn migrate(connection: &mut Db) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match connection {
        Db::Sqlite(c) => c.run_pending_migrations(SQLITE_MIGRATIONS).map(drop),
        Db::Postgres(c) => {
            c.batch_execute("SET statement_timeout = 0; SELECT pg_advisory_lock(7297351820146327)")?;
            let migrated = c.run_pending_migrations(POSTGRES_MIGRATIONS).map(drop);
            c.batch_execute("SELECT pg_advisory_unlock(7297351820146327); SET statement_timeout = '10s'")?;
            migrated
        }
    }
}

/// Runs `work` in a write transaction. SQLite begins it `IMMEDIATE`: a transaction that reads first and writes later could not get
/// the lock any more.
pub(super) fn transact<T>(connection: &mut Db, work: impl FnOnce(&mut Db) -> QueryResult<T>) -> QueryResult<T> {
    match connection {
        Db::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        Db::Postgres(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    let done = work(connection);
    match (connection, &done) {
        (Db::Sqlite(c), Ok(_)) => AnsiTransactionManager::commit_transaction(c)?,
        (Db::Postgres(c), Ok(_)) => AnsiTransactionManager::commit_transaction(c)?,
        (Db::Sqlite(c), Err(_)) => AnsiTransactionManager::rollback_transaction(c)?,
        (Db::Postgres(c), Err(_)) => AnsiTransactionManager::rollback_transaction(c)?,
    }
    done
}
