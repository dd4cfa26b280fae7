//! `/events`: what was published, also what nobody wanted.

use crate::{
    harness::{EXAMPLE, TestApp, column, event, id_of},
    receiver::Receiver,
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_published_event_is_recorded_as_it_came() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    let published = app.publish_bytes(EXAMPLE).await.expect(202).json();
    assert_eq!((&published["matched"], &published["duplicate"]), (&json!(1), &json!(false)));
    let list = app.read("/events").await;
    let summary = json!({
        "id": published["id"],
        "source": "COMMUNICATION",
        "type": "COMMUNICATIONCREATEDEVENT",
        "ce_id": "01JZNK5ZQBNF623MB5KE64GNQB",
        "time": "2025-07-08T18:01:19.622000Z",
        "matched": 1,
        "created_at": "2025-07-08T18:01:20.000000Z",
        "test": false,
        "erased_at": null,
    });
    assert_eq!(list, json!({"items": [summary], "next_cursor": null}));
    let detail = app.read(&format!("/events/{}", id_of(&published))).await;
    assert_eq!(detail["payload"], EXAMPLE);
    assert_eq!(
        detail["webhooks"],
        json!([{
            "webhook_id": webhook,
            "url": receiver.url(),
            "description": "",
            "deleted": false,
            "delivery_id": app.deliveries(&webhook).await[0]["id"],
            "status": "pending",
            "not_matched": null,
        }])
    );
    // What became of it is told also when the webhook is gone.
    app.delete(&format!("/webhooks/{webhook}")).await.expect(204);
    let detail = app.read(&format!("/events/{}", id_of(&published))).await;
    let gone = &detail["webhooks"][0];
    assert_eq!((&gone["deleted"], &gone["status"]), (&json!(true), &json!("cancelled")), "{detail}");
}

#[tokio::test]
async fn an_id_that_stands_in_a_payload_is_found() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    app.publish_bytes(EXAMPLE).await.expect(202);
    for list in ["/events", "/deliveries"] {
        assert_eq!(app.items(&format!("{list}?q=01JZNK51YCZXT55TKF8M366QHJ")).await.len(), 1, "{list}");
    }
}

#[tokio::test]
async fn plain_json_is_taken_as_an_event_too() {
    let app = TestApp::start().await;
    for content_type in ["application/json", "application/json; charset=UTF-8", "Application/CloudEvents+JSON"] {
        let request = app.request(reqwest::Method::POST, "/events").header("content-type", content_type);
        app.send(request.body(event("A", "B", content_type).to_string())).await.expect(202);
    }
}

#[tokio::test]
async fn an_event_that_nobody_wants_leaves_a_trail_that_says_why() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let select = |kind: &str| json!({"events": {"mode": "selected", "types": [format!("A.{kind}")]}});
    let other = app.webhook_with(&receiver, select("OTHER")).await;
    let inactive = app.webhook_with(&receiver, json!({"status": "inactive"})).await;
    let changed = app.webhook_with(&receiver, select("OTHER")).await;
    app.clock.advance_seconds(1);
    let wanted = app.publish("A", "OTHER", "1").await;
    let discarded = app.publish_bytes(event("A", "UNWANTED", "2").to_string()).await.expect(202).json();
    assert_eq!(discarded["matched"], 0);
    app.run_due().await;
    app.clock.advance_seconds(1);
    for edited in [&changed, &inactive] {
        app.patch(&format!("/webhooks/{edited}"), &select("UNWANTED")).await.expect(200);
    }
    let later = app.webhook(&receiver).await;

    let trail = app.items("/events?matched=false").await;
    assert_eq!(column(&trail, "id"), [&discarded["id"]]);
    let wanted_only = app.items("/events?matched=true").await;
    assert_eq!(column(&wanted_only, "id"), [&json!(wanted)]);
    let detail = app.read(&format!("/events/{}", id_of(&discarded))).await;
    let reasons: Vec<_> =
        detail["webhooks"].as_array().unwrap().iter().map(|row| (&row["webhook_id"], &row["not_matched"])).collect();
    assert_eq!(
        reasons,
        [
            (&json!(later), &json!("created_later")),
            (&json!(changed), &json!("changed_since")),
            (&json!(inactive), &json!("inactive")),
            (&json!(other), &json!("type_not_selected")),
        ]
    );
    assert!(column(detail["webhooks"].as_array().unwrap(), "delivery_id").iter().all(|id| id.is_null()));
}

