//! What requests hold of an event: all of it, or its data alone.

use crate::{
    harness::{TestApp, column, id_of},
    receiver::{Answer, Receiver},
};
use serde_json::{Value, json};

/// An event whose data is written as nobody would write it again.
const EVENT: &str = r#"{"specversion":"1.0","id":"1","source":"A","type":"B","time":"2025-07-08T18:01:19Z","subject":"a b","n":1.0,"data": {"b": 1e400, "a":"é"} }"#;
const DATA: &str = r#"{"b": 1e400, "a":"é"}"#;

#[tokio::test]
async fn in_binary_mode_the_data_is_sent_signed_and_shown_as_it_was_published() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let key = json!({"type": "api_key", "header": "X-API-Key", "value": "0123456789abcdef"});
    let change = json!({"content_mode": "binary", "authentication": key});
    let webhook = app.webhook_with(&receiver, change).await;
    app.publish_bytes(EVENT).await.expect(202);
    app.run_due().await;
    let [request] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    assert_eq!(request.body, DATA.as_bytes());
    assert_eq!(request.signatures_hold("dummysecret"), (true, true));
    let told = [
        "content-type",
        "content-length",
        "ce-specversion",
        "ce-id",
        "ce-source",
        "ce-type",
        "ce-time",
        "ce-subject",
        "ce-n",
    ];
    let told = told.map(|name| request.header(name).unwrap_or_default().to_owned());
    let length = DATA.len().to_string();
    assert_eq!(told, ["application/json", &length, "1.0", "1", "A", "B", "2025-07-08T18:01:19Z", "a%20b", "1.0"]);

    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["payload"], &delivery["settings_changed"]), (&json!(EVENT), &json!(false)));
    assert_eq!(delivery["data"], json!({"text": DATA, "base64": null}));
    let attempt = &delivery["attempts"][0];
    assert_eq!(attempt["content_mode"], "binary");
    let shown = attempt["request_headers"].as_array().unwrap();
    let masked: Vec<_> = shown.iter().filter(|header| header["value"].as_str().unwrap().contains('•')).collect();
    assert_eq!(masked, [&json!({"name": "x-api-key", "value": "••••cdef"})], "nothing else is a secret");
}

#[tokio::test]
async fn data_that_is_no_json_goes_out_as_its_publisher_sent_it() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"content_mode": "binary"})).await;
    let publish = |id: &'static str, media_type: &'static str, body: &'static [u8]| {
        let attributes = [("ce-specversion", "1.0"), ("ce-id", id), ("ce-source", "A"), ("ce-type", "B")];
        let post = app.client.post(format!("{}/events", app.base)).header("content-type", media_type).body(body);
        attributes.into_iter().fold(post, |post, (name, value)| post.header(name, value))
    };
    let published = [("1", "application/xml", &b"<a b=\"\xc3\xa9\"/>"[..]), ("2", "image/png", b"\x89PNG\r\n\0\xff")];
    for (id, media_type, body) in published {
        app.send(publish(id, media_type, body)).await.expect(202);
    }
    app.run_due().await;
    app.run_due().await;
    for (_, media_type, body) in published {
        let received = receiver.received();
        let request = received.iter().find(|request| request.header("content-type") == Some(media_type)).unwrap();
        assert_eq!(request.body, body);
        assert_eq!(request.signatures_hold("dummysecret"), (true, true));
    }
    let mut shown = Vec::new();
    for delivery in app.deliveries(&webhook).await {
        shown.push(app.read(&format!("/deliveries/{}", id_of(&delivery))).await["data"].clone());
    }
    let text = json!({"text": "<a b=\"é\"/>", "base64": null});
    assert_eq!(shown, [json!({"text": null, "base64": "iVBORw0KAP8="}), text]);
}

