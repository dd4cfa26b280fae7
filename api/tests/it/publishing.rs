//! Publishing in binary mode and in batches.

use crate::{
    harness::{Answered, TestApp, event},
    receiver::Receiver,
};
use reqwest::Method;
use serde_json::{Value, json};

const BATCH: &str = "application/cloudevents-batch+json";

async fn publish(app: &TestApp, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answered {
    publish_at(app, "/events", headers, body).await
}

async fn publish_at(app: &TestApp, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answered {
    let mut request = app.request(Method::POST, path);
    for &(name, value) in headers {
        request = request.header(name, value);
    }
    app.send(request.body(body.into())).await
}

pub(crate) async fn batch(app: &TestApp, events: &[Value]) -> Answered {
    batch_of(app, Value::from(events).to_string()).await
}

async fn batch_of(app: &TestApp, body: impl Into<Vec<u8>>) -> Answered {
    publish_at(app, "/events/batch", &[("content-type", BATCH)], body).await
}

const ATTRIBUTES: [(&str, &str); 4] =
    [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/orders"), ("ce-type", "com.example.created")];

fn with(content_type: &str) -> Vec<(&str, &str)> {
    ATTRIBUTES.into_iter().chain([("content-type", content_type)]).collect()
}

#[tokio::test]
async fn json_data_of_a_binary_event_is_delivered_byte_for_byte() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    let data = r#"{"b": 1e400, "a":0.10,"n":9007199254740993}"#;
    let published = publish(&app, &with("application/json"), data).await.expect(202).json();
    assert_eq!((&published["matched"], &published["duplicate"]), (&json!(1), &json!(false)));
    app.run_due().await;
    let [received] = &receiver.received()[..] else { panic!("one request") };
    let expected = format!(
        r#"{{"specversion":"1.0","id":"1","source":"/orders","type":"com.example.created","datacontenttype":"application/json","data":{data}}}"#
    );
    assert_eq!(str::from_utf8(&received.body).unwrap(), expected);
    assert!(!received.headers.iter().any(|(name, _)| name.starts_with("ce-")), "no CloudEvents headers go out");
}

#[tokio::test]
async fn other_data_of_a_binary_event_is_delivered_in_base64() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    publish(&app, &with("image/png"), b"\x89PNG".to_vec()).await.expect(202);
    app.run_due().await;
    let event: Value = serde_json::from_slice(&receiver.received()[0].body).unwrap();
    assert_eq!((&event["datacontenttype"], &event["data_base64"]), (&json!("image/png"), &json!("iVBORw==")));
    // As it is sent, it would be larger than an event may be.
    let large = publish(&app, &with("image/png"), vec![0x89; 200 * 1_024]).await.expect(413);
    assert_eq!(large.problem(), "body_too_large");
}

#[tokio::test]
async fn the_same_binary_event_is_a_duplicate_whatever_the_order_of_its_headers() {
    let app = TestApp::start().await;
    let mut headers = with("application/json");
    headers.extend([("ce-beta", "2"), ("ce-alpha", "1")]);
    let first = publish(&app, &headers, "{}").await.expect(202);
    headers.reverse();
    let again = publish(&app, &headers, "{}").await.expect(202);
    assert_eq!(
        (again.json()["id"].clone(), again.json()["duplicate"].clone()),
        (first.json()["id"].clone(), json!(true))
    );
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), (None, Some("true")));
    headers.push(("ce-gamma", "3"));
    assert_eq!(publish(&app, &headers, "{}").await.expect(409).problem(), "event_id_conflict");
}

