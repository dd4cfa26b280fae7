//! What the portal reports when it broke.

use crate::{
    harness::TestApp,
    processes::Process,
    sessions::{EMAIL, operator, plain, session},
};
use reqwest::Method;
use serde_json::{Value, json};

fn fault() -> Value {
    let message = "index out of bounds\nWARN forged";
    json!({"message": message, "location": "web/src/live.rs:80:9", "page": "/webhooks/:id", "build": "/web-1f.js"})
}

#[tokio::test]
async fn a_fault_of_the_portal_is_logged_once_with_the_request_that_told_it() {
    let folder = tempfile::tempdir().unwrap();
    let (server, base) = Process::serve(&folder.path().join("hookwright.db")).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("{base}/api/v1/client-errors")).header("content-type", "application/json");
    let answered = request.body(fault().to_string()).send().await.unwrap();
    assert_eq!(answered.status(), 204);
    let id = answered.headers()["x-request-id"].to_str().unwrap().to_owned();
    server.after("the portal broke in a browser says=\"index").await;
    let said = server.said();
    let lines: Vec<_> = said.lines().filter(|line| line.contains("the portal broke")).collect();
    assert_eq!(lines.len(), 1, "{said}");
    for part in ["WARN", &id, "web/src/live.rs:80:9", "/webhooks/:id", "/web-1f.js"] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    assert!(!said.lines().any(|line| line.starts_with("WARN forged")), "{said}");
}

#[tokio::test]
async fn a_fault_is_taken_with_a_session_and_without_but_not_from_another_site() {
    let app = TestApp::start().await;
    operator(&app, EMAIL, "viewer").await;
    let cookie = session(&app, EMAIL).await;
    let report = |headers: Vec<(&'static str, String)>| {
        let (app, body) = (&app, fault().to_string());
        async move {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            plain(app, Method::POST, "/client-errors", &headers, &body).await
        }
    };
    let same = || ("sec-fetch-site", "same-origin".to_owned());
    report(vec![]).await.expect(204);
    report(vec![same(), ("cookie", cookie)]).await.expect(204);
    report(vec![same(), ("cookie", "hookwright=ended".to_owned())]).await.expect(204);
    let cross = ("sec-fetch-site", "cross-site".to_owned());
    for headers in [vec![cross.clone()], vec![cross, ("authorization", "Bearer no key".to_owned())]] {
        assert_eq!(report(headers).await.expect(403).problem(), "csrf");
    }
}

#[tokio::test]
async fn nobody_fills_the_log() {
    let app = TestApp::start().await;
    let report = |body: String| {
        let app = &app;
        async move { plain(app, Method::POST, "/client-errors", &[], &body).await }
    };
    let mut long = fault();
    long["message"] = "x".repeat(9_000).into();
    assert_eq!(report(long.to_string()).await.expect(413).problem(), "body_too_large");
    assert_eq!(report(json!({"message": "m"}).to_string()).await.expect(422).problem(), "missing_field");
    for _ in 0..5 {
        report(fault().to_string()).await.expect(204);
    }
    let refused = report(fault().to_string()).await.expect(429);
    assert_eq!((refused.problem().as_str(), refused.header("retry-after")), ("too_many_requests", Some("60")));
    app.clock.advance_seconds(60);
    report(fault().to_string()).await.expect(204);
}
