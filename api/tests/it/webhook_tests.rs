//! `/webhooks/{id}/test`

use crate::{
    harness::{TestApp, id_of},
    lanes::copy_delivery,
    receiver::{Answer, Received, Receiver},
};
use serde_json::{Value, json};

async fn start(app: &TestApp, webhook: &str, body: Value) -> Value {
    app.post(&format!("/webhooks/{webhook}/test"), &body).await.expect(202).json()
}

async fn delivery(app: &TestApp, started: &Value) -> Value {
    app.read(&format!("/deliveries/{}", id_of(started))).await
}

fn body(received: &Received) -> Value {
    serde_json::from_slice(&received.body).unwrap()
}

#[tokio::test]
async fn a_test_sends_an_example_to_its_webhook_alone() {
    let mut app = TestApp::start().await;
    let (receiver, bystander) = (Receiver::start().await, Receiver::start().await);
    let webhook = app.webhook(&receiver).await;
    app.webhook(&bystander).await;
    let answered = app.post(&format!("/webhooks/{webhook}/test"), &json!({})).await.expect(202);
    let started = answered.json();
    assert_eq!(answered.header("location").unwrap(), format!("/api/v1/deliveries/{}", id_of(&started)));
    assert_eq!((&started["status"], &started["test"]), (&json!("pending"), &json!("event")));
    app.run_due().await;

    let [received] = &receiver.received()[..] else { panic!("one request") };
    assert_eq!(bystander.received(), []);
    assert_eq!(received.signatures_hold("dummysecret"), (true, true));
    assert_eq!(received.header("webhook-id"), started["id"].as_str());
    assert_eq!(body(received)["source"], "HOOKWRIGHT");
    let delivery = delivery(&app, &started).await;
    assert_eq!(delivery["status"], "delivered");
    assert_eq!(delivery["attempts"][0]["trigger"], "test");
    assert_eq!(delivery["payload"].as_str().unwrap().as_bytes(), received.body);
}

#[tokio::test]
async fn a_test_is_recorded_as_one_and_does_not_count() {
    let mut app = TestApp::start().await;
    let (receiver, bystander) = (Receiver::start().await, Receiver::start().await);
    receiver.answer_only(Answer::status(500));
    let webhook = app.webhook(&receiver).await;
    app.webhook(&bystander).await;
    let started = start(&app, &webhook, json!({})).await;
    app.run_due().await;

    assert_eq!(app.items("/events").await[0]["test"], true);
    let event = app.read(&format!("/events/{}", started["event_id"].as_str().unwrap())).await;
    let webhooks: Vec<_> = event["webhooks"].as_array().unwrap().iter().map(|row| &row["webhook_id"]).collect();
    assert_eq!(webhooks, [&json!(webhook)]);
    for path in ["/stats".to_owned(), format!("/webhooks/{webhook}/stats")] {
        let counts = &app.read(&path).await["counts"];
        assert_eq!(*counts, json!({"delivered": 0, "failed": 0, "retrying": 0, "pending": 0, "success_rate": null}));
    }
    let shown = app.read(&format!("/webhooks/{webhook}")).await;
    assert_eq!(shown["last_24h"]["success_rate"], Value::Null);

    app.publish("S", "T", "1").await;
    assert_eq!(app.items("/events").await[0]["test"], false);
    assert_eq!(app.deliveries(&webhook).await[0]["test"], Value::Null);
}

#[tokio::test]
async fn a_failed_test_is_neither_retried_nor_resent() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(503).header("retry-after", "1"));
    let webhook = app.webhook(&receiver).await;
    let started = start(&app, &webhook, json!({})).await;
    app.run_due().await;
    app.clock.advance_seconds(3_600);
    app.run_due().await;
    assert_eq!(receiver.received().len(), 1);
    let failed = delivery(&app, &started).await;
    assert_eq!((&failed["status"], &failed["next_attempt_at"]), (&json!("failed"), &Value::Null));
    let path = format!("/deliveries/{}/resend", id_of(&started));
    assert_eq!(app.post(&path, &json!({})).await.expect(409).problem(), "delivery_is_test");
}

