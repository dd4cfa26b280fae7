//! `/webhooks`: register, change, delete.

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{TestApp, column, id_of},
    processes::until,
    receiver::{Answer, Receiver},
    store::share,
};
use hookwright::{
    clock::Clock,
    store::{Db, LEASE, NextAttempt, Share},
};
use serde_json::{Value, json};
use shared::Id;
use std::sync::mpsc;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

#[tokio::test]
async fn a_webhook_is_created_with_every_setting_and_shown_without_its_secrets() {
    let app = TestApp::start().await;
    let new = json!({
        "url": "https://example.com/hooks?tenant=1",
        "secret": "a secret that stays here",
        "description": "orders",
        "authentication": {"type": "basic", "username": "ana", "password": "a password that stays here"},
        "headers": [{"name": "X-Region", "value": "a value that stays here"}],
        "content_mode": "binary",
        "events": {"mode": "selected", "types": ["TRANSACTION.TRANSACTIONSTATUSUPDATED"], "conditions": [{"path": "/data/status", "operator": "is", "values": ["APPROVED"]}]},
        "status": "inactive",
        "timeout_ms": 5_000,
        "retry_schedule": [1, 604_800],
        "max_concurrency": 4,
        "rate_limit": 10,
    });
    let created = app.post("/webhooks", &new).await.expect(201);
    let webhook = created.json();
    let path = format!("/webhooks/{}", id_of(&webhook));
    assert_eq!(created.header("location"), Some(format!("/api/v1{path}").as_str()));
    assert_eq!(created.header("etag"), Some("\"1\""));
    let expected = json!({
        "id": webhook["id"],
        "url": "https://example.com/hooks?tenant=1",
        "description": "orders",
        "status": "inactive",
        "inactive_reason": "operator",
        "inactive_since": "2025-07-08T18:01:20.000000Z",
        "authentication": {"type": "basic", "username": "ana"},
        "headers": [{"name": "X-Region"}],
        "content_mode": "binary",
        "events": {"mode": "selected", "types": ["TRANSACTION.TRANSACTIONSTATUSUPDATED"], "conditions": [{"path": "/data/status", "operator": "is", "values": ["APPROVED"]}]},
        "catalogue": {"wanted": 0, "all": 0, "others": 1},
        "timeout_ms": 5_000,
        "retry_schedule": [1, 604_800],
        "max_concurrency": 4,
        "rate_limit": 10,
        "secret_set": true,
        "secret_set_at": "2025-07-08T18:01:20.000000Z",
        "credentials_changed_at": "2025-07-08T18:01:20.000000Z",
        "previous_secret_until": null,
        "resting_until": null,
        "failing": false,
        "last_24h": {"delivered": 0, "failed": 0, "retrying": 0, "pending": 0, "success_rate": null},
        "hourly": vec![json!({"delivered": 0, "failed": 0}); 24],
        "created_at": "2025-07-08T18:01:20.000000Z",
        "updated_at": "2025-07-08T18:01:20.000000Z",
        "updated_by": "admin",
        "version": 1,
    });
    assert_eq!(webhook, expected);
    let (read, list) = (app.get(&path).await.expect(200), app.get("/webhooks").await.expect(200));
    assert_eq!(read.json(), expected);
    assert_eq!(list.json(), json!({"items": [expected], "next_cursor": null}));
    for answer in [created, read, list] {
        assert!(!answer.text.contains("stays here"), "{}", answer.text);
    }
}

/// Whoever compares them sees whether a credential was changed since.
#[tokio::test]
async fn a_new_webhook_has_one_time_for_all_that_was_set() {
    let app = TestApp::start_with(|settings| settings.clock = Clock::system()).await;
    let new =
        json!({"url": "https://example.com/hook", "secret": "dummysecret", "headers": [{"name": "X-A", "value": "b"}]});
    let webhook = app.post("/webhooks", &new).await.expect(201).json();
    let changed = json!({"secret": "another secret"});
    let changed =
        app.patch(&format!("/webhooks/{}", webhook["id"].as_str().unwrap()), &changed).await.expect(200).json();
    for (webhook, since) in [(webhook, "created_at"), (changed, "updated_at")] {
        assert_eq!(webhook["credentials_changed_at"], webhook[since]);
        assert_eq!(webhook["secret_set_at"], webhook[since]);
    }
}

