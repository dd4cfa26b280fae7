//! `/events/{id}/content`: what an event held is gone, what became of it stays.

use crate::{
    both,
    database::{Backend, TestDatabase, on_both},
    harness::{START, TestApp, api_key, client, column, id_of},
    receiver::{Answer, Receiver},
};
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use hookwright::{resend_jobs, store::DEFAULT_TENANT};
use reqwest::Method;
use serde_json::{Value, json};
use shared::Role;
use std::fs;

const CANARY: &str = "canary-of-somebody";

/// Publishes an event that holds the canary, in more bytes than a page of the file has.
async fn publish(app: &TestApp, ce_id: &str) -> String {
    let event = json!({"specversion": "1.0", "type": "B", "source": "A", "id": ce_id, "subject": CANARY, "data": {"long": CANARY.repeat(1_000)}});
    id_of(&app.publish_bytes(event.to_string()).await.expect(202).json())
}

async fn erase(app: &TestApp, event: &str) {
    app.delete(&format!("/events/{event}/content")).await.expect(204);
}

/// How often the canary stands in the database; on SQLite also where its place in the file is free.
fn canaries(database: &TestDatabase) -> usize {
    match database.backend {
        Backend::Sqlite => {
            let path = database.folder.path().join("hookwright.db");
            let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            fs::read(path).unwrap().windows(CANARY.len()).filter(|bytes| *bytes == CANARY.as_bytes()).count()
        }
        Backend::Postgres => {
            let (text, bytes) = (format!("%{CANARY}%"), format!("%{}%", hex::encode(CANARY)));
            let rows = |table| {
                let row = format!("{table}::text");
                let found = format!("{row} LIKE '{text}' OR {row} LIKE '{bytes}'");
                database.count(&format!("SELECT count(*) AS count FROM {table} WHERE {found}"))
            };
            let tables = ["events", "event_keys", "deliveries", "attempts", "audit_log", "idempotency_keys"];
            tables.into_iter().map(rows).sum::<i64>().try_into().unwrap()
        }
    }
}

on_both! {
    async fn what_an_event_held_is_nowhere_and_what_became_of_it_stays(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let (failing, fine) = (Receiver::start().await, Receiver::start().await);
        let echo = |status| Answer::body(status, format!("got {CANARY}")).header("x-got", CANARY);
        failing.answer_only(echo(500));
        fine.answer_only(echo(200));
        let failed = app.webhook_with(&failing, json!({"retry_schedule": []})).await;
        let delivered = app.webhook(&fine).await;
        let event = publish(&app, "1").await;
        app.run_due().await;
        app.execute(format!("UPDATE attempts SET error = '{CANARY}' WHERE status_code = 500")).await;
        let before = [app.delivery(&failed).await, app.delivery(&delivered).await];
        assert!(canaries(&database) > 0);

        app.clock.advance_seconds(60);
        erase(&app, &event).await;
        assert_eq!(canaries(&database), 0);
        let at = json!(START.plus_seconds(60));
        let shown = app.read(&format!("/events/{event}")).await;
        assert_eq!((&shown["payload"], &shown["erased_at"], &shown["ce_id"]), (&Value::Null, &at, &json!("1")));
        assert_eq!(app.items("/events").await[0]["erased_at"], at);
        for (mut before, webhook) in before.into_iter().zip([&failed, &delivered]) {
            let after = app.delivery(webhook).await;
            (before["payload"], before["erased_at"]) = (Value::Null, at.clone());
            let attempt = &mut before["attempts"][0];
            assert!(attempt["response_body"]["text"].as_str().unwrap().contains(CANARY));
            (attempt["error"], attempt["response_body"], attempt["response_headers"]) = (Value::Null, Value::Null, json!([]));
            assert_eq!(after, before, "nothing else has changed");
        }
        assert!(app.items(&format!("/events?q={CANARY}")).await.is_empty());
        assert!(app.items(&format!("/deliveries?q={CANARY}")).await.is_empty());
        let log = app.items("/audit-log?action=event.erased").await;
        assert_eq!(column(&log, "target"), [&json!({"kind": "event", "id": event, "name": "A.B"})]);

        app.clock.advance_seconds(1);
        erase(&app, &event).await;
        assert_eq!(app.read(&format!("/events/{event}")).await["erased_at"], at, "once is enough");
        assert_eq!(app.items("/audit-log?action=event.erased").await.len(), 1);
        assert_eq!(app.resend(&failed).await.expect(409).problem(), "event_erased");
        assert_eq!(app.resend(&delivered).await.expect(409).problem(), "event_erased");
    }
}

on_both! {
    async fn what_waits_is_cancelled_and_what_is_under_way_is_waited_for(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let receiver = Receiver::start().await;
        receiver.answer_only(Answer::status(500));
        let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [60, 60]})).await;
        let event = publish(&app, "1").await;
        let refused = app.delete(&format!("/events/{event}/content")).await.expect(409);
        assert_eq!(refused.problem(), "delivery_in_progress", "it was handed over, and is about to go out");
        assert!(app.read(&format!("/events/{event}")).await["payload"].is_string());
        app.run_due().await;
        assert_eq!(app.delivery(&webhook).await["status"], "retrying");
        app.resend(&webhook).await.expect(202);
        erase(&app, &event).await;
        let delivery = app.delivery(&webhook).await;
        assert_eq!((&delivery["status"], &delivery["next_attempt_at"]), (&json!("cancelled"), &Value::Null));
        assert_eq!((&delivery["in_progress"], &delivery["failure"]), (&json!(false), &json!("http_status")));
        app.run_due_in(3_600).await;
        assert_eq!(receiver.received().len(), 1);
        app.patch(&format!("/webhooks/{webhook}"), &json!({"retry_schedule": []})).await.expect(200);
        assert_eq!(app.resend(&webhook).await.expect(409).problem(), "event_erased");
    }
}

