//! No body is taken that is of another shape than the document says.

use super::{DOCUMENT, resolved};
use crate::harness::TestApp;
use reqwest::Method;
use serde_json::{Value, json};

/// The kinds of JSON that a schema allows: also those behind references and choices.
pub(super) fn kinds(schema: &'static Value) -> Vec<&'static str> {
    let schema = resolved(schema);
    let either = ["oneOf", "anyOf", "allOf"].iter().filter_map(|of| schema[of].as_array()).flatten().flat_map(kinds);
    let named = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect::<Vec<_>>(),
    };
    either.chain(named).collect()
}

/// Where objects stand inside a body: each as the pointer that leads there, and a body that has nothing but an array in its place.
fn nested(schema: &'static Value) -> Vec<(String, Value)> {
    let schema = resolved(schema);
    let either = ["oneOf", "anyOf", "allOf"].iter().filter_map(|of| schema[of].as_array()).flatten().flat_map(nested);
    let mut found: Vec<_> = either.collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let inside = [(String::new(), json!([null]))].into_iter().filter(|_| kinds(property).contains(&"object"));
        for (pointer, value) in inside.chain(nested(property)) {
            found.push((format!("/{name}{pointer}"), json!({name: value})));
        }
    }
    if schema["items"].is_object() {
        let inside =
            [(String::new(), json!([null]))].into_iter().filter(|_| kinds(&schema["items"]).contains(&"object"));
        for (pointer, value) in inside.chain(nested(&schema["items"])) {
            found.push((format!("/0{pointer}"), json!([value])));
        }
    }
    found
}

/// The order of a struct's members is no part of the API.
#[tokio::test]
async fn no_object_of_a_body_is_taken_as_an_array() {
    let mut app = TestApp::start().await;
    app.client = app.platform().await;
    let mut sent = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let url = path.strip_prefix("/api/v1").unwrap();
        // What an event holds is not looked into.
        if url.starts_with("/events") {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let filled = url.replace("{id}", "01JZNK5ZQBNF623MB5KE64GNQB").replace("{name}", "no.type");
            for (pointer, body) in nested(&operation["requestBody"]["content"]["application/json"]["schema"]) {
                let answer = app.send_json(method.clone(), &filled, &body).await.expect(422);
                let problem = answer.json();
                let [error] = &problem["errors"].as_array().unwrap()[..] else { panic!("{}", answer.text) };
                let told = error["detail"].as_str().unwrap();
                assert_eq!(
                    (&error["pointer"], &error["code"]),
                    (&json!(pointer), &json!("wrong_type")),
                    "{method} {url} {body}"
                );
                assert!(told.contains("an object"), "{method} {url} {body}: {told}");
                sent.push(format!("{method} {url} {pointer}"));
            }
        }
    }
    for known in [
        "POST /webhooks /authentication",
        "POST /webhooks /events",
        "POST /webhooks /events/conditions/0",
        "POST /webhooks /headers/0",
        "PATCH /webhooks/{id} /authentication",
        "PATCH /webhooks/{id} /events",
        "PATCH /webhooks/{id} /events/conditions/0",
        "PATCH /webhooks/{id} /headers/0",
    ] {
        assert!(sent.iter().any(|sent| sent == known), "{known}: {sent:?}");
    }
}

/// What was taken once, and what somebody would write by mistake.
#[tokio::test]
async fn an_array_in_the_place_of_an_object_is_told_as_such() {
    let app = TestApp::start().await;
    for (name, value, pointer) in [
        ("events", json!(["selected", ["A.B"]]), "/events"),
        ("events", json!(["A.B"]), "/events"),
        ("authentication", json!(["none"]), "/authentication"),
        ("headers", json!([["X-A", "b"]]), "/headers/0"),
        (
            "events",
            json!({"mode": "selected", "types": ["A.B"], "conditions": [["/data/a", "is", ["x"]]]}),
            "/events/conditions/0",
        ),
    ] {
        let answer = app.post("/webhooks", &json!({"url": "https://example.com", name: value})).await.expect(422);
        let problem = answer.json();
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["code"], &problem["detail"]),
            (&json!(pointer), &json!("wrong_type"), &json!("Expected: an object.")),
            "{value}"
        );
    }
    // What stands twice inside one is still found.
    let twice = r#"{"url":"https://example.com","events":{"mode":"all","mode":"all"}}"#;
    let request = app.request(Method::POST, "/webhooks").header("content-type", "application/json").body(twice);
    assert_eq!(app.send(request).await.expect(400).problem(), "json_duplicate_key");
}
