//! `/deliveries` and `/webhooks/{id}/deliveries`: the events list and the event's details.

use crate::{
    harness::{EXAMPLE, TestApp, column, event, id_of, pairs},
    receiver::{Answer, Receiver},
};
use serde_json::{Value, json};

#[tokio::test]
async fn the_events_list_of_a_webhook_shows_the_newest_first() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(204));
    receiver.answer(Answer::status(404));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    let other = app.webhook_with(&receiver, json!({"status": "inactive"})).await;
    let first = app.publish("COMMUNICATION", "COMMUNICATIONCREATEDEVENT", "1").await;
    app.run_due().await;
    app.clock.advance_seconds(1);
    let second = app.publish("SMARTAUTH", "PROFILEUPDATEDEVENT", "2").await;
    app.run_due().await;

    let deliveries = app.deliveries(&webhook).await;
    let mut durations = column(&deliveries, "duration_us").into_iter();
    assert!(durations.all(|micros| micros.as_u64().is_some_and(|micros| micros > 0)));
    let expected = json!([
        {
            "id": deliveries[0]["id"],
            "event_id": second,
            "webhook_id": webhook,
            "event_type": "SMARTAUTH.PROFILEUPDATEDEVENT",
            "status": "failed",
            "in_progress": false,
            "attempt_count": 1,
            "failure": "http_status",
            "status_code": 404,
            "duration_us": deliveries[0]["duration_us"],
            "last_attempt_at": "2025-07-08T18:01:21.000000Z",
            "next_attempt_at": null,
            "resting_until": null,
            "created_at": "2025-07-08T18:01:21.000000Z",
            "test": null,
            "erased_at": null,
            "webhook_url": receiver.url(),
            "webhook_description": "",
            "webhook_status": "active",
            "settings_changed": false,
        },
        {
            "id": deliveries[1]["id"],
            "event_id": first,
            "webhook_id": webhook,
            "event_type": "COMMUNICATION.COMMUNICATIONCREATEDEVENT",
            "status": "delivered",
            "in_progress": false,
            "attempt_count": 1,
            "failure": null,
            "status_code": 204,
            "duration_us": deliveries[1]["duration_us"],
            "last_attempt_at": "2025-07-08T18:01:20.000000Z",
            "next_attempt_at": null,
            "resting_until": null,
            "created_at": "2025-07-08T18:01:20.000000Z",
            "test": null,
            "erased_at": null,
            "webhook_url": receiver.url(),
            "webhook_description": "",
            "webhook_status": "active",
            "settings_changed": false,
        },
    ]);
    assert_eq!(json!(deliveries), expected);
    assert_eq!(app.read("/deliveries").await["items"], expected);
    assert!(app.deliveries(&other).await.is_empty());
    // The id that the list shows is the one that the receiver got.
    let received = receiver.received();
    assert_eq!(received[0].header("webhook-id"), deliveries[1]["id"].as_str());
}