#[tokio::test]
async fn a_webhook_wants_everything_within_two_seconds_unless_told_otherwise() {
    let app = TestApp::start().await;
    let new = json!({"url": "https://example.com/hook", "secret": "dummysecret"});
    let webhook = app.make("/webhooks", &new).await;
    assert_eq!(webhook["status"], "active");
    assert_eq!(webhook["inactive_reason"], Value::Null);
    assert_eq!(webhook["authentication"], json!({"type": "none"}));
    assert_eq!(webhook["events"], json!({"mode": "all", "types": [], "conditions": []}));
    assert_eq!((&webhook["timeout_ms"], &webhook["content_mode"]), (&json!(2_000), &json!("structured")));
    assert_eq!(webhook["retry_schedule"], json!([5, 30, 120, 300, 420]));
    assert_eq!((&webhook["max_concurrency"], &webhook["rate_limit"]), (&json!(16), &Value::Null));
}

#[tokio::test]
async fn every_setting_of_a_webhook_can_be_changed() {
    let mut app = TestApp::start().await;
    let (old, new) = (Receiver::start().await, Receiver::start().await);
    let id = app.webhook(&old).await;
    let path = format!("/webhooks/{id}");
    app.clock.advance_seconds(60);
    let change = json!({
        "url": new.url(),
        "secret": "another secret",
        "description": "now with a description",
        "authentication": {"type": "api_key", "header": "X-API-Key", "value": "the key's value"},
        "events": {"mode": "selected", "types": ["A.WANTED"], "conditions": []},
        "timeout_ms": 30_000,
        "retry_schedule": [],
    });
    let changed = app.patch(&path, &change).await.expect(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let webhook = changed.json();
    assert_eq!(webhook["url"], new.url());
    assert_eq!(webhook["description"], "now with a description");
    assert_eq!(webhook["authentication"], json!({"type": "api_key", "header": "X-API-Key"}));
    assert_eq!(webhook["events"], change["events"]);
    assert_eq!((&webhook["timeout_ms"], &webhook["retry_schedule"]), (&json!(30_000), &json!([])));
    assert_eq!(webhook["secret_set_at"], "2025-07-08T18:02:20.000000Z");
    assert_eq!(webhook["created_at"], "2025-07-08T18:01:20.000000Z");
    assert_eq!(webhook["version"], 2);
    assert_eq!(app.read(&path).await, webhook);

    app.publish("A", "WANTED", "1").await;
    app.publish("A", "UNWANTED", "2").await;
    app.run_due().await;
    assert_eq!(old.received(), []);
    let [received] = &new.received()[..] else { panic!("{:?}", new.received()) };
    assert_eq!(received.header("x-api-key"), Some("the key's value"));
    assert_eq!(received.signatures_hold("another secret"), (true, true));
}

#[tokio::test]
async fn what_a_change_leaves_out_stays() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let basic = json!({"authentication": {"type": "basic", "username": "ana", "password": "geheim:ä"}});
    let id = app.webhook_with(&receiver, basic).await;
    let path = format!("/webhooks/{id}");
    let before = app.read(&path).await;
    app.patch(&path, &json!({"description": "changed"})).await.expect(200);
    assert_eq!(app.read(&path).await["credentials_changed_at"], before["credentials_changed_at"]);
    app.clock.advance_seconds(1);
    app.patch(&path, &json!({"authentication": {"type": "basic", "username": "bea"}})).await.expect(200);
    let after = app.read(&path).await;
    assert_eq!(after["secret_set_at"], before["secret_set_at"]);
    assert_eq!(after["credentials_changed_at"], after["updated_at"]);
    assert_eq!(after["version"], 3);
    app.publish_example().await;
    app.run_due().await;
    // bea:geheim:ä in UTF-8
    assert_eq!(receiver.received()[0].header("authorization"), Some("Basic YmVhOmdlaGVpbTrDpA=="));
}