#[tokio::test]
async fn a_change_of_mode_counts_for_current_headers_and_not_for_the_original_ones() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(500));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    let path = format!("/webhooks/{webhook}");
    app.publish_bytes(EVENT).await.expect(202);
    app.run_due().await;
    assert_eq!(app.delivery(&webhook).await["data"], Value::Null, "as long as it was not sent alone");
    app.clock.advance_seconds(1);
    let changed = app.patch(&path, &json!({"content_mode": "binary"})).await.expect(200).json();
    assert_eq!(changed["credentials_changed_at"], changed["updated_at"]);
    assert_eq!(app.delivery(&webhook).await["settings_changed"], true);
    app.resend(&webhook).await.expect(202);
    app.run_due().await;
    let id = id_of(&app.delivery(&webhook).await);
    let resend = format!("/deliveries/{id}/resend");
    app.post(&resend, &json!({"headers": "current"})).await.expect(202);
    app.run_due().await;
    // What is original now is the request that was made last.
    app.patch(&path, &json!({"content_mode": "structured"})).await.expect(200);
    app.post(&resend, &json!({"headers": "original"})).await.expect(202);
    app.run_due().await;
    let received = receiver.received();
    let bodies: Vec<_> = received.iter().map(|request| str::from_utf8(&request.body).unwrap()).collect();
    assert_eq!(bodies, [EVENT, EVENT, DATA, DATA]);
    assert!(received.iter().all(|request| request.signatures_hold("dummysecret") == (true, true)));
    assert!(received.iter().all(|request| request.header("content-length") == Some(&request.body.len().to_string())));
    let modes = column(&app.attempts(&webhook).await, "content_mode").into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(modes, ["binary", "binary", "structured", "structured"]);
}

/// Attributes are content of the event too.
#[tokio::test]
async fn what_is_erased_is_gone_from_the_headers_that_were_recorded() {
    const CANARY: &str = "canary-of-a-subject";
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"content_mode": "binary"})).await;
    let event = json!({"specversion": "1.0", "id": "1", "source": "A", "type": "B", "subject": CANARY, "ext": CANARY});
    let event = id_of(&app.publish_bytes(event.to_string()).await.expect(202).json());
    app.run_due().await;
    let path = format!("/deliveries/{}", id_of(&app.delivery(&webhook).await));
    let sent = &receiver.received()[0];
    let shown = app.read(&path).await["attempts"][0]["request_headers"].clone();
    let shown: Vec<_> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|header| (header["name"].as_str().unwrap(), header["value"].as_str().unwrap()))
        .collect();
    assert_eq!(shown, sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>());
    assert_eq!(sent.header("ce-ext"), Some(CANARY));
    app.delete(&format!("/events/{event}/content")).await.expect(204);
    let erased = app.get(&path).await.expect(200);
    assert!(!erased.text.contains(CANARY), "{}", erased.text);
    assert_eq!(erased.json()["attempts"][0]["content_mode"], "binary");
}

#[tokio::test]
async fn attributes_that_do_not_fit_into_headers_are_no_fault_of_the_receiver() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"content_mode": "binary", "retry_schedule": []})).await;
    let event = json!({"specversion": "1.0", "id": "1", "source": "A", "type": "B", "subject": "x".repeat(9_000)});
    app.publish_bytes(event.to_string()).await.expect(202);
    app.run_due().await;
    assert!(receiver.received().is_empty());
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], &delivery["failure"]), (&json!("retrying"), &json!("internal_error")));
    let attempt = &delivery["attempts"][0];
    assert!(attempt["error"].as_str().unwrap().contains("at most 8,192 bytes as headers"), "{attempt}");
    assert_eq!(attempt["content_mode"], Value::Null);
    // Whoever wants the whole event can have it.
    app.patch(&format!("/webhooks/{webhook}"), &json!({"content_mode": "structured"})).await.expect(200);
    app.resend(&webhook).await.expect(202);
    app.run_due().await;
    assert_eq!(app.delivery(&webhook).await["status"], "delivered");
}

#[tokio::test]
async fn an_event_without_data_has_an_empty_body_in_binary_mode() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"content_mode": "binary"})).await;
    app.publish_bytes(r#"{"specversion":"1.0","id":"1","source":"A","type":"B"}"#).await.expect(202);
    app.run_due().await;
    let request = &receiver.received()[0];
    assert_eq!((&*request.body, request.header("content-length")), (&b""[..], Some("0")));
    assert_eq!((request.header("content-type"), request.header("ce-id")), (None, Some("1")));
    assert_eq!(request.signatures_hold("dummysecret"), (true, true));
    assert_eq!(app.delivery(&webhook).await["data"], json!({"text": "", "base64": null}));
}
