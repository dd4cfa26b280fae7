//! What holds when the server dies at a named place, or an attempt panics there.

use crate::{
    calls::{all, counted, get, metrics, register_with, settled, try_post},
    harness::{event, id_of},
    processes::{Process, client, key, until},
    receiver::{Answer, Receiver},
};
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

struct Crash {
    client: reqwest::Client,
    receiver: Receiver,
    database: PathBuf,
    _folder: tempfile::TempDir,
}

impl Crash {
    /// A database with one webhook.
    async fn prepare() -> Self {
        Self::prepare_with(json!({})).await
    }

    async fn prepare_with(webhook: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("hookwright.db");
        let receiver = Receiver::start().await;
        let (server, base) = Process::serve(&database).await;
        let client = client(&key(&database));
        register_with(&client, &base, &receiver, webhook).await;
        server.kill();
        Self { client, receiver, database, _folder: folder }
    }

    async fn publish(&self, base: &str, name: &str) -> reqwest::Result<Value> {
        let (status, answer) = try_post(&self.client, base, "/events", &event("A", "B", name)).await?;
        assert_eq!(status, 202, "{answer}");
        Ok(answer)
    }

    async fn post(&self, base: &str, path: &str, key: &str, body: &Value) -> reqwest::Result<reqwest::Response> {
        let request =
            self.client.post(format!("{base}/api/v1{path}")).header("idempotency-key", format!("{path} {key}"));
        request.header("content-type", "application/json").body(body.to_string()).send().await
    }

    /// Starts a server that dies at that place, publishes one event and waits until it is dead. Returns the answer, if there was one.
    async fn die_at(&self, place: &str) -> Option<Value> {
        let (mut server, base) = Process::serve_failing(&self.database, &format!("{place}=return")).await;
        let answer = self.publish(&base, "1").await.ok();
        let status = server.ended().await;
        assert!(!status.success() && status.code().is_none(), "{place}: {status}");
        answer
    }

    /// Starts a healthy server, publishes the same event again, waits until all is settled and returns all deliveries, whole.
    async fn recover(&self) -> (Value, Vec<Value>) {
        let (_server, base) = Process::serve(&self.database).await;
        let again = self.publish(&base, "1").await.unwrap();
        settled(&self.client, &base).await;
        let mut deliveries = Vec::new();
        for row in all(&self.client, &format!("{base}/api/v1/deliveries")).await {
            deliveries.push(get(&self.client, &format!("{base}/api/v1/deliveries/{}", id_of(&row))).await);
        }
        let interrupted = deliveries.iter().flat_map(failures).filter(|failure| **failure == "interrupted");
        assert_eq!(counted(&self.client, &base, "interrupted").await, interrupted.count(), "in the metrics");
        (again, deliveries)
    }
}

async fn all_webhooks(crash: &Crash) -> Vec<Value> {
    let (_server, base) = Process::serve(&crash.database).await;
    all(&crash.client, &format!("{base}/api/v1/webhooks")).await
}