/// As programs do that bring everything up to date.
#[tokio::test]
async fn credentials_that_are_sent_again_change_nothing() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let key = |value: &str| json!({"authentication": {"type": "api_key", "header": "X-API-Key", "value": value}});
    let basic = json!({"authentication": {"type": "basic", "username": "ana", "password": "geheim"}});
    for all in [basic, key("the key")] {
        let path = format!("/webhooks/{}", app.webhook_with(&receiver, all.clone()).await);
        let before = app.read(&path).await;
        app.clock.advance_seconds(1);
        assert_eq!(app.patch(&path, &all).await.expect(200).json(), before);
    }
    let path = format!("/webhooks/{}", id_of(&app.items("/webhooks").await[0]));
    let after = app.patch(&path, &key("another")).await.expect(200).json();
    assert_eq!((&after["version"], &after["credentials_changed_at"]), (&json!(2), &after["updated_at"]));
}

#[tokio::test]
async fn a_webhook_sends_headers_of_its_own_whose_values_can_be_kept_without_knowing_them() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let headers =
        json!([{"name": "X-Region", "value": "eu-west"}, {"name": "X-Token", "value": "a token of some length"}]);
    let id = app.webhook_with(&receiver, json!({"headers": headers})).await;
    let path = format!("/webhooks/{id}");
    let before = app.read(&path).await;
    assert_eq!(before["headers"], json!([{"name": "X-Region"}, {"name": "X-Token"}]));
    app.clock.advance_seconds(1);
    // What was read, and what was written, changes nothing.
    for same in [before["headers"].clone(), headers] {
        assert_eq!(app.patch(&path, &json!({"headers": same})).await.expect(200).json()["version"], 1);
    }
    app.publish("A", "B", "1").await;
    app.run_due().await;
    let kept = json!([{"name": "x-token"}, {"name": "X-Stage", "value": "test"}]);
    let after = app.patch(&path, &json!({"headers": kept})).await.expect(200).json();
    assert_eq!(after["headers"], json!([{"name": "x-token"}, {"name": "X-Stage"}]));
    assert_eq!(after["credentials_changed_at"], after["updated_at"]);
    app.publish("A", "B", "2").await;
    app.run_due().await;
    app.patch(&path, &json!({"headers": []})).await.expect(200);
    app.publish("A", "B", "3").await;
    app.run_due().await;

    let sent =
        |name| receiver.received().iter().map(|request| request.header(name).map(str::to_owned)).collect::<Vec<_>>();
    let told = |values: [Option<&str>; 3]| values.map(|value| value.map(str::to_owned));
    assert_eq!(sent("x-region"), told([Some("eu-west"), None, None]));
    assert_eq!(sent("x-token"), told([Some("a token of some length"), Some("a token of some length"), None]));
    assert_eq!(sent("x-stage"), told([None, Some("test"), None]));
    // They may be secrets: what was recorded is masked.
    let first = app.deliveries(&id).await.pop().unwrap();
    let delivery = app.read(&format!("/deliveries/{}", id_of(&first))).await;
    let shown = delivery["attempts"][0]["request_headers"].as_array().unwrap().clone();
    assert!(shown.contains(&json!({"name": "x-region", "value": "••••"})), "{shown:?}");
    assert!(shown.contains(&json!({"name": "x-token", "value": "••••ngth"})), "{shown:?}");
    assert_eq!(delivery["settings_changed"], true);
}

#[tokio::test]
async fn what_is_kept_counts_for_how_long_headers_may_be() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let header = |name: &str| json!({"name": name, "value": "v".repeat(4_000)});
    let id = app.webhook_with(&receiver, json!({"headers": [header("X-One"), header("X-Two")]})).await;
    let more = json!({"headers": [{"name": "X-One"}, {"name": "X-Two"}, header("X-Three")]});
    let refused = app.patch(&format!("/webhooks/{id}"), &more).await.expect(422);
    assert_eq!(
        refused.json()["errors"][0],
        json!({
            "pointer": "/headers", "code": "out_of_range",
            "detail": "With the values that are kept, custom headers have more than 8,192 bytes in all.",
        })
    );
}