#[tokio::test]
async fn a_test_answered_gone_leaves_the_webhook_active() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(410));
    let webhook = app.webhook(&receiver).await;
    let started = start(&app, &webhook, json!({})).await;
    app.run_due().await;
    assert_eq!(delivery(&app, &started).await["status"], "failed");
    assert_eq!(app.read(&format!("/webhooks/{webhook}")).await["status"], "active");
}

#[tokio::test]
async fn an_inactive_webhook_is_tested_and_a_deleted_one_is_not_there() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"status": "inactive"})).await;
    let started = start(&app, &webhook, json!({})).await;
    app.run_due().await;
    assert_eq!(delivery(&app, &started).await["status"], "delivered");
    app.delete(&format!("/webhooks/{webhook}")).await.expect(204);
    let path = format!("/webhooks/{webhook}/test");
    assert_eq!(app.post(&path, &json!({})).await.expect(404).problem(), "not_found");
}

#[tokio::test]
async fn the_type_that_is_asked_for_is_sent_also_when_the_webhook_does_not_want_it() {
    let mut app = TestApp::start().await;
    app.app.load_example_catalogue().await.unwrap();
    let receiver = Receiver::start().await;
    let selected = json!({"events": {"mode": "selected", "types": ["TRANSACTION.TRANSACTIONSTATUSUPDATED"]}});
    let webhook = app.webhook_with(&receiver, selected).await;
    start(&app, &webhook, json!({})).await;
    start(&app, &webhook, json!({"event_type": "SMARTAUTH.PROFILEUPDATEDEVENT"})).await;
    app.run_due().await;
    let mut types: Vec<_> = receiver.received().iter().map(|received| body(received)["type"].clone()).collect();
    types.sort_by_key(Value::to_string);
    assert_eq!(types, ["PROFILEUPDATEDEVENT", "TRANSACTIONSTATUSUPDATED"]);
    let refused = app.post(&format!("/webhooks/{webhook}/test"), &json!({"event_type": "NO.SUCH"})).await.expect(422);
    assert_eq!(refused.problem(), "event_type_unknown");
}

#[tokio::test]
async fn every_test_is_an_event_of_its_own() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    start(&app, &webhook, json!({})).await;
    start(&app, &webhook, json!({})).await;
    app.run_due().await;
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_ne!(body(&received[0])["id"], body(&received[1])["id"]);
    assert_ne!(received[0].header("webhook-id"), received[1].header("webhook-id"));
}

#[tokio::test]
async fn an_invalid_signature_is_wrong_in_both_headers() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(401));
    let webhook = app.webhook(&receiver).await;
    let started = start(&app, &webhook, json!({"kind": "invalid_signature"})).await;
    app.run_due().await;
    let [received] = &receiver.received()[..] else { panic!("one request") };
    assert_eq!(received.signatures_hold("dummysecret"), (false, false));
    assert_eq!(received.header("x-webhook-signature").unwrap().len(), 64, "it looks like a signature");
    let delivery = delivery(&app, &started).await;
    assert_eq!((&delivery["status"], &delivery["status_code"]), (&json!("failed"), &json!(401)));
    assert_eq!((&delivery["settings_changed"], &delivery["retries"]), (&json!(false), &json!(0)));
}

#[tokio::test]
async fn a_duplicate_arrives_twice_with_the_same_id_and_body() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    let started = start(&app, &webhook, json!({"kind": "duplicate"})).await;
    // The second attempt becomes due by the first.
    app.run_due().await;
    app.run_due().await;
    let received = receiver.received();
    let [first, second] = &received[..] else { panic!("two requests: {received:?}") };
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!(first.body, second.body);
    assert_eq!(second.signatures_hold("dummysecret"), (true, true));
    let delivery = delivery(&app, &started).await;
    assert_eq!((&delivery["status"], &delivery["attempt_count"]), (&json!("delivered"), &json!(2)));
    assert!(delivery["attempts"].as_array().unwrap().iter().all(|attempt| attempt["trigger"] == "test"));
}