#[tokio::test]
async fn what_is_no_binary_event_is_refused() {
    let app = TestApp::start().await;
    let without =
        |name: &str| with("application/json").into_iter().filter(|(known, _)| *known != name).collect::<Vec<_>>();
    for (headers, body, status, code) in [
        (without("ce-specversion"), "{}", 422, "ce_specversion"),
        (without("ce-id"), "{}", 422, "ce_missing_attribute"),
        ([with("text/plain"), vec![("ce-subject", "a%0Ab")]].concat(), "x", 422, "ce_invalid_attribute"),
        ([with("text/plain"), vec![("ce-time", "2025-07-08 18:01:19Z")]].concat(), "x", 422, "ce_invalid_time"),
        (with("application/json"), "{", 400, "json_syntax"),
        (with("application/json"), r#"1,"source":"x""#, 400, "json_syntax"),
        ([with("text/plain"), vec![("content-encoding", "gzip")]].concat(), "x", 415, "content_encoding_not_supported"),
    ] {
        assert_eq!(publish(&app, &headers, body).await.expect(status).problem(), code, "{headers:?}");
    }
    let large = publish(&app, &with("text/plain"), vec![b'x'; 256 * 1_024 + 1]).await.expect(413);
    assert_eq!(large.problem(), "body_too_large");
    let bare = publish(&app, &[("content-type", "text/plain")], "x").await.expect(415);
    assert_eq!(bare.problem(), "media_type_not_supported");
    assert!(bare.text.contains("headers such as ce-id"), "{}", bare.text);
}

#[tokio::test]
async fn each_event_of_a_batch_is_accepted_or_refused_on_its_own() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    let mut conflicting = event("S", "T", "1");
    conflicting["data"] = json!("other");
    let mut with_subject = event("S", "T", "4");
    with_subject["subject"] = json!("a\nb");
    let events = [
        event("S", "T", "1"),
        json!({"specversion": "1.0", "id": "2", "source": "S"}),
        event("S", "T", "1"),
        conflicting,
        json!(7),
        json!("HALF"),
        event("S", "T", "3"),
        with_subject,
    ];
    // Half a character, which serde would not write.
    let body = serde_json::to_string(&events).unwrap().replace("HALF", "\\ud800");
    let answer = batch_of(&app, body).await.expect(202);
    let items = answer.json();
    let items = items.as_array().unwrap();
    let statuses: Vec<_> = items.iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [202, 422, 202, 409, 422, 400, 202, 422]);
    assert_eq!((&items[0]["matched"], &items[0]["duplicate"]), (&json!(1), &json!(false)));
    assert_eq!((&items[2]["id"], &items[2]["duplicate"]), (&items[0]["id"], &json!(true)));
    let problems: Vec<_> = items.iter().filter_map(|item| item["problem"]["code"].as_str()).collect();
    let expected = [
        "ce_missing_attribute",
        "event_id_conflict",
        "event_not_object",
        "json_invalid_unicode",
        "ce_invalid_attribute",
    ];
    assert_eq!(problems, expected);
    assert_eq!(items[7]["problem"]["errors"][0]["pointer"], "/subject");
    assert_eq!(items[1]["problem"]["errors"][0]["pointer"], "/type");
    assert_eq!(items[1]["problem"]["request_id"].as_str(), answer.header("x-request-id"));
    assert_eq!(items[1].get("id"), None);
    app.run_due().await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn a_batch_has_at_most_a_hundred_events_and_a_mebibyte() {
    let app = TestApp::start().await;
    let events: Vec<_> = (0..101).map(|number| event("S", "T", &number.to_string())).collect();
    assert_eq!(batch(&app, &events).await.expect(413).problem(), "batch_too_large");
    assert_eq!(app.read("/events").await["items"], json!([]), "nothing of it was taken");
    assert_eq!(batch(&app, &events[..100]).await.expect(202).json().as_array().unwrap().len(), 100);
    assert_eq!(batch(&app, &[]).await.expect(202).json(), json!([]));

    let mut large = event("S", "T", "large");
    large["data"] = json!("x".repeat(300 * 1_024));
    let larger = [large.clone(), large.clone(), large.clone(), large.clone()];
    assert_eq!(batch(&app, &larger).await.expect(413).problem(), "batch_too_large");
    // What would be too large alone is too large here, and holds up none of the others.
    let items = batch(&app, &[large, event("S", "T", "small")]).await.expect(202).json();
    assert_eq!((&items[0]["status"], &items[0]["problem"]["code"]), (&json!(413), &json!("body_too_large")));
    assert_eq!(items[1]["status"], 202);
}

#[tokio::test]
async fn what_is_no_batch_is_refused() {
    let app = TestApp::start().await;
    for (body, status, code) in [("", 400, "body_missing"), ("[", 400, "json_syntax"), ("{}", 422, "event_not_object")]
    {
        assert_eq!(batch_of(&app, body).await.expect(status).problem(), code, "{body}");
    }
    let bytes = publish_at(&app, "/events/batch", &[("content-type", "text/plain")], "[]").await.expect(415);
    assert_eq!(bytes.header("accept-post"), Some("application/cloudevents-batch+json, application/json"));
    // Whoever sends several where one is read is told where they go.
    let several = publish(&app, &[("content-type", "application/json")], "[]").await.expect(422);
    assert!(several.text.contains("POST /api/v1/events/batch"), "{}", several.text);
}

#[tokio::test]
async fn a_batch_may_come_as_any_json_and_as_it_came_before_it_had_a_path_of_its_own() {
    let app = TestApp::start().await;
    let ids = |items: &Value| items.as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
    let events = [event("S", "T", "1"), event("S", "T", "2")];
    let body = Value::from(&events[..]).to_string();
    let json = [("content-type", "application/json")];
    let first = publish_at(&app, "/events/batch", &json, body.clone()).await.expect(202).json();
    // The document does not tell of it any more.
    let old = app.client.post(format!("{}/events", app.base)).header("content-type", BATCH).body(body);
    let old: Value = serde_json::from_str(&old.send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!((ids(&old), &old[0]["duplicate"], &old[1]["duplicate"]), (ids(&first), &json!(true), &json!(true)));
    assert_eq!(app.items("/events").await.len(), 2);
    // It is no event whose id is `batch`.
    assert_eq!(app.get("/events/batch").await.expect(400).problem(), "id_invalid");
}

/// What somebody sends first who comes from a sender with an envelope of its own.
#[tokio::test]
async fn what_has_no_attribute_at_all_is_told_in_one_sentence() {
    let app = TestApp::start().await;
    let bare = publish(&app, &[("content-type", "application/json")], r#"{"x":1}"#).await.expect(422);
    assert_eq!(bare.problem(), "ce_missing_attribute");
    let bare = bare.json();
    let told = bare["detail"].as_str().unwrap();
    assert!(
        ["ce-specversion", "ce-id", "ce-source", "ce-type", "\"data\""].iter().all(|name| told.contains(name)),
        "{told}"
    );
    assert_eq!((bare["errors"].as_array().unwrap().len(), &bare["errors"][0]["pointer"]), (1, &json!("")));
    assert!(!told.contains("  "), "{told}");
    // Where one is there, each that is missing is named.
    let one = publish(&app, &[("content-type", "application/json")], r#"{"id":"1"}"#).await.expect(422).json();
    assert_eq!(one["errors"].as_array().unwrap().len(), 3);
    let items = batch(&app, &[json!({"x": 1})]).await.expect(202).json();
    assert_eq!(items[0]["problem"]["detail"], told);
}