#[tokio::test]
async fn the_details_show_what_was_sent_and_what_came_back() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::body(503, "busy, come back later").header("x-reason", "load"));
    receiver.answer(Answer::body(200, "thanks"));
    let webhook = app.webhook(&receiver).await;
    app.publish_example().await;
    app.run_due().await;
    app.run_due_in(6).await;

    let delivery = app.delivery(&webhook).await;
    assert_eq!(delivery["payload"], EXAMPLE);
    assert_eq!(
        (&delivery["source"], &delivery["type"]),
        (&json!("COMMUNICATION"), &json!("COMMUNICATIONCREATEDEVENT"))
    );
    assert_eq!(delivery["ce_id"], "01JZNK5ZQBNF623MB5KE64GNQB");
    assert_eq!(delivery["time"], "2025-07-08T18:01:19.622000Z");
    assert_eq!(delivery["webhook_url"], receiver.url());
    assert_eq!((&delivery["retries"], &delivery["settings_changed"]), (&json!(5), &json!(false)));
    let attempts = delivery["attempts"].as_array().unwrap();
    assert_eq!(column(attempts, "number"), [2, 1]);
    assert_eq!(column(attempts, "trigger"), ["scheduled", "scheduled"]);
    assert_eq!(column(attempts, "status_code"), [200, 503]);
    assert_eq!(column(attempts, "failure"), [&Value::Null, &json!("http_status")]);
    assert_eq!(column(attempts, "started_at"), ["2025-07-08T18:01:26.000000Z", "2025-07-08T18:01:20.000000Z"]);
    assert_eq!(column(attempts, "url"), [&json!(receiver.url()), &json!(receiver.url())]);
    let body = |text: &str| json!({"text": text, "base64": null, "size": text.len(), "truncated": false});
    assert_eq!(attempts[0]["response_body"], body("thanks"));
    assert_eq!(attempts[1]["response_body"], body("busy, come back later"));
    let headers = pairs(&attempts[1]["response_headers"]);
    assert_eq!(
        headers,
        [("content-length", "21"), ("content-type", "text/plain"), ("x-reason", "load")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    for (attempt, received) in attempts.iter().rev().zip(receiver.received()) {
        // Name by name and in the same order as on the wire.
        assert_eq!(pairs(&attempt["request_headers"]), received.headers);
        assert!(attempt["duration_us"].as_u64().is_some_and(|micros| micros > 0));
        assert!(attempt["phases"]["first_byte_us"].as_u64().is_some());
    }
    assert!(attempts[1]["phases"]["connect_us"].as_u64().is_some());
}

#[tokio::test]
async fn recorded_credentials_are_masked_but_for_their_last_characters() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let key = json!({"type": "api_key", "header": "X-API-Key", "value": "0123456789abcdef"});
    let webhook = app.webhook_with(&receiver, json!({"authentication": key})).await;
    app.publish_example().await;
    app.run_due().await;
    // Also when the webhook uses another header meanwhile.
    let basic = json!({"type": "basic", "username": "ana", "password": "geheim"});
    app.patch(&format!("/webhooks/{webhook}"), &json!({"authentication": basic})).await.expect(200);
    let delivery = app.delivery(&webhook).await;
    assert_eq!(delivery["settings_changed"], true);
    let shown = pairs(&delivery["attempts"][0]["request_headers"]);
    let value = |name: &str| shown.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert_eq!(value("x-api-key"), Some("••••cdef"));
    assert_eq!(receiver.received()[0].header("x-api-key"), Some("0123456789abcdef"));
}

#[tokio::test]
async fn deliveries_are_filtered() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let once = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    for (kind, answer) in [
        ("FINE", Answer::status(200)),
        ("MISSING", Answer::status(404)),
        ("BROKEN", Answer::status(500)),
        ("CLOSED", Answer::Close),
    ] {
        receiver.answer_only(answer);
        let body =
            event("S", kind, &format!("order-{kind}")).to_string().replace("{\"n\":1}", &format!("\"50%_{kind}\""));
        app.publish_bytes(body).await.expect(202);
        app.run_due().await;
        app.clock.advance_seconds(60);
    }
    app.webhook(&receiver).await;
    app.patch(&format!("/webhooks/{once}"), &json!({"status": "inactive"})).await.expect(200);
    app.publish("S", "RETRYING", "retrying").await;
    app.run_due().await;
    app.publish("S", "PENDING", "pending").await;

    let found = async |path: &str| {
        let items = app.items(path).await;
        column(&items, "event_type").iter().map(|name| name.as_str().unwrap()[2..].to_owned()).collect::<Vec<_>>()
    };
    let deliveries = app.deliveries(&once).await;
    let [closed, _, missing, fine] = &deliveries[..] else { panic!("{deliveries:?}") };
    for (query, expected) in [
        (String::new(), &["PENDING", "RETRYING", "CLOSED", "BROKEN", "MISSING", "FINE"][..]),
        ("status=delivered".into(), &["FINE"]),
        ("status=failed".into(), &["CLOSED", "BROKEN", "MISSING"]),
        ("status=failed,retrying".into(), &["RETRYING", "CLOSED", "BROKEN", "MISSING"]),
        ("status=pending,delivered".into(), &["PENDING", "FINE"]),
        ("status=cancelled".into(), &[]),
        ("event_type=S.MISSING".into(), &["MISSING"]),
        ("event_type=S.UNKNOWN".into(), &[]),
        ("failure=http_status".into(), &["BROKEN", "MISSING"]),
        ("failure=reset".into(), &["RETRYING", "CLOSED"]),
        ("status_code=500".into(), &["BROKEN"]),
        ("status_code=999".into(), &[]),
        ("from=2025-07-08T18:02:20Z&to=2025-07-08T18:04:20Z".into(), &["BROKEN", "MISSING"]),
        ("ce_id=order-MISSING".into(), &["MISSING"]),
        ("ce_id=order".into(), &[]),
        ("ce_id=order-MISSING&status=delivered".into(), &[]),
        ("ce_id=order-MISSING&q=50".into(), &["MISSING"]),
        ("q=issing".into(), &["MISSING"]),
        ("q=order-FINE".into(), &["FINE"]),
        ("q=50%25_BROKEN".into(), &["BROKEN"]),
        ("q=50%25%25".into(), &[]),
        ("q=%27%20OR%201%3D1--".into(), &[]),
        (format!("q={}", id_of(fine)), &["FINE"]),
        (format!("q={}", missing["event_id"].as_str().unwrap()), &["MISSING"]),
        (format!("q={}&status=delivered", id_of(closed)), &[]),
        ("status=failed&failure=http_status&status_code=404&event_type=S.MISSING&q=order".into(), &["MISSING"]),
    ] {
        assert_eq!(found(&format!("/deliveries?{query}")).await, expected, "{query}");
        let of_one: Vec<_> = expected.iter().copied().filter(|name| !matches!(*name, "PENDING" | "RETRYING")).collect();
        assert_eq!(found(&format!("/webhooks/{once}/deliveries?{query}")).await, of_one, "{query}");
    }
}

