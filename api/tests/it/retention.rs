//! Events are kept for a time, then purged.

use crate::{
    harness::{TestApp, column, id_of},
    receiver::{Answer, Receiver},
};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

#[tokio::test]
async fn after_the_retention_time_events_deliveries_and_attempts_are_purged() {
    let mut app = TestApp::start_with(|settings| settings.retention_seconds = 7 * 86_400).await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(500));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    let old = app.publish("A", "OLD", "1").await;
    app.run_due().await;
    let delivery = id_of(&app.delivery(&webhook).await);
    app.clock.advance_seconds(7 * 86_400);
    let young = app.publish("A", "YOUNG", "2").await;
    app.run_due().await;

    app.purge().await;
    assert_eq!(app.deliveries(&webhook).await.len(), 2, "it is not older than the retention time yet");
    app.clock.advance_seconds(1);
    app.purge().await;
    for (path, events) in [("/events", 1), ("/deliveries", 1)] {
        assert_eq!(app.items(path).await.len(), events, "{path}");
    }
    let expired = app.get(&format!("/deliveries/{delivery}")).await.expect(410);
    assert_eq!(expired.problem(), "event_expired");
    assert!(expired.json()["detail"].as_str().unwrap().contains("7 days"));
    let resent = app.post(&format!("/deliveries/{delivery}/resend"), &json!({})).await.expect(410);
    assert_eq!(resent.problem(), "event_expired");
    assert_eq!(app.get(&format!("/events/{old}")).await.expect(410).problem(), "event_expired");
    app.get(&format!("/events/{young}")).await.expect(200);
    let id = delivery.parse().unwrap();
    let attempts = app.app.store.read(move |db| hookwright::store::attempts::of_delivery(db, id)).await.unwrap();
    assert!(attempts.is_empty());
    // What was purged may be published again.
    app.publish("A", "OLD", "1").await;
}

#[tokio::test]
async fn a_retry_that_would_come_after_the_purge_is_not_promised() {
    let mut app = TestApp::start_with(|settings| settings.retention_seconds = 86_400).await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(503));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [3_600, 172_800]})).await;
    app.publish("A", "B", "1").await;
    app.run_due().await;
    assert_eq!(app.delivery(&webhook).await["status"], "retrying");
    app.run_due_in(2 * 3_600).await;
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], &delivery["attempt_count"]), (&json!("failed"), &json!(2)));
}

#[tokio::test]
async fn a_purge_goes_on_until_nothing_old_is_left() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    let publish = async |number: usize| app.publish("A", "B", &number.to_string()).await;
    stream::iter(0..1_100).map(publish).buffer_unordered(64).collect::<Vec<_>>().await;
    app.clock.advance_seconds(31 * 86_400);
    // Something newer must show that the clock is right, or nothing is purged.
    let newest = app.publish("A", "B", "newest").await;
    app.purge().await;
    for (path, member) in [("/events", "id"), ("/deliveries", "event_id")] {
        assert_eq!(column(&app.items(path).await, member), [&newest], "{path}");
    }
}
