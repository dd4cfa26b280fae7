//! `/webhooks/{id}/send-missed`

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{Answered, START, TestApp, changed, column, id_of},
    receiver::{Answer, Receiver},
};
use serde_json::{Value, json};

async fn ask(app: &TestApp, webhook: &str, change: Value) -> Answered {
    let window = json!({"from": START.plus_seconds(-60), "to": START.plus_seconds(3_600)});
    app.post(&format!("/webhooks/{webhook}/send-missed"), &changed(window, change)).await
}

async fn count(app: &TestApp, webhook: &str, mut change: Value) -> Value {
    change["dry_run"] = json!(true);
    ask(app, webhook, change).await.expect(200).json()["count"].clone()
}

async fn turns(app: &mut TestApp, number: usize) {
    for _ in 0..number {
        app.turn().await;
    }
}

on_both! {
    async fn a_webhook_is_sent_what_it_wants_and_missed_and_nothing_twice(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let receiver = Receiver::start().await;
        let before = app.publish("S", "WANTED", "before it was there").await;
        app.clock.advance_seconds(1);
        app.publish("S", "OTHER", "not wanted").await;
        let webhook = app.webhook_with(&receiver, json!({"events": {"mode": "selected", "types": ["S.WANTED"]}})).await;
        app.publish("S", "WANTED", "sent").await;
        app.run_due().await;
        app.patch(&format!("/webhooks/{webhook}"), &json!({"status": "inactive"})).await.expect(200);
        app.clock.advance_seconds(1);
        let inactive = app.publish("S", "WANTED", "while it was inactive").await;
        assert_eq!(ask(&app, &webhook, json!({})).await.expect(409).problem(), "webhook_inactive");
        assert_eq!(count(&app, &webhook, json!({})).await, 2);
        app.patch(&format!("/webhooks/{webhook}"), &json!({"status": "active"})).await.expect(200);

        app.clock.advance_seconds(60);
        let job = ask(&app, &webhook, json!({})).await.expect(202).json();
        assert_eq!((&job["kind"], &job["total"], &job["status"]), (&json!("missed"), &json!(2), &json!("running")));
        turns(&mut app, 4).await;
        let job = app.read(&format!("/resend-jobs/{}", id_of(&job))).await;
        assert_eq!((&job["status"], &job["resent"], &job["delivered"]), (&json!("done"), &json!(2), &json!(2)));
        assert_eq!(receiver.received().len(), 3);
        // Each where its event is, whenever it was sent.
        let deliveries = app.deliveries(&webhook).await;
        let events = column(&deliveries, "event_id");
        assert_eq!((events[0], events[2]), (&json!(inactive), &json!(before)));
        assert_eq!(column(&deliveries, "status"), ["delivered"; 3]);
        let sent = app.read(&format!("/deliveries/{}", id_of(&deliveries[2]))).await;
        let attempt = &sent["attempts"][0];
        assert_eq!((&attempt["number"], &attempt["trigger"]), (&json!(1), &json!("resend")));
        assert!(attempt["resent_by"].is_string(), "{attempt}");
        let event = app.read(&format!("/events/{before}")).await;
        assert_eq!((&event["matched"], &event["webhooks"][0]["status"]), (&json!(1), &json!("delivered")));
        assert_eq!(column(&app.items("/events?matched=false").await, "ce_id"), ["not wanted"]);

        assert_eq!(ask(&app, &webhook, json!({})).await.expect(422).problem(), "nothing_to_resend");
    }
}

on_both! {
    async fn a_missed_event_that_fails_is_retried_and_ends_the_job(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let receiver = Receiver::start().await;
        for number in 0..12 {
            app.publish("S", "T", &number.to_string()).await;
        }
        let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [60]})).await;
        receiver.answer_only(Answer::status(500));
        let job = ask(&app, &webhook, json!({})).await.expect(202).json();
        turns(&mut app, 4).await;
        let job = app.read(&format!("/resend-jobs/{}", id_of(&job))).await;
        assert_eq!((&job["status"], &job["stop_reason"], &job["failed"]), (&json!("stopped"), &json!("too_many_failures"), &json!(1)));
        assert_eq!(app.delivery(&webhook).await["status"], "retrying");
        assert_eq!(count(&app, &webhook, json!({})).await, 11, "what the job did not come to is still missed");
        receiver.answer_only(Answer::status(200));
        app.run_due_in(90).await;
        assert_eq!(app.delivery(&webhook).await["status"], "delivered");
    }
}

