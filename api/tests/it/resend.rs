//! Sending a delivery again.

use crate::{
    harness::{TestApp, api_key, client, column, id_of},
    receiver::{Answer, Received, Receiver},
};
use hookwright::store::DEFAULT_TENANT;
use serde_json::{Value, json};
use shared::Role;

/// A webhook without retries whose only delivery has failed with 500; everything after that is answered with 200.
async fn failed() -> (TestApp, Receiver, String) {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(500));
    receiver.answer(Answer::status(200));
    let key = json!({"type": "api_key", "header": "X-API-Key", "value": "the first key"});
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [], "authentication": key})).await;
    app.publish_example().await;
    app.run_due().await;
    assert_eq!(app.delivery(&webhook).await["status"], "failed");
    (app, receiver, webhook)
}

#[tokio::test]
async fn a_resend_repeats_the_first_request_byte_for_byte() {
    let (mut app, receiver, webhook) = failed().await;
    app.clock.advance_seconds(3_600);
    let answered = app.resend(&webhook).await.expect(202);
    let accepted = answered.json();
    assert_eq!(answered.header("location").unwrap(), format!("/api/v1/deliveries/{}", id_of(&accepted)));
    assert_eq!((&accepted["status"], &accepted["in_progress"]), (&json!("retrying"), &json!(true)));
    app.run_due().await;

    let [first, second] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    assert_eq!(second.line, first.line);
    assert_eq!(second.body, first.body);
    assert_eq!(second.lasting_headers(), first.lasting_headers());
    assert_eq!(second.headers.len(), first.headers.len());
    assert_eq!(first.header("webhook-timestamp"), Some("1751997680"));
    assert_eq!(second.header("webhook-timestamp"), Some("1752001280"));
    assert!([first, second].iter().all(|request| request.signatures_hold("dummysecret").1));
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], &delivery["in_progress"]), (&json!("delivered"), &json!(false)));
    let attempts = app.attempts(&webhook).await;
    assert_eq!(column(&attempts, "trigger"), ["resend", "scheduled"]);
    assert_eq!(column(&attempts, "number"), [2, 1]);
}

#[tokio::test]
async fn an_attempt_tells_who_asked_for_it_and_whose_settings_it_used() {
    let (mut app, receiver, webhook) = failed().await;
    receiver.answer_only(Answer::status(500));
    app.patch(&format!("/webhooks/{webhook}"), &json!({"description": "changed"})).await.expect(200);
    app.resend(&webhook).await.expect(202);
    app.run_due().await;
    // Who asks while the webhook becomes inactive gets the attempt when it is active again.
    app.resend(&webhook).await.expect(202);
    app.patch(&format!("/webhooks/{webhook}"), &json!({"status": "inactive"})).await.expect(200);
    app.run_due().await;
    app.patch(&format!("/webhooks/{webhook}"), &json!({"status": "active", "retry_schedule": [5]})).await.expect(200);
    app.run_due().await;
    let other = client(&api_key(&app.app, DEFAULT_TENANT, Role::Editor, false).await);
    let id = id_of(&app.delivery(&webhook).await);
    app.send(other.post(format!("{}/deliveries/{id}/resend", app.base))).await.expect(202);
    app.run_due().await;
    app.run_due_in(10).await;
    let attempts = app.attempts(&webhook).await;
    assert_eq!(column(&attempts, "trigger"), ["scheduled", "resend", "resend", "resend", "scheduled"]);
    let (nobody, editor, admin) = (Value::Null, json!("editor"), json!("admin"));
    assert_eq!(column(&attempts, "resent_by"), [&nobody, &editor, &admin, &admin, &nobody]);
    assert_eq!(column(&attempts, "webhook_version"), [4, 4, 4, 2, 1]);
}

#[tokio::test]
async fn a_resend_goes_to_the_current_url() {
    let (mut app, old, webhook) = failed().await;
    let new = Receiver::start().await;
    let url = new.url_at("/another?path=1");
    let key = json!({"type": "api_key", "header": "X-API-Key", "value": "the first key"});
    app.patch(&format!("/webhooks/{webhook}"), &json!({"url": url, "authentication": key})).await.expect(200);
    app.resend(&webhook).await.expect(202);
    app.run_due().await;
    let (old, new) = (&old.received()[..], &new.received()[..]);
    let ([first], [second]) = (old, new) else { panic!("{old:?} {new:?}") };
    assert_eq!(second.line, "POST /another?path=1 HTTP/1.1");
    assert!(url.contains(second.header("host").unwrap()));
    assert_eq!(second.body, first.body);
    let without_host = |received: &Received| {
        received.lasting_headers().into_iter().filter(|(name, _)| name != "host").collect::<Vec<_>>()
    };
    assert_eq!(without_host(second), without_host(first));
    assert_eq!(column(&app.attempts(&webhook).await, "url")[0], &json!(url));
}