/// The deliveries of the last two requests.
fn last_two(receiver: &Receiver) -> Vec<String> {
    let received = receiver.received();
    received[received.len() - 2..].iter().map(|received| received.header("webhook-id").unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_duplicate_arrives_twice_also_where_a_backlog_waits() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"rate_limit": 1})).await;
    app.publish("A", "B", "1").await;
    copy_delivery(&app, 1_000).await;
    app.run_due().await;
    let started = start(&app, &webhook, json!({"kind": "duplicate"})).await;
    app.run_due_in(1).await;
    app.run_due_in(1).await;
    assert_eq!(last_two(&receiver), [id_of(&started), id_of(&started)]);
    app.run_due_in(1).await;
    assert_eq!(receiver.received().len(), 4, "the backlog goes on");
}

#[tokio::test]
async fn a_duplicate_arrives_twice_also_during_a_rest() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(429).header("retry-after", "600"));
    receiver.answer(Answer::status(200));
    let webhook = app.webhook_with(&receiver, json!({"max_concurrency": 1})).await;
    app.publish("A", "B", "1").await;
    app.publish("A", "B", "2").await;
    app.run_due().await;
    let started = start(&app, &webhook, json!({"kind": "duplicate"})).await;
    app.run_due().await;
    assert_eq!(last_two(&receiver), [id_of(&started), id_of(&started)]);
    assert_eq!(receiver.received().len(), 3, "what else is due waits");
}

#[tokio::test]
async fn a_duplicate_is_not_sent_when_the_first_was_refused() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(500));
    let webhook = app.webhook(&receiver).await;
    let started = start(&app, &webhook, json!({"kind": "duplicate"})).await;
    app.run_due().await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(delivery(&app, &started).await["status"], "failed");
}

#[tokio::test]
async fn the_other_kinds_are_signed_as_any_event() {
    let mut app = TestApp::start().await;
    app.app.load_example_catalogue().await.unwrap();
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    for kind in ["reordered_keys", "unknown_field", "large_payload"] {
        start(&app, &webhook, json!({"kind": kind})).await;
        app.run_due().await;
        let received = receiver.received().pop().unwrap();
        assert_eq!(received.signatures_hold("dummysecret"), (true, true), "{kind}");
        let text = str::from_utf8(&received.body).unwrap();
        let differs = match kind {
            "reordered_keys" => {
                !text.starts_with(r#"{"specversion""#) && text.trim_end().ends_with(r#""specversion":"1.0"}"#)
            }
            "unknown_field" => body(&received)["data"]["hookwrightunknown"].is_string(),
            _ => (200_000..210_000).contains(&text.len()),
        };
        assert!(differs, "{kind}: {}", &text[..text.len().min(500)]);
    }
}

#[tokio::test]
async fn a_test_that_its_process_did_not_survive_is_not_sent_again() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    let started = start(&app, &webhook, json!({})).await;
    // Whether its attempt was under way, nobody knows any more.
    app = app.restart_with(|_| {}).await;
    app.run_due().await;
    assert_eq!(receiver.received(), []);
    let delivery = delivery(&app, &started).await;
    assert_eq!((&delivery["status"], &delivery["failure"]), (&json!("failed"), &json!("interrupted")));
}

#[tokio::test]
async fn what_is_no_test_is_refused() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let path = format!("/webhooks/{}/test", app.webhook(&receiver).await);
    for (body, code) in [
        (json!({"kind": "other"}), "wrong_type"),
        (json!({"kinds": "event"}), "unknown_field"),
        (json!({"event_type": 1}), "wrong_type"),
        (json!([]), "wrong_type"),
    ] {
        assert_eq!(app.post(&path, &body).await.expect(422).problem(), code, "{body}");
    }
    assert_eq!(app.post("/webhooks/x/test", &json!({})).await.expect(400).problem(), "id_invalid");
}
