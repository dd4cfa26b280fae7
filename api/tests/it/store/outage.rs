//! A database that fails: what callers are told, and that everything heals.

use super::*;
use crate::database::{on_both, without_postgres};
use diesel::{Connection as _, PgConnection, connection::SimpleConnection as _};
use hookwright::store::{Slice, StoreError, events};
use std::time::Duration;

/// Ends every connection to the database but the one that asks.
const END_CONNECTIONS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Publishes until it works, as a client does that is told to come back; within the time that a restart may take to heal.
pub(super) async fn publish_until_it_works(store: &TestStore, ce_id: &str) -> Accepted {
    let publishing = async {
        loop {
            match store.store.publish(store.event("A.B", ce_id)).await {
                Ok(accepted) => return accepted,
                Err(StoreError::Unavailable(_) | StoreError::ReadOnly) => {
                    tokio::time::sleep(Duration::from_millis(20)).await
                }
                Err(error) => panic!("{error}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), publishing).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_connections_are_opened_again() {
    if without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    store.webhook(&[]).await;
    let claimed = store.handed_over("A.B", "1").await;
    // Several connections of the pool, all of which get lost.
    let reading =
        (0..8).map(|_| store.read(|db| events::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(9))));
    futures_util::future::join_all(reading).await;
    store.database.run(END_CONNECTIONS);
    recorded(store.publish("A.B", "2").await);
    store.settle(&claimed, 200).await;
    let list =
        async || store.store.read(|db| events::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(9))).await;
    let first = list().await;
    assert!(matches!(first, Ok(_) | Err(StoreError::Unavailable(_))), "{first:?}");
    for _ in 0..16 {
        assert_eq!(
            list().await.unwrap().items.len(),
            2,
            "one query may fail after a restart, not one for each connection"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_told_and_everything_heals_when_it_is_back() {
    if without_postgres() {
        return;
    }
    let store = TestStore::open(Backend::Postgres);
    let away = store.database.away();
    for _ in 0..10 {
        let refused = store.store.publish(store.event("A.B", "1")).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
    assert!(matches!(store.store.ping().await, Err(StoreError::Unavailable(_))));
    drop(away);
    recorded(publish_until_it_works(&store, "1").await);
    store.store.ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_server_is_told_apart_and_can_be_read() {
    if without_postgres() {
        return;
    }
    let store = TestStore::open(Backend::Postgres);
    recorded(store.publish("A.B", "1").await);
    let name = store.database.text().rsplit_once('/').unwrap().1.to_owned();
    let set = |change: &str| {
        crate::database::run(&crate::database::server(), &format!("ALTER DATABASE {name} {change}"));
    };
    set("SET default_transaction_read_only = on");
    store.database.run(END_CONNECTIONS);
    let refused = store.store.publish(store.event("A.B", "2")).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
    let _ = store.store.ping().await;
    assert!(matches!(store.store.ping().await, Err(StoreError::ReadOnly)));
    assert_eq!(
        store.read(|db| events::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(9))).await.items.len(),
        1
    );
    set("RESET default_transaction_read_only");
    recorded(publish_until_it_works(&store, "2").await);
}

on_both! {
    async fn who_finds_no_connection_is_told_so_instead_of_waiting(backend) {
        let mut store = TestStore::open(backend);
        let options = Options { connections: 2, ..Options::new(store.clock.clone()) };
        (store.store, store.fresh) = open(&store.database.url(), &options, &store.ids);
        let (holds, held) = std::sync::mpsc::channel();
        let holding: Vec<_> = (0..2).map(|_| {
            let (store, holds) = (store.store.clone(), holds.clone());
            let (let_go, wait) = std::sync::mpsc::channel::<()>();
            let reading = tokio::spawn(async move {
                store.read(move |_| {
                    holds.send(()).unwrap();
                    let _ = wait.recv();
                    Ok(())
                }).await
            });
            (let_go, reading)
        }).collect();
        held.recv().unwrap();
        held.recv().unwrap();
        let refused = store.store.read(|_| Ok(())).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))));
        recorded(store.publish("A.B", "1").await);
        for (let_go, reading) in holding {
            drop(let_go);
            reading.await.unwrap().unwrap();
        }
        store.store.read(|_| Ok(())).await.unwrap();
    }
}

on_both! {
    async fn a_query_that_panics_is_a_mistake_and_no_outage(backend) {
        let store = TestStore::open(backend);
        let panics = |_: &mut Db| -> QueryResult<()> { panic!("a mistake in a query") };
        for failed in [store.store.read(panics).await, store.store.write(panics).await] {
            assert!(matches!(failed, Err(StoreError::Query(_))), "{failed:?}");
        }
        store.store.ping().await.unwrap();
        recorded(store.publish("A.B", "1").await);
    }
}

/// Lets the first `count` inserts of a key fail as if they had lost against another transaction.
fn conflicts(store: &TestStore, code: &str, count: u32) {
    store.database.run(&format!(
        "CREATE SEQUENCE tries;
        CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('tries') <= {count} THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '{code}'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER lose BEFORE INSERT ON event_keys FOR EACH ROW EXECUTE FUNCTION lose()"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_lost_against_another_is_run_again() {
    if without_postgres() {
        return;
    }
    for code in ["40001", "40P01"] {
        let store = TestStore::open(Backend::Postgres);
        conflicts(&store, code, 3);
        recorded(store.publish("A.B", "1").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_always_loses_is_given_up() {
    if without_postgres() {
        return;
    }
    let store = TestStore::open(Backend::Postgres);
    conflicts(&store, "40001", 1_000);
    let refused = store.store.publish(store.event("A.B", "1")).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
}

/// As if the event that had the key were purged between the look at it and the look at what it was.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_key_is_purged_meanwhile_is_recorded() {
    if without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    store.webhook(&[]).await;
    store.database.run(
        "CREATE SEQUENCE tries;
        CREATE FUNCTION pass_over() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RETURN CASE WHEN nextval('tries') > 1 THEN NEW END;
        END $$;
        CREATE TRIGGER pass_over BEFORE INSERT ON event_keys FOR EACH ROW EXECUTE FUNCTION pass_over()",
    );
    recorded(store.publish("A.B", "1").await);
    assert!(store.take_fresh().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_is_not_recorded_without_what_it_says_about_its_webhook() {
    if without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    store.webhook(&[]).await;
    let claimed = store.handed_over("A.B", "1").await;
    store.database.run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON webhooks FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    let refused = store.store.settle(store.answered(&claimed, 500)).await;
    assert!(matches!(refused, Err(StoreError::Query(_))), "{refused:?}");
    assert_eq!(store.delivery(claimed.delivery_id).await.attempt_count, 0);
    store.database.run("DROP TRIGGER refuse ON webhooks");
    store.settle(&claimed, 500).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_claimed_and_given_back_however_many_read() {
    if without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    store.webhook(&[]).await;
    let claimed = store.handed_over("A.B", "1").await;
    let (begin, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let mut holding = Vec::new();
    for _ in 0..8 {
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (reader, begin) = (store.store.clone(), begin.clone());
        let read = tokio::spawn(async move {
            let hold = move |_: &mut Db| {
                let _ = begin.send(());
                let _ = released.recv();
                Ok(())
            };
            reader.read(hold).await
        });
        holding.push((release, read));
        begun.recv().await.unwrap();
    }
    store.store.release(vec![(claimed.delivery_id, 0)], store.now()).await.unwrap();
    assert_eq!(store.store.key_checks().await.unwrap().len(), 0);
    assert_eq!(store.claim(1).await.len(), 1);
    for (release, read) in holding {
        drop(release);
        read.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_webhook_that_somebody_has_locked_only_its_own_attempts_wait_to_be_recorded() {
    if without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    let locked = store.webhook(&["A.LOCKED"]).await;
    store.webhook(&["A.OTHER"]).await;
    let mut settlements = Vec::new();
    for (number, name) in ["A.LOCKED", "A.OTHER", "A.LOCKED"].into_iter().enumerate() {
        let claimed = store.handed_over(name, &number.to_string()).await;
        settlements.push(store.answered(&claimed, 500));
    }
    let mut elsewhere = PgConnection::establish(&store.database.text()).unwrap();
    let of = hex::encode(locked.to_bytes());
    let lock = format!("BEGIN; SELECT FROM webhooks WHERE id = decode('{of}', 'hex') FOR UPDATE");
    elsewhere.batch_execute(&lock).unwrap();
    let settle = |number: usize| store.store.settle(settlements[number].clone());
    // However they come together, the second waits with another one.
    let (first, other, last) = tokio::join!(settle(0), settle(1), settle(2));
    assert!(other.as_ref().is_ok_and(|settled| *settled), "{other:?}");
    for waits in [first, last, settle(0).await] {
        assert!(waits.as_ref().is_err_and(StoreError::may_pass), "{waits:?}");
    }
    elsewhere.batch_execute("ROLLBACK").unwrap();
    assert!(settle(0).await.unwrap() && settle(2).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_reading_works_and_writing_goes_on_when_there_is_room() {
    let store = TestStore::open(Backend::Sqlite);
    // SQLite says the same as when the disk is full.
    let limit = |pages: u32| move |db: &mut Db| db.batch_execute(&format!("PRAGMA max_page_count = {pages}"));
    store.write(limit(1)).await;
    let big = NewEvent { payload: "x".repeat(100_000), ..store.event("A.B", "big") };
    let all = (0..5).map(|n| NewEvent { ce_id: n.to_string(), id: store.ids.next(START), ..big.clone() });
    for refused in futures_util::future::join_all(all.map(|event| store.store.publish(event))).await {
        assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    }
    assert!(
        store.read(|db| events::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(9))).await.items.is_empty()
    );
    store.write(limit(1_000_000)).await;
    recorded(store.store.publish(big).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_somebody_else_locks_is_told_and_not_a_failed_statement() {
    let store = TestStore::open(Backend::Sqlite);
    let path = store.database.folder.path().join("hookwright.db");
    let mut other = <diesel::SqliteConnection as diesel::Connection>::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    // All of them wait for the lock together, not one after the other.
    let publishing = (0..20).map(|n| store.store.publish(store.event("A.B", &n.to_string())));
    for refused in futures_util::future::join_all(publishing).await {
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
    other.batch_execute("ROLLBACK").unwrap();
    recorded(store.publish("A.B", "1").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_transaction_holds_up_nothing_and_is_told() {
    if without_postgres() {
        return;
    }
    let mut store = TestStore::open(Backend::Postgres);
    store.webhook(&[]).await;
    let mut forgotten = PgConnection::establish(&store.database.text()).unwrap();
    forgotten.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM deliveries").unwrap();
    let upkeep = async |store: &TestStore| store.store.upkeep().await.unwrap();
    // PostgreSQL tells what a session left behind once a second, when the session does something.
    let mut number = 0;
    while upkeep(&store).await.dead_rows < 100 {
        let claimed = store.handed_over("A.B", &number.to_string()).await;
        store.settle(&claimed, 200).await;
        number += 1;
        assert!(number < 20_000, "what is left behind is not counted");
    }
    let open = upkeep(&store).await.oldest_transaction;
    assert!(open > Duration::from_millis(50), "{open:?}");
    forgotten.batch_execute("ROLLBACK").unwrap();
    let later = upkeep(&store).await.oldest_transaction;
    assert!(later < open, "{later:?} of {open:?}");
}