#[tokio::test]
async fn no_header_is_sent_twice() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let key = json!({"type": "api_key", "header": "X-API-Key", "value": "v"});
    let basic = json!({"type": "basic", "username": "ana", "password": "geheim"});
    let header = |name: &str| json!([{"name": name, "value": "v"}]);
    let id = app.webhook_with(&receiver, json!({"authentication": key, "headers": header("X-Region")})).await;
    let path = format!("/webhooks/{id}");
    let moved = json!({"type": "api_key", "header": "x-region", "value": "v"});
    for (change, pointer) in [
        (json!({"headers": header("x-api-key")}), "/headers/0/name"),
        (json!({"authentication": basic, "headers": header("Authorization")}), "/headers/0/name"),
        (json!({"authentication": moved}), "/authentication/header"),
    ] {
        let refused = app.patch(&path, &change).await.expect(422);
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{change}");
        assert_eq!(refused.json()["errors"][0]["code"], "header_repeated", "{change}");
    }
    // They may change places.
    app.patch(&path, &json!({"authentication": moved, "headers": header("X-API-Key")})).await.expect(200);
    // Also not in the spelling that many receivers take for the same.
    let folded = app.patch(&path, &json!({"headers": header("x_webhook_signature")})).await.expect(422);
    assert_eq!(folded.json()["errors"][0]["code"], "header_reserved");
    let unknown = app.patch(&path, &json!({"headers": [{"name": "X-API-Key"}, {"name": "X-New"}]})).await.expect(422);
    assert_eq!(unknown.json()["errors"][0]["pointer"], "/headers/1/value");
    let signature = app.patch(&path, &json!({"headers": header("X-Webhook-Signature")})).await.expect(422);
    assert_eq!(signature.json()["errors"][0]["code"], "header_reserved");
}

#[tokio::test]
async fn an_inactive_webhook_gets_nothing_and_what_it_missed_is_not_sent_later() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let id = app.webhook(&receiver).await;
    let path = format!("/webhooks/{id}");
    let inactive = app.patch(&path, &json!({"status": "inactive"})).await.expect(200).json();
    assert_eq!((&inactive["status"], &inactive["inactive_reason"]), (&json!("inactive"), &json!("operator")));
    let since = inactive["inactive_since"].clone();
    assert_eq!(since, inactive["updated_at"]);
    app.publish("A", "MISSED", "1").await;
    app.run_due().await;
    app.clock.advance_seconds(60);
    let edited = app.patch(&path, &json!({"description": "x"})).await.expect(200).json();
    assert_eq!(edited["inactive_since"], since, "it is still the same");
    let active = app.patch(&path, &json!({"status": "active"})).await.expect(200).json();
    assert_eq!((&active["status"], &active["inactive_reason"]), (&json!("active"), &Value::Null));
    assert_eq!(active["inactive_since"], Value::Null);
    app.publish("A", "SENT", "2").await;
    app.run_due().await;
    assert_eq!(column(&app.deliveries(&id).await, "event_type"), ["A.SENT"]);
    assert_eq!(receiver.received().len(), 1);
}

on_both! {
    async fn of_an_inactive_webhook_only_tests_are_claimed(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let id = app.webhook(&Receiver::start().await).await;
        for number in ["1", "2"] {
            app.publish("A", "B", number).await;
        }
        app.patch(&format!("/webhooks/{id}"), &json!({"status": "inactive"})).await.expect(200);
        app.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(202);
        // Whoever had claimed them is gone.
        let (store, now) = (app.app.store.clone(), app.clock.now().plus(LEASE * 2));
        let id: Id = id.parse().unwrap();
        assert_eq!(store.due_webhooks(Id::from_bytes([0; 16]), now).await.unwrap(), [(id, true)]);
        assert_eq!(store.claim_due(now, vec![share(id, 10)]).await.unwrap().len(), 0);
        let claimed = store.claim_due(now, vec![Share { only_tests: true, ..share(id, 10) }]).await.unwrap();
        assert_eq!(claimed.iter().map(|claimed| claimed.next).collect::<Vec<_>>(), [NextAttempt::Test]);
        assert_eq!(store.due_webhooks(Id::from_bytes([0; 16]), now).await.unwrap(), []);
    }
}

