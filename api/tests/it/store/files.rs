//! What concerns the SQLite file itself: its backup, its size, its schema.

use super::*;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_types::BigInt};
use hookwright::store::{self, BackupError, events};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

async fn number(store: &TestStore, query: &'static str) -> i64 {
    store.read(move |db| diesel::sql_query(query).get_result::<Number>(db)).await.number
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_everything_that_was_accepted_before_it_began() {
    let store = TestStore::open(Backend::Sqlite);
    store.webhook(&[]).await;
    let mut before = Vec::new();
    for n in 0..50 {
        before.push(recorded(store.publish("A.B", &n.to_string()).await));
    }
    let target = store.database.folder.path().join("backup.db");
    let (url, file) = (store.database.url(), target.clone());
    let backing_up = tokio::task::spawn_blocking(move || store::backup(&url, &file));
    // Publishing goes on meanwhile.
    let mut n = 50;
    while !backing_up.is_finished() {
        recorded(store.publish("A.B", &n.to_string()).await);
        n += 1;
    }
    backing_up.await.unwrap().unwrap();
    assert!(!store.database.folder.path().join("backup.db.partial").exists());
    // Restored: opened as the database of a server.
    let url = format!("sqlite://{}", target.display()).parse().unwrap();
    let (restored, _fresh) = open(&url, &Options::new(store.clock.clone()), &store.ids);
    for id in before {
        assert!(restored.read(move |db| events::find(db, DEFAULT_TENANT, id)).await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_overwrites_nothing_and_needs_a_database() {
    let store = TestStore::open(Backend::Sqlite);
    let folder = store.database.folder.path();
    std::fs::write(folder.join("there"), "precious").unwrap();
    assert!(matches!(store::backup(&store.database.url(), &folder.join("there")), Err(BackupError::Exists(_))));
    assert_eq!(std::fs::read(folder.join("there")).unwrap(), b"precious");
    let missing = format!("sqlite://{}/missing.db", folder.display()).parse().unwrap();
    assert!(matches!(store::backup(&missing, &folder.join("new")), Err(BackupError::Missing(_))));
    assert!(!folder.join("missing.db").exists());
    let postgres = "postgres://localhost/x".parse().unwrap();
    let told = store::backup(&postgres, &folder.join("new")).unwrap_err().to_string();
    assert!(told.contains("pg_dump"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_gives_room_back_to_the_file_system() {
    let store = TestStore::open(Backend::Sqlite);
    let publishing = (0..300)
        .map(|n| store.store.publish(NewEvent { payload: "x".repeat(4_000), ..store.event("A.B", &n.to_string()) }));
    futures_util::future::join_all(publishing).await.into_iter().for_each(|accepted| assert!(accepted.is_ok()));
    let full = number(&store, "SELECT page_count AS number FROM pragma_page_count").await;
    store.clock.advance_seconds(3 * 86_400);
    store.publish("A.B", "newest").await;
    store.purge(store.now().plus_seconds(-86_400)).await;
    let left = number(&store, "SELECT page_count AS number FROM pragma_page_count").await;
    assert!(left < full - 64, "{full} pages before, {left} after");
    assert_eq!(number(&store, "SELECT auto_vacuum AS number FROM pragma_auto_vacuum").await, 2, "incremental");
}

#[test]
fn a_schema_is_brought_up_to_date_once() {
    let database = TestDatabase::bare(Backend::Sqlite);
    assert!(store::migrate(&database.url(), START).unwrap() > 0);
    assert_eq!(store::migrate(&database.url(), START).unwrap(), 0);
    SqliteConnection::establish(database.folder.path().join("hookwright.db").to_str().unwrap()).unwrap();
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hookwright.db");
    std::fs::write(&file, "no database ".repeat(100)).unwrap();
    let url = format!("sqlite://{}", file.display()).parse().unwrap();
    let told = store::migrate(&url, START).unwrap_err().to_string();
    assert!(told.contains("file is not a database") && told.contains(file.to_str().unwrap()), "{told}");
}

#[test]
fn a_postgresql_that_is_not_there_is_waited_for_and_then_told() {
    // Nobody listens on the port of a listener that was closed.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://hookwright:secret@127.0.0.1:{port}/hookwright").parse().unwrap();
    let options =
        Options { patience: std::time::Duration::from_millis(600), ..Options::new(Clock::standing_at(START)) };
    let (hand_over, _fresh) = store::hand_over();
    let error = Store::open(&url, &options, &Arc::default(), &hand_over, &Arc::default()).err().unwrap().to_string();
    assert!(error.starts_with("cannot open the database: "), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_database_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let url = format!("sqlite://{}", file("hookwright.db").display()).parse().unwrap();
    let _store = open(&url, &Options::new(Clock::system()), &Arc::default());
    store::backup(&url, &file("backup.db")).unwrap();
    for name in ["hookwright.db", "hookwright.db-wal", "hookwright.db-shm", "backup.db"] {
        assert_eq!(std::fs::metadata(file(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}