on_both! {
    async fn a_source_with_an_asterisk_stands_for_all_its_types(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let receiver = Receiver::start().await;
        let all = [("ORDER", "PAID"), ("ORDER", "PAID.LATE"), ("ORDER.EU", "PAID"), ("ORDERS", "PAID"), ("order", "PAID")];
        for (source, kind) in all {
            app.publish(source, kind, &format!("{kind} before")).await;
        }
        let selection = json!({"mode": "selected", "types": ["ORDER.*", "OTHER.TYPE"]});
        let webhook = app.webhook_with(&receiver, json!({"events": selection})).await;
        for (source, kind) in all {
            app.publish(source, kind, &format!("{kind} after")).await;
        }
        app.run_due().await;
        let deliveries = app.deliveries(&webhook).await;
        assert_eq!(column(&deliveries, "event_type"), ["ORDER.EU.PAID", "ORDER.PAID.LATE", "ORDER.PAID"]);
        assert_eq!(count(&app, &webhook, json!({})).await, 3, "of what was published before");
        assert_eq!(app.items("/webhooks?event_type=ORDER.NEW").await.len(), 1);
        assert_eq!(app.items("/webhooks?event_type=ORDERS.PAID").await.len(), 0);
    }
}

#[tokio::test]
async fn a_dry_run_counts_what_the_window_and_the_type_let_through() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.publish("S", "A", "1").await;
    app.publish("S", "B", "2").await;
    let webhook = app.webhook(&receiver).await;
    assert_eq!(count(&app, &webhook, json!({})).await, 2);
    assert_eq!(count(&app, &webhook, json!({"event_type": "S.B"})).await, 1);
    assert_eq!(count(&app, &webhook, json!({"from": START.plus_seconds(1)})).await, 0);
    assert_eq!(count(&app, &webhook, json!({"to": START})).await, 0);
    // A test is an event of one webhook alone.
    app.post(&format!("/webhooks/{webhook}/test"), &json!({})).await.expect(202);
    let other = app.webhook(&receiver).await;
    assert_eq!(count(&app, &other, json!({})).await, 2);
}

#[tokio::test]
async fn an_event_that_is_purged_before_its_turn_is_passed_over() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let kept = app.publish("S", "T", "1").await;
    app.publish("S", "T", "2").await;
    let webhook = app.webhook(&receiver).await;
    let job = ask(&app, &webhook, json!({})).await.expect(202).json();
    turns(&mut app, 1).await;
    assert_eq!(app.execute("DELETE FROM events WHERE ce_id = '2'").await, 1);
    turns(&mut app, 3).await;
    let job = app.read(&format!("/resend-jobs/{}", id_of(&job))).await;
    assert_eq!((&job["status"], &job["resent"], &job["skipped"]), (&json!("done"), &json!(1), &json!(1)));
    assert_eq!(column(&app.deliveries(&webhook).await, "event_id"), [&json!(kept)]);
}

#[tokio::test]
async fn what_was_delivered_is_not_missed_when_its_delivery_is_purged_before_its_event() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish("S", "T", "1").await;
    app.run_due().await;
    app.clock.advance_seconds(app.app.retention_seconds);
    assert_eq!(app.execute("DELETE FROM deliveries").await, 1);
    assert_eq!(count(&app, &webhook, json!({})).await, 0);
}

#[tokio::test]
async fn all_of_a_long_window_is_looked_at_and_more_than_one_job_sends_is_refused() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.publish("S", "RARE", "oldest").await;
    app.clock.advance_seconds(1);
    app.publish("S", "T", "copied").await;
    let copies = "WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < 55000) \
                  INSERT INTO events SELECT unhex(hex(substr(id, 1, 6)) || hex(randomblob(10))), tenant_id, source, type, n, time, \
                  matched, created_at, payload, test, erased_at FROM events, copy WHERE type = 'T'";
    assert_eq!(app.execute(copies).await, 55_000);
    app.clock.advance_seconds(1);
    app.publish("S", "RARE", "newest").await;
    let webhook = app.webhook(&receiver).await;
    assert_eq!(count(&app, &webhook, json!({})).await, 55_003);
    assert_eq!(ask(&app, &webhook, json!({})).await.expect(422).problem(), "too_many_to_resend");
    assert_eq!(count(&app, &webhook, json!({"event_type": "S.RARE"})).await, 2);
    let selected = json!({"events": {"mode": "selected", "types": ["S.RARE", "S.OTHER"]}});
    app.patch(&format!("/webhooks/{webhook}"), &selected).await.expect(200);
    let job = ask(&app, &webhook, json!({})).await.expect(202).json();
    assert_eq!(job["total"], 2);
    turns(&mut app, 2).await;
    assert_eq!(receiver.received().len(), 2);
}
