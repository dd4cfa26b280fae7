//! Several nodes on one PostgreSQL, as processes.

use crate::{
    calls::{all, counted, get, post, publish, register, settled, try_post},
    database::{Backend, TestDatabase, without_postgres},
    harness::{event, id_of},
    processes::{Process, client, hookwright, key_on, until},
    receiver::{Answer, Receiver},
};
use serde_json::{Value, json};
use std::{collections::HashMap, time::Duration};

const KEY: (&str, &str) =
    ("HOOKWRIGHT_ENCRYPTION_KEY", "5f0e5f0e5f0e5f0e5f0e5f0e5f0e5f0e5f0e5f0e5f0e5f0e5f0e5f0e5f0e5f0e");
const EVENTS: usize = 400;

/// Two nodes that share a database, and who talks to them.
struct Nodes {
    database: TestDatabase,
    client: reqwest::Client,
    first: (Process, String),
    second: (Process, String),
}

impl Nodes {
    async fn start(receiver: &Receiver) -> Self {
        let database = TestDatabase::new(Backend::Postgres);
        let url = database.text();
        let (first, second) = tokio::join!(Process::serve_on(&url, &[KEY]), Process::serve_on(&url, &[KEY]));
        let client = client(&key_on(&url));
        register(&client, &first.1, receiver).await;
        Self { database, client, first, second }
    }

    async fn publish(&self, base: &str, name: &str) {
        publish(&self.client, base, name).await;
    }

