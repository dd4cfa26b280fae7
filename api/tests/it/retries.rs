//! When a failed delivery is tried again.

use crate::{
    harness::{START, TestApp, column},
    receiver::{Answer, Receiver},
};
use serde_json::{Value, json};
use shared::Timestamp;

/// Seconds from the start of the clock to the next attempt.
fn next_attempt_in(delivery: &Value) -> f64 {
    let next: Timestamp = delivery["next_attempt_at"].as_str().unwrap().parse().unwrap();
    Timestamp::as_micros(next) as f64 / 1e6 - START.as_micros() as f64 / 1e6
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_after_each_delay_of_the_schedule_and_then_no_more() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(503));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [10, 100]})).await;
    app.publish_example().await;
    app.run_due().await;
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], &delivery["attempt_count"]), (&json!("retrying"), &json!(1)));
    let delay = next_attempt_in(&delivery);
    assert!((10.0..=12.0).contains(&delay), "{delay}");
    app.run_due_in(9).await;
    assert_eq!(receiver.received().len(), 1);
    app.run_due_in(3).await;
    assert_eq!(receiver.received().len(), 2);
    app.run_due_in(99).await;
    assert_eq!(receiver.received().len(), 2);
    app.run_due_in(21).await;
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], &delivery["next_attempt_at"]), (&json!("failed"), &Value::Null));
    app.run_due_in(1_000_000).await;
    assert_eq!(receiver.received().len(), 3);
    assert_eq!(column(&app.attempts(&webhook).await, "number"), [3, 2, 1]);
}

#[tokio::test]
async fn a_retry_equals_the_first_request_byte_for_byte() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    // On a kept connection the request would be made once more at once.
    receiver.answer(Answer::status(500).header("connection", "close"));
    receiver.answer(Answer::Close);
    receiver.answer(Answer::status(200));
    let webhook = app.webhook(&receiver).await;
    app.publish_example().await;
    app.run_due().await;
    app.run_due_in(6).await;
    app.run_due_in(36).await;
    assert_eq!(app.delivery(&webhook).await["status"], "delivered");
    let received = receiver.received();
    assert_eq!(received.len(), 3);
    for retry in &received[1..] {
        assert_eq!(retry.line, received[0].line);
        assert_eq!(retry.body, received[0].body);
        assert_eq!(retry.lasting_headers(), received[0].lasting_headers());
    }
    let stamps: Vec<_> = received.iter().map(|request| request.header("webhook-timestamp").unwrap()).collect();
    assert_eq!(stamps, ["1751997680", "1751997686", "1751997722"]);
}

#[tokio::test]
async fn any_2xx_delivers_and_nothing_else_does() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    for status in [200, 201, 202, 204, 299, 300, 304, 400, 401, 403, 404, 429, 500, 502, 503, 599, 600, 999] {
        receiver.answer_only(Answer::status(status));
        app.publish("A", "B", &status.to_string()).await;
        app.run_due().await;
        let delivery = app.deliveries(&webhook).await.remove(0);
        assert_eq!(delivery["status_code"], status);
        let (expected, failure) =
            if status < 300 { ("delivered", Value::Null) } else { ("failed", json!("http_status")) };
        assert_eq!((&delivery["status"], &delivery["failure"]), (&json!(expected), &failure), "{status}");
    }
}

#[tokio::test]
async fn a_retry_after_makes_the_wait_longer_within_bounds_and_never_shorter() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [10]})).await;
    for (number, (values, base)) in [
        (&["120"][..], 120.0),
        (&["1"], 10.0),
        (&["99999999999999999999999999999"], 86_400.0),
        (&["1e300"], 10.0),
        (&["inf"], 10.0),
        (&["-5"], 10.0),
        (&["soon"], 10.0),
        (&[""], 10.0),
        (&["Tue, 08 Jul 2025 18:03:20 GMT"], 120.0),
        (&["Tue, 08 Jul 2025 17:00:00 GMT"], 10.0),
        (&["Fri, 31 Dec 9999 23:59:59 GMT"], 86_400.0),
        (&["60", "120"], 60.0),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = values.iter().fold(Answer::status(500), |answer, value| answer.header("retry-after", value));
        receiver.answer_only(answer);
        app.publish("A", "B", &number.to_string()).await;
        app.run_due().await;
        let delay = next_attempt_in(&app.deliveries(&webhook).await[0]);
        assert!((base..=base * 1.2).contains(&delay), "{values:?}: {delay}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_gone_makes_its_webhook_inactive_and_says_so() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(410));
    let webhook = app.webhook(&receiver).await;
    app.publish_example().await;
    app.run_due().await;
    let shown = app.get(&format!("/webhooks/{webhook}")).await.expect(200);
    assert_eq!(shown.header("etag"), Some("\"2\""));
    let shown = shown.json();
    assert_eq!((&shown["status"], &shown["inactive_reason"]), (&json!("inactive"), &json!("gone")));
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], &delivery["status_code"]), (&json!("failed"), &json!(410)));
    app.publish("A", "B", "later").await;
    app.run_due_in(3_600).await;
    assert_eq!(receiver.received().len(), 1);
    let active = app.patch(&format!("/webhooks/{webhook}"), &json!({"status": "active"})).await.expect(200).json();
    assert_eq!(active["inactive_reason"], Value::Null);
}

#[tokio::test]
async fn what_another_process_left_behind_is_recorded_as_interrupted_and_sent() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish_example().await;
    // The dispatcher of this process ends with the event in its hands.
    let mut app = app.restart_with(|_| {}).await;
    app.run_due().await;
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], &delivery["attempt_count"]), (&json!("delivered"), &json!(2)));
    let attempts = app.attempts(&webhook).await;
    assert_eq!(column(&attempts, "failure"), [&Value::Null, &json!("interrupted")]);
    assert_eq!(receiver.received().len(), 1);
}
