//! Conditions for the content of events.

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{START, TestApp, column, id_of},
    receiver::Receiver,
};
use serde_json::{Value, json};

/// Publishes an event whose content is that, under that id; returns its own.
async fn publish(app: &TestApp, ce_id: &str, data: Value) -> String {
    let event = json!({"specversion": "1.0", "id": ce_id, "source": "ORDER", "type": "CHANGED", "data": data});
    id_of(&app.publish_bytes(event.to_string()).await.expect(202).json())
}

fn approved() -> Value {
    json!({"events": {
        "mode": "selected",
        "types": ["ORDER.CHANGED"],
        "conditions": [
            {"path": "/data/status", "operator": "is", "values": ["APPROVED", "REJECTED"]},
            {"path": "/data/channel", "operator": "is_not", "values": ["sms"]},
            {"path": "/data/amount", "operator": "at_least", "values": ["10"]},
        ],
    }})
}

on_both! {
    async fn a_webhook_gets_the_events_for_which_its_conditions_hold_and_is_sent_no_other_later(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let receiver = Receiver::start().await;
        let webhook = app.webhook_with(&receiver, approved()).await;
        let shown = app.read(&format!("/webhooks/{webhook}")).await;
        assert_eq!(shown["events"], approved()["events"]);
        let unwanted = publish(&app, "pending", json!({"status": "PENDING"})).await;
        publish(&app, "by sms", json!({"status": "APPROVED", "channel": "sms", "amount": 10})).await;
        publish(&app, "too small", json!({"status": "APPROVED", "amount": 9.99})).await;
        publish(&app, "without a channel", json!({"status": "APPROVED", "amount": 10.0})).await;
        app.clock.advance_seconds(1);
        publish(&app, "by mail", json!({"channel": "email", "status": "REJECTED", "amount": 1e3})).await;
        app.run_due().await;
        assert_eq!(receiver.received().len(), 2);
        assert_eq!(column(&app.items("/events?matched=false").await, "ce_id"), ["too small", "by sms", "pending"]);
        let event = app.read(&format!("/events/{unwanted}")).await;
        assert_eq!(event["webhooks"][0]["not_matched"], "conditions_not_met");

        // What it missed is what it wants: not what its conditions leave out.
        app.patch(&format!("/webhooks/{webhook}"), &json!({"status": "inactive"})).await.expect(200);
        publish(&app, "missed", json!({"status": "APPROVED", "amount": 11})).await;
        publish(&app, "still pending", json!({"status": "PENDING"})).await;
        app.patch(&format!("/webhooks/{webhook}"), &json!({"status": "active"})).await.expect(200);
        let missed = async || {
            let window = json!({"from": START.plus_seconds(-60), "to": START.plus_seconds(60), "dry_run": true});
            app.post(&format!("/webhooks/{webhook}/send-missed"), &window).await.expect(200).json()["count"].clone()
        };
        assert_eq!(missed().await, 1);
        // Without the conditions it wants everything of that type.
        let all = json!({"events": {"mode": "selected", "types": ["ORDER.CHANGED"]}});
        let changed = app.patch(&format!("/webhooks/{webhook}"), &all).await.expect(200).json();
        assert_eq!(changed["events"]["conditions"], json!([]));
        assert_eq!(missed().await, 5);
    }
}

#[tokio::test]
async fn a_condition_that_cannot_be_is_refused_where_it_stands() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let refused = async |condition: Value| {
        let webhook = json!({"url": receiver.url(), "secret": "dummysecret", "events": {"mode": "all", "conditions": [condition]}});
        let problem = app.post("/webhooks", &webhook).await.expect(422).json();
        let error = &problem["errors"][0];
        (error["pointer"].as_str().unwrap().to_owned(), error["code"].as_str().unwrap().to_owned())
    };
    let invalid = |at: &str| (format!("/events/conditions/0/{at}"), "condition_invalid".to_owned());
    assert_eq!(refused(json!({"path": "data.status", "operator": "is", "values": ["x"]})).await, invalid("path"));
    assert_eq!(refused(json!({"path": "/data", "operator": "is", "values": []})).await, invalid("values"));
    let (at, _) = refused(json!({"path": "/data", "operator": "equals", "values": ["x"]})).await;
    assert_eq!(at, "/events/conditions/0/operator");
    let (at, _) = refused(json!({"path": "/data", "operator": "is", "values": [1]})).await;
    assert_eq!(at, "/events/conditions/0/values/0");
}
