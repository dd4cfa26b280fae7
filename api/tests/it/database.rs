//! The databases that tests run on: a SQLite file, or a PostgreSQL database of their own.
//!
//! `cargo xtask test` starts a PostgreSQL and says where in `TEST_POSTGRES_URL`.

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection,
    connection::SimpleConnection as _, sql_types,
};
use hookwright::store::{self, DatabaseUrl};
use std::{
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};
use tempfile::TempDir;

use crate::harness::START;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// Whether the tests on PostgreSQL are left out, because `HOOKWRIGHT_SKIP_POSTGRES` is 1.
pub(crate) fn without_postgres() -> bool {
    env::var("HOOKWRIGHT_SKIP_POSTGRES").is_ok_and(|skip| skip == "1")
}

/// Declares a test that runs on both databases: `name::sqlite` and `name::postgres`.
macro_rules! on_both {
    ($(#[$attribute:meta])* async fn $name:ident($backend:ident) $body:block) => {
        mod $name {
            #[expect(clippy::allow_attributes, reason = "not every test uses something of its module")]
            #[allow(unused_imports)]
            use super::*;

            async fn case($backend: $crate::database::Backend) $body

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                case($crate::database::Backend::Sqlite).await;
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                if !$crate::database::without_postgres() {
                    case($crate::database::Backend::Postgres).await;
                }
            }
        }
    };
}

pub(crate) use on_both;

/// An empty database with its schema, gone when this value is.
pub(crate) struct TestDatabase {
    pub(crate) backend: Backend,
    pub(crate) folder: TempDir,
    /// The name of the database on the PostgreSQL server.
    name: Option<String>,
}

impl TestDatabase {
    pub(crate) fn new(backend: Backend) -> Self {
        let name = (backend == Backend::Postgres).then(|| {
            let name = fresh_name("test");
            run(&server(), &format!("CREATE DATABASE {name} TEMPLATE {}", template()));
            name
        });
        Self { backend, folder: tempfile::tempdir().unwrap(), name }
    }

    /// A database without a schema.
    pub(crate) fn bare(backend: Backend) -> Self {
        let name = (backend == Backend::Postgres).then(|| {
            let name = fresh_name("bare");
            run(&server(), &format!("CREATE DATABASE {name}"));
            name
        });
        Self { backend, folder: tempfile::tempdir().unwrap(), name }
    }

    pub(crate) fn text(&self) -> String {
        match &self.name {
            Some(name) => database_of(&server(), name),
            None => format!("sqlite://{}/hookwright.db", self.folder.path().display()),
        }
    }

    pub(crate) fn url(&self) -> DatabaseUrl {
        self.text().parse().unwrap()
    }

    /// Makes the database refuse whoever wants to write, and PostgreSQL whoever wants to connect, until the value is dropped.
    pub(crate) fn away(&self) -> Away {
        match &self.name {
            Some(name) => {
                run(&server(), &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
                let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
                run(&server(), &end);
                Away::Postgres(name.clone())
            }
            None => {
                let path = self.folder.path().join("hookwright.db");
                let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                other.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
                Away::Sqlite(other)
            }
        }
    }

    /// Runs SQL on the PostgreSQL database, as somebody else.
    pub(crate) fn run(&self, sql: &str) {
        run(&self.text(), sql);
    }

    /// What a query of one number, named `count`, finds on the PostgreSQL database.
    pub(crate) fn count(&self, sql: &str) -> i64 {
        let mut connection = PgConnection::establish(&self.text()).unwrap();
        diesel::sql_query(sql).get_result::<Count>(&mut connection).unwrap().count
    }
}

/// A database that is away.
pub(crate) enum Away {
    Sqlite(SqliteConnection),
    Postgres(String),
}

impl Drop for Away {
    fn drop(&mut self) {
        match self {
            Self::Sqlite(other) => other.batch_execute("ROLLBACK").unwrap(),
            Self::Postgres(name) => run(&server(), &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            run(&server(), &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The server's URL.
pub(crate) fn server() -> String {
    env::var("TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!(
            "tests on PostgreSQL need a server named by TEST_POSTGRES_URL: run them with `cargo xtask test`, start one with \
             `cargo xtask postgres`, or leave them out with HOOKWRIGHT_SKIP_POSTGRES=1"
        )
    })
}

fn fresh_name(kind: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("hookwright_{kind}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The URL of another database on that server.
fn database_of(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, ""), |(base, query)| (base, query));
    let (base, _) = base.rsplit_once('/').unwrap();
    if query.is_empty() { format!("{base}/{name}") } else { format!("{base}/{name}?{query}") }
}

pub(crate) fn run(url: &str, sql: &str) {
    PgConnection::establish(url).unwrap().batch_execute(sql).unwrap();
}

/// A database with the schema of today and the days around the tests' time, to copy from. Its name tells the migrations, so that
/// several runs on one server share it.
fn template() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let name = format!("hookwright_template_{:016x}", migrations());
        let mut connection = PgConnection::establish(&server()).unwrap();
        connection.batch_execute("SELECT pg_advisory_lock(7297351820146000)").unwrap();
        if !there(&mut connection, &name) {
            let making = fresh_name("template");
            connection.batch_execute(&format!("CREATE DATABASE {making}")).unwrap();
            store::migrate(&database_of(&server(), &making).parse().unwrap(), START).unwrap();
            connection.batch_execute(&format!("ALTER DATABASE {making} RENAME TO {name}")).unwrap();
        }
        name
    })
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
}

fn there(connection: &mut PgConnection, name: &str) -> bool {
    let found = diesel::sql_query("SELECT count(*) AS count FROM pg_database WHERE datname = $1");
    found.bind::<sql_types::Text, _>(name).get_result::<Count>(connection).unwrap().count > 0
}

fn migrations() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/postgres");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut hasher = DefaultHasher::new();
    for name in names {
        fs::read(name.join("up.sql")).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}
