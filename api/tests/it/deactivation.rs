//! A webhook that fails for long is deactivated, and says why.

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{TestApp, column, id_of},
    receiver::{Answer, Receiver},
};
use hookwright::{app::Settings, store::Deactivate};
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: i64 = 3_600;

struct Failing {
    app: TestApp,
    receiver: Receiver,
    webhook: String,
    published: u32,
}

impl Failing {
    async fn start() -> Self {
        Self::start_with(Deactivate::default()).await
    }

    async fn start_with(deactivate: Deactivate) -> Self {
        let app = TestApp::start_with(|settings| settings.deactivate = deactivate).await;
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
        let shown = self.app.read(&format!("/webhooks/{}", self.webhook)).await;
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
async fn a_webhook_is_failing_from_its_third_failure_in_a_row_until_one_arrives_or_somebody_looks_after_it() {
    let mut it = Failing::start().await;
    let listed = async |it: &Failing, failing: bool| it.app.items(&format!("/webhooks?failing={failing}")).await.len();
    for (attempts, failing) in [(2, false), (1, true)] {
        it.attempt(attempts).await;
        assert_eq!(it.app.read(&format!("/webhooks/{}", it.webhook)).await["failing"], failing);
        assert_eq!((listed(&it, true).await, listed(&it, false).await), (failing.into(), (!failing).into()));
    }
    it.receiver.answer_only(Answer::status(200));
    it.attempt(1).await;
    assert_eq!(listed(&it, true).await, 0, "one has arrived");
    it.receiver.answer_only(Answer::status(500));
    it.attempt(3).await;
    let change = async |it: &Failing, change: Value| {
        it.app.patch(&format!("/webhooks/{}", it.webhook), &change).await.expect(200).json()["failing"].clone()
    };
    assert_eq!(change(&it, json!({"timeout_ms": 3_000})).await, false, "somebody has looked after it");
    it.attempt(3).await;
    assert_eq!(listed(&it, true).await, 1);
    change(&it, json!({"status": "inactive"})).await;
    assert_eq!(listed(&it, true).await, 0, "nothing is sent to it");
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
    let figures = crate::metrics::metrics(&it.app).await;
    assert!(figures.contains("\nhookwright_webhooks_deactivated_total{reason=\"failing\"} 1\n"), "{figures}");
    let path = format!("/webhooks/{}", it.webhook);
    let shown = it.app.read(&path).await;
    assert_eq!(shown["updated_by"], Value::Null, "it was nobody");
    assert_eq!(shown["inactive_since"], shown["updated_at"]);
    assert_eq!(shown["failing"], true, "nobody wanted it so");
    assert_eq!(column(&it.app.items("/webhooks?failing=true").await, "id"), [&it.webhook]);
    assert!(it.app.items("/webhooks?failing=false").await.is_empty());
    it.attempt(1).await;
    assert_eq!(it.receiver.received().len(), 21, "nothing is sent any more");
}

#[tokio::test]
async fn the_hours_until_a_webhook_is_deactivated_are_a_setting() {
    let mut it = Failing::start_with(Deactivate::AfterHours(120)).await;
    it.attempt(20).await;
    it.app.clock.advance_seconds(120 * HOUR - 1);
    it.attempt(1).await;
    assert_eq!(it.shown().await, active());
    it.app.clock.advance_seconds(1);
    it.attempt(1).await;
    assert_eq!(it.shown().await, failing());
}

#[tokio::test]
async fn a_webhook_that_is_never_deactivated_by_itself_is_told_as_failing_and_goes_with_410() {
    let mut it = Failing::start_with(Deactivate::Never).await;
    it.attempt(20).await;
    it.app.clock.advance_seconds(1_000 * 24 * HOUR);
    it.attempt(20).await;
    assert_eq!(it.shown().await, active());
    assert_eq!(column(&it.app.items("/webhooks?failing=true").await, "id"), [&it.webhook]);
    it.receiver.answer_only(Answer::status(410));
    it.attempt(1).await;
    assert_eq!(it.shown().await, (json!("inactive"), json!("gone")));
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

on_both! {
    async fn what_attempts_say_that_began_before_an_edit_does_not_count_for_the_webhook_of_now(backend) {
        let database = TestDatabase::new(backend);
        let mut app = TestApp::start_with(|settings| both::on(&database, settings)).await;
        let (gone, mended) = (Receiver::start().await, Receiver::start().await);
        for status in [410, 500] {
            gone.answer_only(Answer::status(status).after(Duration::from_secs(2)));
            let webhook = app.webhook_with(&gone, json!({"retry_schedule": [], "timeout_ms": 10_000})).await;
            let path = format!("/webhooks/{webhook}");
            let before = gone.received().len();
            for number in 0..3 {
                app.publish("A", "B", &format!("{status} {number}")).await;
            }
            tokio::select! {
                () = app.dispatcher.run_due() => panic!("they were not to be over"),
                () = gone.reached(before + 3) => {}
            }
            app.patch(&path, &json!({"url": mended.url()})).await.expect(200);
            app.run_due().await;
            let codes = app.deliveries(&webhook).await;
            assert_eq!(column(&codes, "status_code"), [status; 3], "the answers have come");
            let shown = app.read(&path).await;
            assert_eq!((&shown["status"], &shown["failing"], &shown["version"]), (&json!("active"), &json!(false), &json!(2)));
            app.delete(&path).await.expect(204);
        }
    }
}

on_both! {
    async fn the_platform_is_told_of_a_webhook_that_fails_and_of_its_end(backend) {
        let database = TestDatabase::new(backend);
        let told = |settings: &mut Settings| {
            both::on(&database, settings);
            settings.alerts_tenant = Some("default".into());
        };
        let mut app = TestApp::start_with(told).await;
        let platform = Receiver::start().await;
        app.webhook_with(&platform, json!({"events": {"mode": "selected", "types": ["HOOKWRIGHT.WEBHOOKFAILING", "HOOKWRIGHT.WEBHOOKDEACTIVATED", "HOOKWRIGHT.WEBHOOKRECOVERED"]}})).await;
        let customer = Receiver::start().await;
        customer.answer_only(Answer::status(500));
        let selection = json!({"mode": "selected", "types": ["A.B"]});
        let failing = app.webhook_with(&customer, json!({"retry_schedule": [], "events": selection})).await;
        let mut published = 0;
        for (attempts, hours, expected) in [(19, 0, 0), (1, 0, 1), (3, 25, 1), (1, 0, 2), (1, 0, 2)] {
            for _ in 0..attempts {
                published += 1;
                app.publish("A", "B", &published.to_string()).await;
            }
            app.run_due().await;
            // What was told is sent in the next round.
            app.run_due().await;
            assert_eq!(platform.received().len(), expected, "after {published}");
            app.clock.advance_seconds(hours * HOUR);
        }
        // Its customer mends it and looks after it; that is told once.
        customer.answer_only(Answer::status(204));
        app.patch(&format!("/webhooks/{failing}"), &json!({"status": "active"})).await.expect(200);
        for number in ["well", "still well"] {
            app.publish("A", "B", number).await;
            app.run_due().await;
            app.run_due().await;
            app.clock.advance_seconds(2);
        }
        let alerts: Vec<Value> = platform.received().iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect();
        let names: Vec<_> = alerts.iter().map(|alert| alert["type"].as_str().unwrap()).collect();
        assert_eq!(names, ["WEBHOOKFAILING", "WEBHOOKDEACTIVATED", "WEBHOOKRECOVERED"]);
        let data = &alerts[1]["data"];
        assert_eq!((&data["webhook_id"], &data["url"]), (&json!(failing), &json!(customer.url())));
        assert_eq!((&data["inactive_reason"], &data["failure_streak"]), (&json!("failing"), &json!(24)));
        assert_eq!(data["portal_url"], Value::Null, "nobody has said where it is");
        assert_eq!((&alerts[2]["data"]["webhook_id"], &alerts[2]["data"]["failure_streak"]), (&json!(failing), &json!(0)));
        let (of, since) = (format!("The webhook {} of default", customer.url()), "since 2025-07-08T18:01:20.000000Z");
        let texts = [
            format!("{of} has failed 20 times in a row, {since}."),
            format!("{of} was deactivated: it has failed 24 times in a row, {since}."),
            format!("{of} takes events again."),
        ];
        assert_eq!(alerts.iter().map(|alert| alert["data"]["text"].as_str().unwrap()).collect::<Vec<_>>(), texts);
        // They stand in the catalogue, each with an example that could be published.
        let types = app.items("/event-types").await;
        let alerts = ["DELIVERYFAILED", "WEBHOOKDEACTIVATED", "WEBHOOKFAILING", "WEBHOOKRECOVERED"];
        for (entry, alert) in types.iter().zip(alerts) {
            assert_eq!(entry["type"], alert);
            app.publish_bytes(entry["example"].as_str().unwrap()).await.expect(202);
        }
    }
}

on_both! {
    async fn the_platform_is_told_of_each_delivery_for_which_no_attempt_is_left(backend) {
        let database = TestDatabase::new(backend);
        let told = |settings: &mut Settings| {
            both::on(&database, settings);
            settings.alerts_tenant = Some("default".into());
            settings.web.public_url = Some("https://hooks.example.com".parse().unwrap());
        };
        let mut app = TestApp::start_with(told).await;
        let (platform, customer) = (Receiver::start().await, Receiver::start().await);
        // That an alert fails is told to nobody, or it would go on forever.
        platform.answer(Answer::status(500));
        platform.answer(Answer::status(500));
        platform.answer(Answer::status(200));
        let alerts = json!({"mode": "selected", "types": ["HOOKWRIGHT.DELIVERYFAILED"]});
        app.webhook_with(&platform, json!({"retry_schedule": [], "events": alerts})).await;
        customer.answer(Answer::status(503));
        let selection = json!({"mode": "selected", "types": ["A.B"]});
        let webhook = app.webhook_with(&customer, json!({"retry_schedule": [60], "events": selection})).await;
        let event = app.publish("A", "B", "1").await;
        app.run_due().await;
        app.run_due().await;
        assert_eq!(platform.received().len(), 0, "one attempt is left");
        app.clock.advance_seconds(100);
        for _ in 0..3 {
            app.run_due().await;
        }
        let received = platform.received();
        assert_eq!(received.len(), 1);
        let alert: Value = serde_json::from_slice(&received[0].body).unwrap();
        assert_eq!((&alert["source"], &alert["type"]), (&json!("HOOKWRIGHT"), &json!("DELIVERYFAILED")));
        let delivery = &app.items(&format!("/webhooks/{webhook}/deliveries")).await[0];
        let link = format!("https://hooks.example.com/events/{}", id_of(delivery));
        let text = format!("A.B did not arrive at {} of default, and is not tried again: attempt 2 failed with 503. {link}", customer.url());
        let data = json!({
            "text": text, "tenant_id": alert["data"]["tenant_id"], "tenant_external_id": null, "webhook_id": webhook, "url": customer.url(), "portal_url": link, "delivery_id": delivery["id"],
            "event_id": event, "event_type": "A.B", "attempt_count": 2, "failure": "http_status", "status_code": 503,
        });
        assert_eq!(alert["data"], data);
        // A test tells its own story.
        app.post(&format!("/webhooks/{webhook}/test"), &json!({})).await;
        for _ in 0..3 {
            app.run_due().await;
        }
        assert_eq!(platform.received().len(), 1);
    }
}

#[tokio::test]
async fn of_a_delivery_that_was_cancelled_during_its_last_attempt_nobody_is_told() {
    let mut app = TestApp::start_with(|settings| settings.alerts_tenant = Some("default".into())).await;
    let customer = Receiver::start().await;
    customer.answer(Answer::status(500).after(Duration::from_mins(10)));
    let webhook = app.webhook_with(&customer, json!({"retry_schedule": [], "timeout_ms": 5_000})).await;
    app.publish("A", "B", "1").await;
    tokio::select! {
        () = app.dispatcher.run_due() => panic!("it was not to be over"),
        () = customer.reached(1) => {}
    }
    app.delete(&format!("/webhooks/{webhook}")).await.expect(204);
    app.run_due().await;
    assert_eq!(column(&app.items("/events").await, "type"), ["B"]);
    let counted = crate::metrics::metrics(&app).await;
    assert!(counted.contains("\nhookwright_deliveries_exhausted_total 0\n"), "{counted}");
}

#[tokio::test]
async fn one_that_answers_410_is_told_too_and_nobody_is_told_unless_it_was_asked_for() {
    for (alerts_tenant, told) in [(Some("default"), 1), (None, 0)] {
        let mut app = TestApp::start_with(|settings| settings.alerts_tenant = alerts_tenant.map(str::to_owned)).await;
        let (platform, customer) = (Receiver::start().await, Receiver::start().await);
        app.webhook_with(
            &platform,
            json!({"events": {"mode": "selected", "types": ["HOOKWRIGHT.WEBHOOKDEACTIVATED"]}}),
        )
        .await;
        customer.answer(Answer::status(410));
        app.webhook(&customer).await;
        app.publish("A", "B", "1").await;
        app.run_due().await;
        app.run_due().await;
        assert_eq!(platform.received().len(), told);
    }
}