#[tokio::test]
async fn credentials_of_one_host_are_not_resent_to_another() {
    let (mut app, old, webhook) = failed().await;
    assert!(old.received()[0].header("x-api-key").is_some());
    let new = Receiver::start().await;
    let change = json!({"url": new.url(), "authentication": {"type": "none"}});
    app.patch(&format!("/webhooks/{webhook}"), &change).await.expect(200);
    app.resend(&webhook).await.expect(202);
    app.run_due().await;
    assert_eq!(new.received()[0].header("x-api-key"), None);
}

#[tokio::test]
async fn after_an_edit_the_original_headers_are_repeated_or_the_current_ones_chosen() {
    let (mut app, receiver, webhook) = failed().await;
    let listed = |list: Value| (list["items"][0]["settings_changed"].clone(), list["items"][0]["webhook_url"].clone());
    assert_eq!(listed(app.read("/deliveries").await), (json!(false), json!(receiver.url())));
    receiver.answer_only(Answer::status(500));
    app.clock.advance_seconds(1);
    let key = json!({"type": "api_key", "header": "X-Other-Key", "value": "the second key"});
    let change = json!({"secret": "another secret", "authentication": key});
    app.patch(&format!("/webhooks/{webhook}"), &change).await.expect(200);
    let delivery = app.delivery(&webhook).await;
    assert_eq!(delivery["settings_changed"], true);
    assert_eq!(listed(app.read("/deliveries").await).0, true);

    app.resend(&webhook).await.expect(202);
    app.run_due().await;
    let path = format!("/deliveries/{}/resend", id_of(&delivery));
    app.post(&path, &json!({"headers": "current"})).await.expect(202);
    app.run_due().await;

    let [first, original, current] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    assert_eq!(original.lasting_headers(), first.lasting_headers());
    // Only the current secret makes a signature that the receiver's verifier takes.
    assert!(original.signatures_hold("another secret").1);
    assert_eq!(current.body, first.body);
    assert_eq!((current.header("x-api-key"), current.header("x-other-key")), (None, Some("the second key")));
    assert_eq!(current.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(current.signatures_hold("another secret"), (true, true));

    // The last request's headers are the ones that are repeated from then on.
    app.resend(&webhook).await.expect(202);
    app.run_due().await;
    assert_eq!(receiver.received()[3].lasting_headers(), current.lasting_headers());
}

#[tokio::test]
async fn a_resend_sends_now_what_was_scheduled_for_later_and_starts_the_schedule_again() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(503));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [600, 3_600]})).await;
    app.publish_example().await;
    app.run_due().await;
    app.run_due_in(720).await;
    assert_eq!(receiver.received().len(), 2);
    app.resend(&webhook).await.expect(202);
    app.run_due().await;
    assert_eq!(receiver.received().len(), 3);
    // Not 3,600: the first delay of the schedule is next.
    app.run_due_in(599).await;
    assert_eq!(receiver.received().len(), 3);
    app.run_due_in(121).await;
    assert_eq!(receiver.received().len(), 4);
    assert_eq!(column(&app.attempts(&webhook).await, "trigger"), ["scheduled", "resend", "scheduled", "scheduled"]);
}

#[tokio::test]
async fn what_was_delivered_cannot_be_resent() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish_example().await;
    app.run_due().await;
    assert_eq!(app.resend(&webhook).await.expect(409).problem(), "delivery_not_failed");
    app.run_due_in(3_600).await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn of_a_hundred_clicks_at_once_one_resends() {
    let (mut app, receiver, webhook) = failed().await;
    let id = id_of(&app.delivery(&webhook).await);
    let path = format!("/deliveries/{id}/resend");
    let body = json!({});
    let clicks = futures_util::future::join_all((0..100).map(|_| app.post(&path, &body))).await;
    assert_eq!(clicks.iter().filter(|answer| answer.status == 202).count(), 1);
    let refused = clicks.iter().filter(|answer| answer.status == 409);
    assert_eq!(refused.map(|answer| answer.problem()).filter(|code| code == "delivery_in_progress").count(), 99);
    app.run_due().await;
    assert_eq!(receiver.received().len(), 2);
    assert_eq!(app.attempts(&webhook).await.len(), 2);
}

#[tokio::test]
async fn an_inactive_webhook_is_activated_before_a_resend() {
    let (mut app, receiver, webhook) = failed().await;
    let path = format!("/webhooks/{webhook}");
    app.patch(&path, &json!({"status": "inactive"})).await.expect(200);
    assert_eq!(app.resend(&webhook).await.expect(409).problem(), "webhook_inactive");
    app.patch(&path, &json!({"status": "active"})).await.expect(200);
    app.resend(&webhook).await.expect(202);
    app.run_due().await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn a_resend_needs_no_body() {
    let (app, _receiver, webhook) = failed().await;
    let id = id_of(&app.delivery(&webhook).await);
    let request = app.request(reqwest::Method::POST, &format!("/deliveries/{id}/resend"));
    app.send(request).await.expect(202);
}
