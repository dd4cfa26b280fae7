//! What a server that is killed has promised holds all the same.

use crate::{
    both,
    calls::{all, get, register, settled, try_post},
    database::{TestDatabase, on_both},
    harness::{event, id_of},
    processes::{Process, client, hookwright, key, output},
    receiver::{Answer, Receiver},
};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::sync::mpsc;

/// How often the server is killed, on the same database.
const KILLS: usize = 20;
/// How many events are published to each of these servers, at most.
const EVENTS: usize = 400;
/// How many of them are acknowledged when it is killed, at least.
const KILLED_AFTER: usize = 50;
/// In how many steps the schema is made.
const STEPS: usize = 4;
/// How long the receiver thinks, so that attempts are under way when the server is killed.
const THINKS: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_event_is_lost_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(200).after(THINKS));
    let (server, base) = Process::serve(&database).await;
    let client = client(&key(&database));
    register(&client, &base, &receiver).await;
    drop(server);

    let mut acked = HashSet::new();
    for kill in 0..KILLS {
        let (server, base) = Process::serve(&database).await;
        let before = acked.len();
        acked.extend(acknowledged_until_killed(&client, server, base, kill * EVENTS).await);
        let acked = acked.len() - before;
        assert!((KILLED_AFTER..EVENTS).contains(&acked), "killed in the middle: {acked}");
    }

    let (_server, base) = Process::serve(&database).await;
    settled(&client, &base).await;
    let deliveries = all(&client, &format!("{base}/api/v1/deliveries")).await;
    let mut sent = HashMap::<String, u64>::new();
    for request in receiver.received() {
        *sent.entry(request.header("webhook-id").unwrap().to_owned()).or_default() += 1;
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let by_event: HashMap<_, _> = deliveries.iter().map(|row| (text(&row["event_id"]), text(&row["id"]))).collect();
    for id in &acked {
        let delivery = by_event.get(id).unwrap_or_else(|| panic!("the acknowledged event {id} has no delivery"));
        assert!(sent.contains_key(delivery), "the acknowledged event {id} never arrived");
    }
    let known: HashSet<_> = deliveries.iter().map(|row| text(&row["id"])).collect();
    assert!(sent.keys().all(|id| known.contains(id)), "something was sent that is not on record");

    let mut interrupted = 0;
    for row in &deliveries {
        assert_eq!(row["status"], "delivered", "{row}");
        let id = text(&row["id"]);
        if row["attempt_count"] == 1 {
            assert_eq!(sent[&id], 1, "{id} arrived twice without an attempt on record");
            continue;
        }
        interrupted += 1;
        let delivery: Value = get(&client, &format!("{base}/api/v1/deliveries/{id}")).await;
        let attempts = delivery["attempts"].as_array().unwrap();
        let numbers: Vec<_> = attempts.iter().rev().map(|attempt| attempt["number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=attempts.len() as u64).collect::<Vec<_>>(), "{id}");
        let (last, before) = attempts.split_first().unwrap();
        assert_eq!(last["failure"], Value::Null);
        assert!(before.iter().all(|attempt| attempt["failure"] == "interrupted"), "{delivery}");
        assert!(sent[&id] <= attempts.len() as u64, "{id}");
    }
    assert!(interrupted > 0, "nothing was under way when the server was killed");
}

/// Publishes events with numbers from that one on, kills the server meanwhile, and returns the ids that were acknowledged.
async fn acknowledged_until_killed(
    client: &reqwest::Client,
    server: Process,
    base: String,
    first: usize,
) -> Vec<String> {
    let (acknowledge, mut acknowledged) = mpsc::unbounded_channel();
    let publishing = tokio::spawn(publish_all(client.clone(), base, first, acknowledge));
    let (mut acked, mut server) = (Vec::new(), Some(server));
    while let Some(id) = acknowledged.recv().await {
        acked.push(id);
        if acked.len() == KILLED_AFTER {
            server.take().unwrap().kill();
        }
    }
    publishing.await.unwrap();
    acked
}

/// Publishes until nothing answers any more, 32 events at a time, and tells which were acknowledged.
async fn publish_all(client: reqwest::Client, base: String, first: usize, acknowledge: mpsc::UnboundedSender<String>) {
    let publish = |number: usize| {
        let (client, base, acknowledge) = (&client, &base, &acknowledge);
        async move {
            let event = event("A", "B", &number.to_string());
            let Ok((status, answer)) = try_post(client, base, "/events", &event).await else { return };
            assert_eq!(status, 202, "{answer}");
            acknowledge.send(id_of(&answer)).unwrap();
        }
    };
    stream::iter(first..first + EVENTS).map(publish).buffer_unordered(32).collect::<()>().await;
}

on_both! {
    async fn a_migration_that_is_killed_is_finished_by_the_next_one(backend) {
        for taken in 1..=STEPS {
            let database = TestDatabase::bare(backend);
            let url = database.text();
            let migrate = ["migrate", "--database-url", &url];
            let killed = hookwright(&migrate).env("FAILPOINTS", format!("migration_taken={}*off->return", taken - 1)).output().unwrap();
            assert_eq!(killed.status.code(), None, "after {taken} steps: {killed:?}");
            let second = output(&migrate);
            let left = match STEPS - taken { 0 => "up to date.".to_owned(), left => format!("steps taken: {left}.") };
            assert!(String::from_utf8_lossy(&second.stdout).contains(&left), "after {taken} steps: {second:?}");
            let third = output(&migrate);
            assert!(String::from_utf8_lossy(&third.stdout).contains("is up to date."), "{third:?}");
            both::start(&database).await.publish("A", "B", "1").await;
        }
    }
}
