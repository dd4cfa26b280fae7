//! Addresses and methods that lead nowhere, and resends that cannot be.

use super::Cases;
use crate::{
    harness::{TestApp, event, id_of},
    receiver::Receiver,
};
use reqwest::Method;
use serde_json::json;

/// An id that is one, but of nothing.
const NO_ID: &str = "01JZNK5ZQBNF623MB5KE64GNQB";

#[tokio::test]
async fn addresses_that_lead_nowhere_are_problems_too() {
    let app = TestApp::start().await;
    let mut cases = Cases(vec![]);
    for path in [
        "/webhooks/x",
        "/deliveries/x",
        "/events/x",
        "/webhooks/x/deliveries",
        "/webhooks/x/stats",
        "/events/81JZNK5ZQBNF623MB5KE64GNQB",
    ] {
        cases.check(&format!("B45 {path}"), &app.get(path).await, (400, "id_invalid", None));
    }
    // An id that a delivery of this moment could have.
    let id = app.app.ids.next(app.clock.now()).to_string();
    let mut bodies = Vec::new();
    for path in ["/webhooks", "/deliveries", "/events"] {
        let answer = app.get(&format!("{path}/{id}")).await;
        cases.check(&format!("B46 {path}"), &answer, (404, "not_found", None));
        bodies.push(answer.json()["detail"].clone());
    }
    assert!(bodies.iter().all(|detail| *detail == bodies[0]), "{bodies:?}");
    cases.check("B46", &app.post(&format!("/deliveries/{id}/resend"), &json!({})).await, (404, "not_found", None));
    for (method, path, allowed) in [
        (Method::PUT, "/webhooks", "GET, HEAD, POST"),
        (Method::DELETE, "/events", "GET, HEAD, POST"),
        (Method::POST, &format!("/webhooks/{NO_ID}"), "GET, HEAD, DELETE, PATCH"),
        (Method::GET, &format!("/deliveries/{NO_ID}/resend"), "POST"),
        (Method::POST, "/stats", "GET, HEAD"),
        (Method::TRACE, "/webhooks", "GET, HEAD, POST"),
    ] {
        let answer = app.send(app.request(method.clone(), path)).await;
        cases.check(&format!("B65 {method} {path}"), &answer, (405, "method_not_allowed", None));
        assert_eq!(answer.header("allow"), Some(allowed), "{path}");
    }
    for path in ["/unknown", "/webhooks/", "/", "/webhooks/../../etc/passwd", "/openapi.json/x"] {
        cases.check(&format!("B65 {path}"), &app.get(path).await, (404, "not_found", None));
    }
    let root = app.base.replace("/api/v1", "/api/v2/webhooks");
    cases.check("B65", &app.send(app.client.get(root)).await, (404, "not_found", None));
    let accept = app.send(app.request(Method::GET, "/webhooks").header("accept", "text/html")).await.expect(200);
    assert_eq!(accept.header("content-type"), Some("application/json"), "B67: JSON anyway");
}

#[tokio::test]
async fn a_resend_says_why_it_cannot_be() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish_bytes(event("A", "B", "1").to_string()).await.expect(202);
    let mut cases = Cases(vec![]);
    // The other reasons stand in resend.rs and retention.rs.
    cases.check("B49", &app.resend(&webhook).await, (409, "delivery_in_progress", None));
    let id = id_of(&app.delivery(&webhook).await);
    let path = format!("/deliveries/{id}/resend");
    let wrong = app.post(&path, &json!({"headers": "new"})).await;
    cases.check("a mode that is none", &wrong, (422, "wrong_type", Some("/headers")));
    cases.check(
        "a typo",
        &app.post(&path, &json!({"header": "current"})).await,
        (422, "unknown_field", Some("/header")),
    );
    app.delete(&format!("/webhooks/{webhook}")).await.expect(204);
    cases.check("B50", &app.post(&path, &json!({})).await, (410, "webhook_deleted", None));
}