#[tokio::test]
async fn an_event_goes_to_every_webhook_that_selects_its_type() {
    let mut app = TestApp::start().await;
    let receivers = [Receiver::start().await, Receiver::start().await, Receiver::start().await];
    let everything = app.webhook(&receivers[0]).await;
    let two = json!({"events": {"mode": "selected", "types": ["A.ONE", "B.TWO"]}});
    let selecting = app.webhook_with(&receivers[1], two).await;
    let another = app.webhook_with(&receivers[2], json!({"events": {"mode": "selected", "types": ["A.TWO"]}})).await;
    for (source, kind) in [("A", "ONE"), ("B", "TWO"), ("A", "one"), ("A.ONE", "X")] {
        app.publish(source, kind, kind).await;
    }
    app.run_due().await;
    let types =
        |rows: Vec<Value>| rows.iter().map(|row| row["event_type"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(types(app.deliveries(&everything).await), ["A.ONE.X", "A.one", "B.TWO", "A.ONE"]);
    assert_eq!(types(app.deliveries(&selecting).await), ["B.TWO", "A.ONE"]);
    assert_eq!(types(app.deliveries(&another).await), [""; 0]);
    assert_eq!(receivers.each_ref().map(|receiver| receiver.received().len()), [4, 2, 0]);
}

#[tokio::test]
async fn the_same_event_again_is_answered_with_the_same_id_and_sent_once() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    let first = app.publish_bytes(EXAMPLE).await.expect(202);
    let second = app.publish_bytes(EXAMPLE).await.expect(202);
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    assert_eq!(second.json(), json!({"id": first.json()["id"], "matched": 1, "duplicate": true}));
    app.run_due().await;
    assert_eq!(receiver.received().len(), 1);
    // White space around the object is no other content, anything in it is.
    app.publish_bytes(format!(" {EXAMPLE}\n")).await.expect(202);
    let other = EXAMPLE.replace("\"sms\"", "\"email\"");
    let refused = app.publish_bytes(other).await.expect(409);
    assert_eq!(refused.problem(), "event_id_conflict");
    assert!(refused.text.contains(&id_of(&first.json())), "{}", refused.text);
    // The same id of another source is another event.
    app.publish_bytes(EXAMPLE.replace("\"source\":\"COMMUNICATION\"", "\"source\":\"OTHER\"")).await.expect(202);
    assert_eq!(app.items("/events").await.len(), 2);
}

#[tokio::test]
async fn of_fifty_parallel_publications_of_one_event_one_is_recorded() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    let answers = futures_util::future::join_all((0..50).map(|_| app.publish_bytes(EXAMPLE))).await;
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect(202).json()).collect();
    assert_eq!(answers.iter().filter(|answer| answer["duplicate"] == false).count(), 1);
    assert!(answers.iter().all(|answer| answer["id"] == answers[0]["id"]));
    app.run_due().await;
    assert_eq!(app.deliveries(&webhook).await.len(), 1);
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn events_are_filtered_and_paged() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(app.publish(if number < 3 { "A" } else { "urn:b" }, "T", &format!("order-{number}")).await);
        app.clock.advance_seconds(60);
    }
    let found = async |query: &str| {
        let page = app.read(&format!("/events?{query}")).await;
        let found = column(page["items"].as_array().unwrap(), "ce_id")
            .into_iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect::<Vec<_>>();
        (found, page["next_cursor"].as_str().map(str::to_owned))
    };
    let all = ["order-4", "order-3", "order-2", "order-1", "order-0"].map(str::to_owned);
    assert_eq!(found("").await.0, all);
    assert_eq!(found("event_type=A.T").await.0, all[2..]);
    assert_eq!(found("event_type=urn:b.T").await.0, all[..2]);
    assert_eq!(found("ce_id=order-3").await.0, all[1..2]);
    assert_eq!(found("ce_id=order-3&event_type=A.T").await.0, [""; 0]);
    assert_eq!(found("ce_id=order").await.0, [""; 0]);
    assert_eq!(found("q=order-3").await.0, all[1..2]);
    assert_eq!(found(&format!("q={}", ids[0])).await.0, all[4..]);
    assert_eq!(found("q=order_3").await.0, [""; 0]);
    assert_eq!(found("from=2025-07-08T18:03:20Z").await.0, all[..3]);
    assert_eq!(found("to=2025-07-08T18:03:20Z").await.0, all[3..]);
    assert_eq!(found("from=2025-07-08T15:02:20-03:00&to=2025-07-08T18:03:20Z").await.0, all[3..4]);
    let (first, cursor) = found("limit=2&event_type=A.T").await;
    assert_eq!(first, all[2..4]);
    assert_eq!(found(&format!("limit=2&event_type=A.T&cursor={}", cursor.unwrap())).await, (all[4..].to_vec(), None));
}