on_both! {
    async fn what_waits_for_an_inactive_webhook_is_sent_when_it_is_activated(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let receiver = Receiver::start().await;
        receiver.answer(Answer::status(503));
        receiver.answer(Answer::status(200));
        let id = app.webhook_with(&receiver, json!({"retry_schedule": [5]})).await;
        app.publish("A", "RETRYING", "1").await;
        app.run_due().await;
        app.publish("A", "PENDING", "2").await;
        let before = app.deliveries(&id).await;
        assert_eq!(column(&before, "status"), ["pending", "retrying"]);
        app.patch(&format!("/webhooks/{id}"), &json!({"status": "inactive"})).await.expect(200);
        app.run_due_in(60).await;
        // Now it is known in the database only.
        app.run_due_in(60).await;
        assert_eq!(receiver.received().len(), 1);
        let waiting = app.deliveries(&id).await;
        assert_eq!(column(&waiting, "status"), ["pending", "retrying"]);
        for (waiting, before) in waiting.iter().zip(&before) {
            assert_eq!((&waiting["in_progress"], &waiting["next_attempt_at"]), (&json!(false), &Value::Null));
            for name in ["attempt_count", "failure", "status_code", "duration_us", "last_attempt_at"] {
                assert_eq!(waiting[name], before[name], "{name}");
            }
        }
        // A test goes out all the same, and while it is under way nobody looks at what waits.
        app.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(202);
        let (store, now) = (app.app.store.clone(), app.clock.now());
        assert_eq!(store.due_webhooks(Id::from_bytes([0; 16]), now).await.unwrap(), []);
        app.run_due().await;
        assert_eq!(receiver.received().len(), 2);
        app.patch(&format!("/webhooks/{id}"), &json!({"status": "active"})).await.expect(200);
        app.run_due().await;
        assert_eq!(receiver.received().len(), 4);
        assert_eq!(column(&app.deliveries(&id).await, "status"), ["delivered"; 3]);
    }
}

#[tokio::test]
async fn a_deleted_webhook_is_gone_and_its_open_deliveries_are_cancelled() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(500));
    let id = app.webhook(&receiver).await;
    app.publish("A", "RETRYING", "1").await;
    app.run_due().await;
    // It waits for its turn when the webhook goes.
    app.resend(&id).await.expect(202);
    app.publish("A", "PENDING", "2").await;
    app.delete(&format!("/webhooks/{id}")).await.expect(204);

    assert_eq!(app.get(&format!("/webhooks/{id}")).await.expect(404).problem(), "not_found");
    assert_eq!(app.get(&format!("/webhooks/{id}/deliveries")).await.expect(404).problem(), "not_found");
    assert_eq!(app.delete(&format!("/webhooks/{id}")).await.expect(404).problem(), "not_found");
    assert_eq!(app.read("/webhooks").await["items"], json!([]));
    app.run_due_in(3_600).await;
    assert_eq!(receiver.received().len(), 1);
    let deliveries = app.items("/deliveries").await;
    assert_eq!(column(&deliveries, "status"), ["cancelled", "cancelled"]);
    assert_eq!(column(&deliveries, "in_progress"), [false, false]);
    assert_eq!(column(&deliveries, "webhook_url"), [&json!(receiver.url()); 2]);
    assert_eq!(column(&deliveries, "webhook_status"), [&Value::Null; 2]);
    let kept = app.read(&format!("/deliveries/{}", id_of(&deliveries[1]))).await;
    assert_eq!(kept["attempts"][0]["status_code"], 500);
    assert_eq!((&kept["webhook_url"], &kept["webhook_status"]), (&json!(receiver.url()), &Value::Null));
}

