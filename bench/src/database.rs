//! The databases of a run: a fresh one for each scenario.

use crate::{options::Place, postgres::Cluster, process};
use anyhow::{Context as _, Result, bail};
use diesel::{
    Connection as _, QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, sql_types::BigInt,
};
use hookwright::store::Db;
use std::{
    cell::Cell,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

/// Which database the server records to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Makes databases in a folder of the run, or in a cluster.
pub(crate) struct Databases {
    kind: Kind,
    folder: TempDir,
    cluster: Option<Cluster>,
    /// A database of the cluster from which others are made.
    postgres: Option<String>,
    made: Cell<u32>,
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
        let (kind, cluster, postgres) = match place.database.as_str() {
            "sqlite" => (Kind::Sqlite, None, None),
            "postgres" => {
                let cluster = Cluster::start(&parent)?;
                let url = cluster.url();
                (Kind::Postgres, Some(cluster), Some(url))
            }
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                (Kind::Postgres, None, Some(url.to_owned()))
            }
            other => bail!("the database is sqlite, postgres or a postgres:// URL, not {other:?}"),
        };
        Ok(Self { kind, folder, cluster, postgres, made: Cell::new(0) })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
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
            Some(url) => {
                let name = name(number);
                Db::establish(url)?.batch_execute(&format!("CREATE DATABASE {name}"))?;
                let (server, rest) = url.rsplit_once('/').context("the URL names no database")?;
                let query = rest.find('?').map(|at| &rest[at..]).unwrap_or_default();
                format!("{server}/{name}{query}")
            }
        };
        Ok(Database { kind: self.kind, url })
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
            Some(url) => {
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
            Some(url) => Ok(Db::establish(url)?.batch_execute("CHECKPOINT")?),
        }
    }

    /// What the database's own processes have used; none for SQLite, and unknown for a cluster that is not the bench's.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        self.cluster.as_ref().map_or(Ok(Duration::ZERO), |cluster| process::cpu_of_family(cluster.pid()))
    }
}

/// The name of a run's database in a cluster.
fn name(number: u32) -> String {
    format!("hookwright_bench_{}_{number}", std::process::id())
}

/// In a cluster that is not the bench's own nothing is left behind, however the run ended.
impl Drop for Databases {
    fn drop(&mut self) {
        let (Some(url), None) = (&self.postgres, &self.cluster) else { return };
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
