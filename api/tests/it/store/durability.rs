//! What is acknowledged stays, and what is not leaves nothing behind.

use super::*;
use crate::database::on_both;
use diesel::{
    Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, connection::SimpleConnection as _,
    sql_types::BigInt,
};
use hookwright::store::{Slice, attempts, events};

const DAY: i64 = 86_400;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

on_both! {
    async fn a_commit_is_on_disk_also_where_the_database_is_set_up_otherwise(backend) {
        let database = TestDatabase::new(backend);
        let kept = match backend {
            Backend::Sqlite => "SELECT synchronous AS number FROM pragma_synchronous",
            Backend::Postgres => {
                let name = database.text().rsplit_once('/').unwrap().1.to_owned();
                database.run(&format!("ALTER DATABASE {name} SET synchronous_commit = off"));
                "SELECT 2 * (current_setting('synchronous_commit') = 'on')::int::bigint AS number"
            }
        };
        let store = TestStore::open_on(database);
        let of_a_writer = store.write(move |db| diesel::sql_query(kept).get_result::<Number>(db)).await;
        assert_eq!(of_a_writer.number, 2, "FULL, or on");
    }
}

on_both! {
    async fn what_is_purged_while_it_is_under_way_leaves_no_attempt_behind(backend) {
        let mut store = TestStore::open(backend);
        store.webhook(&[]).await;
        let claimed = store.handed_over("A.B", "old").await;
        let id = claimed.delivery_id;
        store.clock.advance_seconds(3 * DAY);
        store.publish("A.B", "newest").await;
        store.purge(store.now().plus_seconds(-DAY)).await;
        let left = store.read(|db| events::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(9))).await.items;
        assert_eq!(left.len(), 1, "the newest");
        assert!(!store.store.settle(store.answered(&claimed, 500)).await.unwrap());
        assert!(store.read(move |db| attempts::of_delivery(db, id)).await.is_empty());
        assert_eq!(store.resend(id, NextAttempt::ResendOriginal).await, Err(ResendRefused::NotFound));
    }
}

/// A command beside the server has the file open too. A transaction that began by reading would be told at once that it lost.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_read_and_then_write_wait_for_each_other() {
    let server = TestStore::open(Backend::Sqlite);
    let (command, _fresh) = open(&server.database.url(), &Options::new(server.clock.clone()), &server.ids);
    let row = server.webhook_row(&[]);
    let writing = [&server.store, &command].map(|store| {
        let (store, row, ids, now) = (store.clone(), row.clone(), Arc::clone(&server.ids), server.now());
        tokio::spawn(async move {
            for _ in 0..30 {
                let row = WebhookRow { id: ids.next(now), ..row.clone() };
                let written = store.write(move |db| {
                    events::list(db, DEFAULT_TENANT, &Default::default(), Slice::first(9))?;
                    hookwright::store::webhooks::insert(db, &row)
                });
                written.await.unwrap();
            }
        })
    });
    for written in writing {
        written.await.unwrap();
    }
}

/// Whoever reads for long holds up the WAL, which grows meanwhile: an export, or somebody with `sqlite3`.
#[tokio::test(flavor = "multi_thread")]
async fn when_a_long_read_has_ended_the_wal_grows_no_more() {
    let store = TestStore::open(Backend::Sqlite);
    let file = |ending: &str| store.database.folder.path().join(format!("hookwright.db{ending}"));
    let forty_megabytes = async |name: &str| {
        for number in 0..200 {
            let event = store.event("A.B", &format!("{name} {number}"));
            recorded(store.store.publish(NewEvent { payload: "x".repeat(200_000), ..event }).await.unwrap());
        }
        std::fs::metadata(file("-wal")).unwrap().len()
    };
    let mut reader = SqliteConnection::establish(file("").to_str().unwrap()).unwrap();
    reader.batch_execute("BEGIN; SELECT count(*) FROM events").unwrap();
    let held = forty_megabytes("held").await;
    assert!(held > 40_000_000, "{held}");
    reader.batch_execute("ROLLBACK").unwrap();
    let after = forty_megabytes("after").await;
    assert!(after < held + 2_000_000, "{held} bytes, then {after}");
}