on_both! {
    async fn changes_at_once_without_a_version_are_all_made(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let new = json!({"url": "https://example.com/hook", "secret": "dummysecret"});
        let path = format!("/webhooks/{}", id_of(&app.post("/webhooks", &new).await.expect(201).json()));
        let changes = [
            ("description", json!("changed")),
            ("timeout_ms", json!(7_000)),
            ("retry_schedule", json!([60])),
            ("max_concurrency", json!(3)),
            ("content_mode", json!("binary")),
            ("rate_limit", json!(9)),
        ];
        let made = changes.iter().map(async |(member, value)| {
            app.patch(&path, &json!({*member: value})).await.expect(200);
        });
        let rotated = async { app.post(&format!("{path}/rotate-secret"), &json!({})).await.expect(200) };
        futures_util::future::join(futures_util::future::join_all(made), rotated).await;
        let webhook = app.read(&path).await;
        for (member, value) in changes {
            assert_eq!(webhook[member], value, "{member}");
        }
        assert_eq!(webhook["version"], 8);
    }
}

#[tokio::test]
async fn what_follows_a_change_is_done_also_when_its_client_has_gone() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish("A", "B", "1").await;
    let (release, released) = mpsc::channel::<()>();
    let store = app.app.store.clone();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let hold = move |_: &mut Db| {
        let _ = begin.send(());
        Ok(released.recv().is_err())
    };
    let holding = tokio::spawn(async move { store.write(hold).await });
    begun.await.unwrap();
    let address = app.base.strip_prefix("http://").unwrap().strip_suffix("/api/v1").unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "DELETE /api/v1/webhooks/{webhook} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\r\n",
        app.key
    );
    client.write_all(head.as_bytes()).await.unwrap();
    let waits = || (app.app.store.waiting_writes() == 1).then_some(()).ok_or("it does not wait for the writer");
    until(async || waits()).await;
    client.set_zero_linger().unwrap();
    drop(client);
    // The one thread that answers has seen by then that the connection is gone.
    app.read(&format!("/webhooks/{webhook}")).await;
    drop(release);
    assert!(holding.await.unwrap().unwrap());
    until(async || {
        let delivery = app.items("/deliveries").await.remove(0);
        if delivery["status"] == "cancelled" { Ok(()) } else { Err(delivery) }
    })
    .await;
}

#[tokio::test]
async fn of_two_changes_to_the_same_version_one_is_refused() {
    let app = TestApp::start().await;
    let new = json!({"url": "https://example.com/hook", "secret": "dummysecret"});
    let created = app.post("/webhooks", &new).await.expect(201);
    let (path, etag) = (format!("/webhooks/{}", id_of(&created.json())), created.header("etag").unwrap());
    let change = |description: &str, etag: &str| {
        let request = app.request(reqwest::Method::PATCH, &path).header("if-match", etag);
        app.send(
            request.header("content-type", "application/json").body(json!({"description": description}).to_string()),
        )
    };
    change("first", etag).await.expect(200);
    let refused = change("second", etag).await.expect(412);
    assert_eq!((refused.problem().as_str(), refused.header("etag")), ("version_mismatch", Some("\"2\"")));
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("The webhook was changed at 2025-07-08T18:01:20.000000Z by admin."), "{detail}");
    for no_tag in ["no etag", "1", "2"] {
        let refused = change("third", no_tag).await.expect(412);
        assert_eq!((refused.problem().as_str(), refused.header("etag")), ("version_mismatch", Some("\"2\"")));
        assert!(refused.text.contains("quotation marks"), "{no_tag}: {}", refused.text);
    }
    assert_eq!(app.read(&path).await["description"], "first");
    change("fourth", "*").await.expect(200);
    let delete = app.request(reqwest::Method::DELETE, &path).header("if-match", "\"1\"");
    assert_eq!(app.send(delete).await.expect(412).problem(), "version_mismatch");
    change("fifth", "\"9\", \"3\"").await.expect(200);
    // What weakens tags on the way is not mended by reading again.
    for (tag, detail) in [("W/\"4\"", "The ETag is weak"), ("W/\"3\"", "The webhook was changed at")] {
        let refused = change("sixth", tag).await.expect(412);
        assert_eq!(refused.problem(), "version_mismatch");
        assert!(refused.json()["detail"].as_str().unwrap().starts_with(detail), "{tag}: {}", refused.text);
    }
}
