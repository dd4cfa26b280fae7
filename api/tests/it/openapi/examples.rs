//! What the document shows to be sent is what the server takes.

use super::DOCUMENT;
use crate::{
    harness::{TestApp, id_of},
    receiver::{Answer, Receiver},
    sessions::{SAME_ORIGIN, cookie, plain},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeSet};

/// Those of which only a token of somebody's own would do, and what only the portal sends.
const WITHOUT: [&str; 3] = ["/client-errors", "/session/portal-link", "/set-up"];

fn example(method: &Method, template: &str, media_type: &str) -> &'static Value {
    let operation = &DOCUMENT["paths"][format!("/api/v1{template}")][method.as_str().to_lowercase()];
    &operation["requestBody"]["content"][media_type]["example"]
}

#[test]
fn every_request_with_a_body_has_an_example() {
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for (media_type, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                let none =
                    WITHOUT.contains(&path.trim_start_matches("/api/v1")) || media_type == "application/octet-stream";
                assert_eq!(content["example"].is_null(), none, "{method} {path} {media_type}");
            }
        }
    }
}

#[tokio::test]
async fn every_example_of_a_request_is_taken() {
    let mut app = TestApp::start().await;
    app.client = app.platform().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(503));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    app.publish("A", "B", "1").await;
    app.run_due().await;
    let delivery = id_of(&app.delivery(&webhook).await);

    let sent = RefCell::new(BTreeSet::new());
    let send = async |method: Method, template: &'static str, id: &str| {
        sent.borrow_mut().insert(format!("{method} {template}"));
        let body = example(&method, template, "application/json");
        let answer =
            app.send_json(method, &template.replace("{id}", id).replace("{name}", "ORDER.CREATED"), body).await;
        assert!(answer.status.is_success(), "{template}: {}", answer.text);
        answer.json()
    };
    for (method, template, id) in [
        (Method::POST, "/api-keys", ""),
        (Method::POST, "/event-types", ""),
        (Method::POST, "/portal-links", ""),
        (Method::POST, "/webhooks", ""),
        (Method::POST, "/webhooks/preflight", ""),
        (Method::POST, "/webhooks/{id}/rotate-secret", &webhook),
        (Method::POST, "/webhooks/{id}/send-missed", &webhook),
        (Method::POST, "/webhooks/{id}/resend-failed", &webhook),
        (Method::POST, "/webhooks/{id}/test", &webhook),
        (Method::PATCH, "/webhooks/{id}", &webhook),
        (Method::POST, "/deliveries/{id}/resend", &delivery),
        (Method::POST, "/events", ""),
        (Method::POST, "/events/batch", ""),
        (Method::PUT, "/event-types/{name}", ""),
    ] {
        send(method, template, id).await;
    }
    let tenant = id_of(&send(Method::POST, "/tenants", "").await);
    send(Method::PATCH, "/tenants/{id}", &tenant).await;
    send(Method::PUT, "/tenants/{id}", "customer-2").await;
    let media_type = "application/cloudevents+json";
    let body = example(&Method::POST, "/events", media_type).to_string();
    let request = app.request(Method::POST, "/events").header("content-type", media_type).body(body);
    app.send(request).await.expect(202);

    let operator = send(Method::POST, "/operators", "").await;
    let by_page = async |method: Method, path: &'static str, cookie: &str| {
        sent.borrow_mut().insert(format!("{method} {path}"));
        let body = example(&method, path, "application/json").to_string();
        plain(&app, method, path, &[("cookie", cookie), SAME_ORIGIN], &body).await
    };
    let session = cookie(&by_page(Method::POST, "/session", "").await.expect(201));
    let changed = by_page(Method::PUT, "/session/password", &session).await;
    assert!(changed.status.is_success(), "{}", changed.text);
    send(Method::PATCH, "/operators/{id}", &id_of(&operator)).await;

    let mut shown = BTreeSet::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if !operation["requestBody"]["content"]["application/json"]["example"].is_null() {
                shown.insert(format!("{} {}", method.to_uppercase(), path.trim_start_matches("/api/v1")));
            }
        }
    }
    assert_eq!(sent.into_inner(), shown);
}