on_both! {
    async fn of_a_resend_and_an_erasing_at_the_same_time_nothing_empty_is_sent(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let receiver = Receiver::start().await;
        receiver.answer_only(Answer::status(500));
        let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
        let mut events = Vec::new();
        for number in 0..20 {
            events.push(publish(&app, &number.to_string()).await);
        }
        app.run_due().await;
        for (event, delivery) in events.iter().rev().zip(app.deliveries(&webhook).await) {
            assert_eq!(delivery["event_id"], json!(event));
            let (path, body) = (format!("/deliveries/{}/resend", id_of(&delivery)), json!({}));
            let content = format!("/events/{event}/content");
            let (resent, erased) = tokio::join!(app.post(&path, &body), app.delete(&content));
            assert!([202, 409].contains(&resent.status.as_u16()), "{resent:?}");
            erased.expect(204);
        }
        app.run_due().await;
        assert_eq!(receiver.received().len(), 20);
        assert!(receiver.received().iter().all(|received| !received.body.is_empty()));
    }
}

on_both! {
    async fn jobs_pass_over_what_was_erased(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let receiver = Receiver::start().await;
        let mut events = Vec::new();
        for number in 0..3 {
            events.push(publish(&app, &number.to_string()).await);
        }
        let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
        let window = json!({"from": START.plus_seconds(-60), "to": START.plus_seconds(60), "max_failed_percent": 100});
        let dry = json!({"from": START.plus_seconds(-60), "to": START.plus_seconds(60), "dry_run": true});
        let send = |what: &str| format!("/webhooks/{webhook}/send-{what}");
        let (missed, failed) = (send("missed"), format!("/webhooks/{webhook}/resend-failed"));
        erase(&app, &events[0]).await;
        assert_eq!(app.post(&missed, &dry).await.expect(200).json()["count"], 2);
        let job = id_of(&app.post(&missed, &window).await.expect(202).json());
        erase(&app, &events[1]).await;
        receiver.answer_only(Answer::status(500));
        for _ in 0..4 {
            app.turn().await;
        }
        let counts = |job: Value| ["status", "total", "resent", "skipped"].map(|name| job[name].clone());
        let job = app.read(&format!("/resend-jobs/{job}")).await;
        assert_eq!(counts(job), [json!("done"), json!(2), json!(1), json!(1)]);
        assert_eq!(receiver.received().len(), 1);

        assert_eq!(app.post(&failed, &dry).await.expect(200).json()["count"], 1);
        let job = id_of(&app.post(&failed, &window).await.expect(202).json());
        erase(&app, &events[2]).await;
        assert_eq!(app.post(&failed, &dry).await.expect(200).json()["count"], 0);
        for _ in 0..4 {
            app.turn().await;
        }
        let job = app.read(&format!("/resend-jobs/{job}")).await;
        assert_eq!(counts(job), [json!("done"), json!(1), json!(0), json!(1)]);
        assert_eq!(receiver.received().len(), 1);

        // What was resent, and is erased before the attempt.
        let late = publish(&app, "late").await;
        app.run_due().await;
        let job = id_of(&app.post(&failed, &window).await.expect(202).json());
        resend_jobs::run_due(&app.app.store, app.clock.now()).await.unwrap();
        erase(&app, &late).await;
        for _ in 0..4 {
            app.turn().await;
        }
        let job = app.read(&format!("/resend-jobs/{job}")).await;
        assert_eq!((&job["resent"], &job["skipped"], &job["failed"]), (&json!(1), &json!(1), &json!(0)));
    }
}

on_both! {
    async fn an_erased_event_that_is_published_again_is_a_duplicate_whatever_it_holds(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let id = publish(&app, "1").await;
        erase(&app, &id).await;
        assert_eq!(publish(&app, "1").await, id);
        let other = json!({"specversion": "1.0", "type": "B", "source": "A", "id": "1", "data": CANARY});
        let again = app.publish_bytes(other.to_string()).await.expect(202).json();
        assert_eq!(again, json!({"id": id, "matched": 0, "duplicate": true}));
        assert_eq!(app.read(&format!("/events/{id}")).await["payload"], Value::Null);
        assert_eq!(canaries(&database), 0);
    }
}

#[tokio::test]
async fn whoever_only_looks_erases_nothing_and_what_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let id = publish(&app, "1").await;
    let viewer = client(&api_key(&app.app, DEFAULT_TENANT, Role::Viewer, false).await);
    let path = format!("/events/{id}/content");
    let refused = app.call(&viewer, Method::DELETE, &path, None).await.expect(403);
    assert_eq!(refused.problem(), "forbidden_role");
    let editor = client(&api_key(&app.app, DEFAULT_TENANT, Role::Editor, false).await);
    app.call(&editor, Method::DELETE, &path, None).await.expect(204);
    app.delete("/events/7ZZZZZZZZZZZZZZZZZZZZZZZZZ/content").await.expect(404);
    app.delete("/events/01000000000000000000000000/content").await.expect(410);
}
