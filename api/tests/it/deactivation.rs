//! A webhook that fails for long is deactivated, and says why.

use crate::{
    harness::TestApp,
    receiver::{Answer, Receiver},
};
use serde_json::{Value, json};

const HOUR: i64 = 3_600;

struct Failing {
    app: TestApp,
    receiver: Receiver,
    webhook: String,
    published: u32,
}

impl Failing {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let receiver = Receiver::start().await;
        receiver.answer(Answer::status(500));
        let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
        Self { app, receiver, webhook, published: 0 }
    }

    /// Makes so many attempts, all at once.
    async fn attempt(&mut self, count: u32) {
        for _ in 0..count {
            self.published += 1;
            self.app.publish("A", "B", &self.published.to_string()).await;
        }
        self.app.run_due().await;
    }

    async fn shown(&self) -> (Value, Value) {
        let shown = self.app.get(&format!("/webhooks/{}", self.webhook)).await.expect(200).json();
        (shown["status"].clone(), shown["inactive_reason"].clone())
    }
}

fn active() -> (Value, Value) {
    (json!("active"), Value::Null)
}

fn failing() -> (Value, Value) {
    (json!("inactive"), json!("failing"))
}

#[tokio::test]
async fn a_webhook_is_deactivated_after_a_day_of_twenty_failures_and_no_success() {
    let mut it = Failing::start().await;
    it.attempt(19).await;
    it.app.clock.advance_seconds(24 * HOUR - 1);
    it.attempt(1).await;
    assert_eq!(it.shown().await, active(), "twenty, but in less than a day");
    it.app.clock.advance_seconds(1);
    it.attempt(1).await;
    assert_eq!(it.shown().await, failing());
    let path = format!("/webhooks/{}", it.webhook);
    assert_eq!(it.app.get(&path).await.json()["updated_by"], Value::Null, "it was nobody");
    it.attempt(1).await;
    assert_eq!(it.receiver.received().len(), 21, "nothing is sent any more");
}

#[tokio::test]
async fn few_failures_deactivate_nothing_however_long_they_last() {
    let mut it = Failing::start().await;
    for _ in 0..19 {
        it.attempt(1).await;
        it.app.clock.advance_seconds(24 * HOUR);
    }
    assert_eq!(it.shown().await, active());
    it.attempt(1).await;
    assert_eq!(it.shown().await, failing());
}

#[tokio::test]
async fn one_success_starts_the_count_again() {
    let mut it = Failing::start().await;
    it.attempt(30).await;
    it.app.clock.advance_seconds(20 * HOUR);
    it.receiver.answer_only(Answer::status(200));
    it.attempt(1).await;
    it.receiver.answer_only(Answer::status(500));
    it.attempt(30).await;
    it.app.clock.advance_seconds(20 * HOUR);
    it.attempt(1).await;
    assert_eq!(it.shown().await, active());
    it.app.clock.advance_seconds(4 * HOUR);
    it.attempt(1).await;
    assert_eq!(it.shown().await, failing());
}

#[tokio::test]
async fn an_edit_starts_the_count_again() {
    let mut it = Failing::start().await;
    it.attempt(30).await;
    it.app.clock.advance_seconds(25 * HOUR);
    it.app.patch(&format!("/webhooks/{}", it.webhook), &json!({"description": "looked after"})).await.expect(200);
    it.attempt(1).await;
    assert_eq!(it.shown().await, active());
    it.app.clock.advance_seconds(24 * HOUR);
    it.attempt(19).await;
    assert_eq!(it.shown().await, failing());
    it.app.patch(&format!("/webhooks/{}", it.webhook), &json!({"status": "active"})).await.expect(200);
    it.attempt(1).await;
    assert_eq!(it.shown().await, active(), "what was activated is not deactivated by the next failure");
}