    /// The only delivery, with its attempts.
    async fn delivery(&self, base: &str) -> Value {
        let row = all(&self.client, &format!("{base}/api/v1/deliveries")).await.remove(0);
        get(&self.client, &format!("{base}/api/v1/deliveries/{}", id_of(&row))).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_frozen_writes_nothing_over_what_another_one_did() {
    if without_postgres() {
        return;
    }
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(500).after(Duration::from_secs(60)));
    receiver.answer(Answer::status(200));
    let nodes = Nodes::start(&receiver).await;
    let ((first, first_base), (_, second_base)) = (&nodes.first, &nodes.second);
    nodes.publish(first_base, "1").await;
    receiver.reached(1).await;
    first.signal("STOP");

    // As if it had been frozen for longer than a claim holds.
    nodes.database.run("UPDATE deliveries SET due_at = due_at - 60000000 WHERE claimed <> 0");
    receiver.reached(2).await;
    settled(&nodes.client, second_base).await;
    let delivery = nodes.delivery(second_base).await;
    let failures: Vec<_> = delivery["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["failure"]).collect();
    assert_eq!((&delivery["status"], failures), (&json!("delivered"), vec![&Value::Null, &json!("interrupted")]));
    assert_eq!(counted(&nodes.client, second_base, "interrupted").await, 1);

    first.signal("CONT");
    first.after("lease lost").await;
    assert_eq!(nodes.delivery(first_base).await, delivery);
    nodes.publish(first_base, "2").await;
    receiver.reached(3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_node_had_claimed_is_delivered_by_the_other_one() {
    if without_postgres() {
        return;
    }
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(200).after(Duration::from_millis(100)));
    let nodes = Nodes::start(&receiver).await;
    let Nodes { database: _database, client, first: (first, first_base), second: (second, second_base) } = &nodes;
    let names: Vec<_> = (0..EVENTS).map(|number| number.to_string()).collect();
    for pair in names.chunks(2) {
        tokio::join!(nodes.publish(first_base, &pair[0]), nodes.publish(second_base, &pair[1]));
    }
    // What is published now is still claimed when the node dies.
    receiver.answer_only(Answer::status(200).after(Duration::from_secs(60)));
    nodes.publish(first_base, "last").await;
    first.signal("KILL");
    receiver.answer_only(Answer::status(200));
    settled(client, second_base).await;
    // Not because the leases ended.
    let said = second.said();
    assert!(said.contains("a node has not held its lock for two seconds, so what it had claimed is due"), "{said}");
    let number = first.after("this node holds its lock node=").await;
    assert!(said.contains(&format!("is due node={number} ")), "{said}");

    let mut sent = HashMap::<String, u64>::new();
    for request in receiver.received() {
        *sent.entry(request.header("webhook-id").unwrap().to_owned()).or_default() += 1;
    }
    let deliveries = all(client, &format!("{second_base}/api/v1/deliveries")).await;
    assert_eq!((deliveries.len(), sent.len()), (EVENTS + 1, EVENTS + 1));
    for row in &deliveries {
        let attempts = row["attempt_count"].as_u64().unwrap();
        assert!(row["status"] == "delivered" && sent[row["id"].as_str().unwrap()] <= attempts, "{row}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_at_one_node_counts_for_every_attempt_of_another_that_starts_after_its_answer() {
    if without_postgres() {
        return;
    }
    const EDITS: usize = 20;
    let receiver = Receiver::start().await;
    let nodes = Nodes::start(&receiver).await;
    let (_, first) = &nodes.first;
    let (_, second) = &nodes.second;
    let webhook = all(&nodes.client, &format!("{first}/api/v1/webhooks")).await.remove(0);
    let webhook = format!("{first}/api/v1/webhooks/{}", id_of(&webhook));
    for edit in 0..EDITS {
        // The other node has just read the settings from before.
        nodes.publish(second, &format!("before {edit}")).await;
        receiver.reached(2 * edit + 1).await;
        let patch = json!({"url": receiver.url_at(&format!("/edit/{edit}"))}).to_string();
        let patching = nodes.client.patch(&webhook).header("content-type", "application/json").body(patch);
        assert_eq!(patching.send().await.unwrap().status(), 200);
        nodes.publish(second, &format!("after {edit}")).await;
        receiver.reached(2 * edit + 2).await;
        let last = receiver.received().pop().unwrap();
        assert!(last.line.contains(&format!("/edit/{edit} ")), "edit {edit}: {}", last.line);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_does_not_know_the_key_of_a_rekey_leaves_what_is_due_to_one_that_does() {
    if without_postgres() {
        return;
    }
    let receiver = Receiver::start().await;
    let nodes = Nodes::start(&receiver).await;
    let (first, base) = &nodes.first;
    let url = nodes.database.text();
    let both = [("HOOKWRIGHT_ENCRYPTION_KEY", &*"b".repeat(64)), ("HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS", KEY.1)];
    let done = hookwright(&["rekey", "--database-url", &url]).envs(both).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    first.after("nothing more is claimed").await;
    nodes.publish(base, "1").await;
    assert_eq!(nodes.client.get(format!("{base}/readyz")).send().await.unwrap().status(), 503);

    let (_third, base) = Process::serve_on(&url, &both).await;
    settled(&nodes.client, &base).await;
    assert_eq!(nodes.client.get(format!("{base}/readyz")).send().await.unwrap().status(), 200);
    let delivery = nodes.delivery(&base).await;
    assert_eq!((&delivery["status"], &delivery["attempt_count"]), (&json!("delivered"), &json!(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_asked_for_at_a_node_that_stands_by_waits_neither_for_a_rest_nor_behind_a_backlog() {
    if without_postgres() {
        return;
    }
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(429).header("retry-after", "600"));
    receiver.answer(Answer::status(200));
    let database = TestDatabase::new(Backend::Postgres);
    let (_first, base) = Process::serve_on(&database.text(), &[KEY]).await;
    let (_second, standing_by) = Process::serve_on(&database.text(), &[KEY, ("HOOKWRIGHT_DELIVER", "false")]).await;
    let client = client(&key_on(&database.text()));
    register(&client, &base, &receiver).await;
    let webhook = format!("/webhooks/{}", id_of(&all(&client, &format!("{base}/api/v1/webhooks")).await[0]));
    let is_tested = async || {
        // First it has to see who delivers.
        let started = until(async || match post(&client, &standing_by, &format!("{webhook}/test"), &json!({})).await {
            (202, started) => Ok(started),
            (_, refused) => Err(refused),
        })
        .await;
        until(async || {
            let test = get(&client, &format!("{base}/api/v1/deliveries/{}", id_of(&started))).await;
            if test["status"] == "delivered" { Ok(()) } else { Err(test) }
        })
        .await;
    };

    publish(&client, &base, "1").await;
    let url = format!("{base}/api/v1{webhook}");
    until(async || {
        let webhook = get(&client, &url).await;
        if webhook["resting_until"].is_null() { Err(webhook) } else { Ok(()) }
    })
    .await;
    is_tested().await;

    let patch =
        client.patch(&url).header("content-type", "application/json").body(json!({"rate_limit": 1}).to_string());
    assert_eq!(patch.send().await.unwrap().status(), 200);
    database.run(
        "INSERT INTO deliveries (id, tenant_id, event_id, webhook_id, event_type, status, attempt_count, retry_index, next_trigger, claimed,
            due_at, created_at)
        SELECT substring(id for 10) || decode(lpad(to_hex(n), 12, '0'), 'hex'), tenant_id, event_id, webhook_id, event_type, 0, 0, 0,
            'scheduled', 0, 1, created_at
        FROM deliveries, generate_series(1, 1000) n WHERE test IS NULL",
    );
    is_tested().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_delivers_comes_first_where_the_database_has_too_few_connections() {
    if without_postgres() {
        return;
    }
    let database = TestDatabase::bare(Backend::Postgres);
    let role = format!("few_{}", rand::random::<u32>());
    let mut url: url::Url = database.text().parse().unwrap();
    // It may do what the owner of the tables may, but counts for its limit.
    database.run(&format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT 7; GRANT {} TO {role}", url.username()));
    url.set_username(&role).unwrap();
    let receiver = Receiver::start().await;
    let (server, base) = Process::serve_on(url.as_str(), &[KEY]).await;
    let client = client(&key_on(&database.text()));
    register(&client, &base, &receiver).await;
    publish(&client, &base, "1").await;
    receiver.reached(1).await;

    // More lists are read at once than there are connections, before and after all of them are lost.
    let lists = (0..8).map(|_| {
        let (client, url) = (client.clone(), format!("{base}/api/v1/deliveries"));
        tokio::spawn(async move {
            loop {
                let _ = client.get(&url).send().await;
            }
        })
    });
    let lists: Vec<_> = lists.collect();
    database.run(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"));
    until(async || match try_post(&client, &base, "/events", &event("A", "B", "2")).await {
        Ok((202, _)) => Ok(()),
        answer => Err(format!("{answer:?}")),
    })
    .await;
    receiver.reached(2).await;
    lists.iter().for_each(tokio::task::JoinHandle::abort);
    drop(server);
    database.run(&format!("REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_loses_its_lock_says_so_and_when_it_is_back() {
    if without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let (server, _) = Process::serve_on(&database.text(), &[KEY]).await;
    let number = server.after("this node holds its lock node=").await;
    database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1752657764
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    server.after("this node has lost its lock").await;
    let held = format!("this node holds its lock node={number}\n");
    until(async || {
        let said = server.said();
        if said.matches(&held).count() == 2 { Ok(()) } else { Err(said) }
    })
    .await;
}