#[tokio::test]
async fn pages_go_on_where_the_one_before_ended_also_when_events_come_in_between() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    for number in 0..7 {
        app.publish("A", "B", &number.to_string()).await;
    }
    app.run_due().await;
    let expected: Vec<_> = app.deliveries(&webhook).await.iter().map(|row| row["id"].clone()).collect();
    let (mut ids, mut next) = (Vec::new(), String::new());
    loop {
        let page = app.read(&format!("/webhooks/{webhook}/deliveries?limit=3{next}")).await;
        ids.extend(column(page["items"].as_array().unwrap(), "id").into_iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("&cursor={cursor}");
        app.publish("A", "B", &format!("later {}", ids.len())).await;
    }
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_search_looks_at_so_many_at_a_time_and_goes_on_where_it_ended() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    app.publish("A", "NEEDLE", "1").await;
    let newer = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 25000) \
        INSERT INTO deliveries (id, tenant_id, event_id, webhook_id, event_type, status, attempt_count, retry_index, next_trigger, \
            claimed, created_at) \
        SELECT unhex(printf('7F%022d%08X', 0, n)), tenant_id, zeroblob(16), webhook_id, 'A.HAY', 2, 1, 0, 'scheduled', 0, created_at \
        FROM deliveries JOIN n";
    app.execute(newer).await;

    let first = app.read("/deliveries?q=needle").await;
    assert_eq!(first["items"], json!([]));
    let cursor = first["next_cursor"].as_str().expect("there is more to search");
    let second = app.read(&format!("/deliveries?q=needle&cursor={cursor}")).await;
    assert_eq!(column(second["items"].as_array().unwrap(), "event_type"), ["A.NEEDLE"]);
    assert_eq!(second["next_cursor"], Value::Null);
    let hay = app.items("/deliveries?q=hay&limit=100").await;
    assert_eq!(hay.len(), 100, "a full page goes on after its last row");
}

#[tokio::test]
async fn an_attempt_under_way_shows_and_holds_off_a_resend() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish_example().await;
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], &delivery["in_progress"]), (&json!("pending"), &json!(true)));
    assert_eq!(app.resend(&webhook).await.expect(409).problem(), "delivery_in_progress");
}

#[tokio::test]
async fn credentials_that_a_receiver_repeats_are_not_recorded() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let (key, token) = ("the key of this host", "the token of this host");
    receiver.answer(Answer::body(500, format!("you sent {key}, {token}")).header("x-echo", token));
    let settings = json!({
        "authentication": {"type": "api_key", "header": "X-Own-Key", "value": key},
        "headers": [{"name": "X-Token", "value": token}],
    });
    let webhook = app.webhook_with(&receiver, settings).await;
    app.publish_example().await;
    app.run_due().await;
    assert_eq!(receiver.received()[0].header("x-token"), Some(token));
    let delivery = app.delivery(&webhook).await;
    let attempt = &delivery["attempts"][0];
    assert_eq!(attempt["response_body"]["text"], "you sent ••••, ••••");
    assert!(!delivery.to_string().contains("of this host\""), "{delivery}");
    for file in ["hookwright.db", "hookwright.db-wal"] {
        let bytes = std::fs::read(app.folder.path().join(file)).unwrap();
        assert!(memchr::memmem::find(&bytes, b"of this host").is_none(), "{file}");
    }
}