fn failures(delivery: &Value) -> Vec<&Value> {
    delivery["attempts"].as_array().unwrap().iter().rev().map(|attempt| &attempt["failure"]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_transaction_did_not_commit_was_never_there() {
    let crash = Crash::prepare().await;
    for place in ["publish_begun", "event_inserted", "deliveries_inserted", "publish_committing"] {
        assert_eq!(crash.die_at(place).await, None, "{place}");
        assert_eq!(crash.receiver.received().len(), 0, "{place}");
    }
    let (again, deliveries) = crash.recover().await;
    assert_eq!((&again["duplicate"], &again["matched"]), (&json!(false), &json!(1)));
    assert_eq!(deliveries.len(), 1, "the event and its deliveries come together or not at all");
    assert_eq!(failures(&deliveries[0]), [&Value::Null]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_committed_is_there_once_though_nobody_was_told() {
    let crash = Crash::prepare().await;
    assert_eq!(crash.die_at("publish_committed").await, None);
    let (again, deliveries) = crash.recover().await;
    assert_eq!((&again["duplicate"], &again["id"]), (&json!(true), &deliveries[0]["event_id"]));
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0]["status"], "delivered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_was_not_recorded_is_made_again_and_shows_as_interrupted() {
    for (place, sent_before) in
        [("attempt_claimed", 0), ("connected", 0), ("head_read", 1), ("body_read", 1), ("attempt_recording", 1)]
    {
        let crash = Crash::prepare().await;
        crash.die_at(place).await;
        assert_eq!(crash.receiver.received().len(), sent_before, "{place}");
        let (_, deliveries) = crash.recover().await;
        assert_eq!(failures(&deliveries[0]), [&json!("interrupted"), &Value::Null], "{place}");
        let received = crash.receiver.received();
        assert_eq!(received.len(), sent_before + 1, "{place}");
        let id = deliveries[0]["id"].as_str();
        assert!(received.iter().all(|request| request.header("webhook-id") == id), "{place}: one id for all attempts");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_had_no_answer_yet_is_sent_again_under_the_same_id() {
    let crash = Crash::prepare().await;
    crash.receiver.answer(Answer::status(200).after(Duration::from_secs(60)));
    let (server, base) = Process::serve(&crash.database).await;
    crash.publish(&base, "1").await.unwrap();
    crash.receiver.reached(1).await;
    server.kill();
    crash.receiver.answer_only(Answer::status(200));
    let (_, deliveries) = crash.recover().await;
    assert_eq!(failures(&deliveries[0]), [&json!("interrupted"), &Value::Null]);
    let received = crash.receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
    assert_eq!(received[0].body, received[1].body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_was_recorded_is_not_made_again() {
    for place in ["attempt_recorded", "slot_freed"] {
        let crash = Crash::prepare().await;
        crash.die_at(place).await;
        let (_, deliveries) = crash.recover().await;
        assert_eq!(failures(&deliveries[0]), [&Value::Null], "{place}");
        assert_eq!(crash.receiver.received().len(), 1, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_ends_its_attempt_only() {
    const PANICS: usize = 100;
    let crash = Crash::prepare_with(json!({"retry_schedule": [600]})).await;
    let (_server, base) = Process::serve_failing(&crash.database, &format!("attempt_claimed={PANICS}*panic")).await;
    for number in 0..PANICS + 20 {
        crash.publish(&base, &number.to_string()).await.unwrap();
    }
    crash.receiver.reached(20).await;
    // What the gauges tell may be of a moment before.
    let failed = until(async || {
        let mut rows = all(&crash.client, &format!("{base}/api/v1/deliveries")).await;
        rows.retain(|row| row["failure"] == "internal_error");
        if rows.len() == PANICS { Ok(rows) } else { Err(format!("{} have failed", rows.len())) }
    })
    .await;
    until(async || {
        let metrics = metrics(&crash.client, &base).await;
        let idle = metrics.contains("hookwright_attempts_in_flight 0\n") && metrics.contains("hookwright_lanes 0\n");
        if idle { Ok(()) } else { Err(format!("a slot was not freed:\n{metrics}")) }
    })
    .await;
    assert_eq!(counted(&crash.client, &base, "internal_error").await, PANICS);
    assert!(failed.iter().all(|row| row["status"] == "retrying"), "they are tried again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_panics_frees_the_idempotency_key() {
    let crash = Crash::prepare().await;
    let (_server, base) = Process::serve_failing(&crash.database, "answering=1*panic").await;
    let create = async || {
        let request = crash.client.post(format!("{base}/api/v1/event-types")).header("idempotency-key", "k1");
        let request = request.header("content-type", "application/json").body(r#"{"source": "S", "type": "T"}"#);
        request.send().await.unwrap().status()
    };
    assert_eq!((create().await.as_u16(), create().await.as_u16()), (500, 201));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_with_a_key_is_carried_out_once_though_the_server_died() {
    let crash = Crash::prepare().await;
    let webhook = &all_webhooks(&crash).await[0];
    let (test, url) = (format!("/webhooks/{}/test", id_of(webhook)), crash.receiver.url());
    for (place, number, replayed) in [("answering", 1, None), ("answer_keeping", 2, Some("true"))] {
        let source = format!("S{number}");
        for (path, body) in [
            ("/webhooks", json!({"url": url})),
            ("/tenants", json!({"name": source})),
            ("/event-types", json!({"source": source, "type": "T"})),
        ] {
            let (mut server, base) = Process::serve_failing(&crash.database, &format!("{place}=return")).await;
            crash.post(&base, path, place, &body).await.unwrap_err();
            server.ended().await;
            let (_server, base) = Process::serve(&crash.database).await;
            let answer = crash.post(&base, path, place, &body).await.unwrap();
            assert_eq!(answer.status(), 201, "{place} {path}");
            let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(header("idempotent-replayed").as_deref(), replayed, "{place} {path}");
            let made: Value = get(&crash.client, &format!("{base}{}", header("location").unwrap())).await;
            let mut answer: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            let secret = answer.as_object_mut().unwrap().remove("secret");
            assert_eq!(secret.is_some(), path == "/webhooks" && place == "answering", "one that was made is told once");
            assert_eq!(answer, made, "{place} {path}");
        }
        assert_eq!(all_webhooks(&crash).await.len(), 1 + number, "{place}");
    }
    // What has no answer that could be made anew is not done again either.
    let (mut server, base) = Process::serve_failing(&crash.database, "answer_keeping=return").await;
    crash.post(&base, &test, "k", &json!({})).await.unwrap_err();
    server.ended().await;
    let (_server, base) = Process::serve(&crash.database).await;
    let answer = crash.post(&base, &test, "k", &json!({})).await.unwrap();
    assert_eq!(answer.status(), 409);
    let problem: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(problem["code"], "idempotency_answer_lost", "{problem}");
    let done = format!("webhook.tested, webhook {}", id_of(webhook));
    assert!(problem["detail"].as_str().unwrap().contains(&done), "{problem}");
    assert_eq!(all(&crash.client, &format!("{base}/api/v1/deliveries")).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_deliver_any_more_ends_and_the_next_one_goes_on() {
    let crash = Crash::prepare().await;
    let (mut server, base) = Process::serve_failing(&crash.database, "slot_freed=panic").await;
    crash.publish(&base, "1").await.unwrap();
    assert_eq!(server.ended().await.code(), Some(1));
    let (again, deliveries) = crash.recover().await;
    assert_eq!((&again["matched"], &deliveries[0]["status"]), (&json!(1), &json!("delivered")));
}
