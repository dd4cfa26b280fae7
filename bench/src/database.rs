//! The databases of a run: a fresh one for each scenario.

use crate::{options::Place, process};
use anyhow::{Context as _, Result, bail};
use diesel::{
    Connection as _, QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, sql_types::BigInt,
};
use hookwright::store::Db;
use serde::Serialize;
use std::{
    cell::Cell,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

/// Which database the server records to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Makes databases in a folder of the run, or on a PostgreSQL server.
pub(crate) struct Databases {
    folder: TempDir,
    postgres: Option<Postgres>,
    made: Cell<u32>,
}

/// A PostgreSQL server.
struct Postgres {
    /// A database from which others are made.
    url: String,
    /// The parent of its processes; none when they are on another machine.
    process: Option<u32>,
}

/// A database of its own.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) kind: Kind,
    pub(crate) url: String,
}

impl Databases {
    pub(crate) fn open(place: &Place) -> Result<Self> {
        let beside = || -> Result<PathBuf> {
            let program = std::env::current_exe()?;
            Ok(program.parent().context("the bench's program has no folder")?.join("bench-data"))
        };
        let parent = place.folder.clone().map_or_else(beside, Ok)?;
        std::fs::create_dir_all(&parent)?;
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&parent)?;
        let postgres = match place.database.as_str() {
            "sqlite" => None,
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => Some(Postgres::at(url)?),
            "postgres" => bail!(
                "`cargo xtask bench -- --database postgres` starts a PostgreSQL; the bench itself needs the URL of one"
            ),
            other => bail!("the database is sqlite or a postgres:// URL, not {other:?}"),
        };
        Ok(Self { folder, postgres, made: Cell::new(0) })
    }

    pub(crate) fn kind(&self) -> Kind {
        if self.postgres.is_some() { Kind::Postgres } else { Kind::Sqlite }
    }

    /// A folder for the run's files; it is removed at the end.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes an empty database.
    pub(crate) fn fresh(&self) -> Result<Database> {
        let number = self.made.get() + 1;
        self.made.set(number);
        let url = match &self.postgres {
            None => format!("sqlite://{}", self.folder.path().join(format!("bench-{number}.db")).display()),
            Some(Postgres { url, .. }) => {
                let name = name(number);
                Db::establish(url)?.batch_execute(&format!("CREATE DATABASE {name}"))?;
                let (server, rest) = url.rsplit_once('/').context("the URL names no database")?;
                let query = rest.find('?').map(|at| &rest[at..]).unwrap_or_default();
                format!("{server}/{name}{query}")
            }
        };
        Ok(Database { kind: self.kind(), url })
    }

    /// Removes a database that no server uses any more.
    pub(crate) fn remove(&self, database: &Database) -> Result<()> {
        match &self.postgres {
            None => {
                for file in std::fs::read_dir(self.folder.path())? {
                    std::fs::remove_file(file?.path())?;
                }
                Ok(())
            }
            Some(Postgres { url, .. }) => {
                let name = database.url.rsplit('/').next().and_then(|name| name.split('?').next()).unwrap_or_default();
                Ok(Db::establish(url)?.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))?)
            }
        }
    }

    /// Lets the database write what it holds in memory to the disk, so that this does not fall into what is measured next. SQLite does so
    /// as it goes.
    pub(crate) fn flush(&self) -> Result<()> {
        match &self.postgres {
            None => Ok(()),
            Some(Postgres { url, .. }) => Ok(Db::establish(url)?.batch_execute("CHECKPOINT")?),
        }
    }

    /// What the database's own processes have used; none for SQLite, and unknown on another machine.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        self.postgres.as_ref().and_then(|postgres| postgres.process).map_or(Ok(Duration::ZERO), process::cpu_of_family)
    }
}

impl Postgres {
    fn at(url: &str) -> Result<Self> {
        let mut connection = Db::establish(url)?;
        let backend = "SELECT pg_backend_pid()::bigint AS count";
        let Count { count: backend } = diesel::sql_query(backend).get_result(&mut connection)?;
        Ok(Self { url: url.to_owned(), process: process::parent_of_postgres(backend.try_into()?) })
    }
}

/// The name of a run's database on a server.
fn name(number: u32) -> String {
    format!("hookwright_bench_{}_{number}", std::process::id())
}

/// Nothing is left behind on a server, however the run ended.
impl Drop for Databases {
    fn drop(&mut self) {
        let Some(Postgres { url, .. }) = &self.postgres else { return };
        let Ok(mut connection) = Db::establish(url) else { return };
        for number in 1..=self.made.get() {
            let _ = connection.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name(number)));
        }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Database {
    pub(crate) fn connect(&self) -> Result<Db> {
        let url = self.url.strip_prefix("sqlite://").unwrap_or(&self.url);
        let mut connection = Db::establish(url)?;
        if self.kind == Kind::Sqlite {
            connection.batch_execute("PRAGMA busy_timeout = 10000")?;
        }
        Ok(connection)
    }

    /// The number that a query calls `count`.
    pub(crate) fn count(&self, query: &str) -> Result<u64> {
        let Count { count } = diesel::sql_query(query).get_result(&mut self.connect()?)?;
        Ok(u64::try_from(count)?)
    }
}
