//! `/healthz`, `/readyz`, and what every answer carries.

use crate::harness::TestApp;

#[tokio::test]
async fn the_server_says_that_it_lives_and_can_work() {
    let app = TestApp::start().await;
    for (path, says) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = app.send(app.client.get(app.base.replace("/api/v1", path))).await.expect(200);
        assert_eq!(answer.text, says);
    }
    let wrong = app.send(app.client.delete(app.base.replace("/api/v1", "/healthz"))).await.expect(405);
    assert_eq!((wrong.problem(), wrong.header("allow")), ("method_not_allowed".into(), Some("GET, HEAD")));
    // Some monitors look at the head only.
    for path in ["/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/api/docs/problems"] {
        let answer = app.send(app.client.head(app.base.replace("/api/v1", path))).await.expect(200);
        assert_eq!(answer.text, "");
    }
}

#[tokio::test]
async fn a_path_that_is_meant_for_a_program_gets_no_page() {
    let app = TestApp::start().await;
    for path in [
        "//api/v1/webhooks",
        "/API/v1/webhooks",
        "/api%2Fv1%2Fwebhooks",
        "/%61pi/v1/webhooks",
        "/v1/events",
        "/healthz/",
        "/readyz/",
        "/metrics/",
    ] {
        let url = app.base.replace("/api/v1", path);
        assert_eq!(app.send(app.client.get(&url)).await.expect(404).problem(), "not_found", "{path}");
        assert_eq!(app.send(app.client.post(&url)).await.expect(404).problem(), "not_found", "{path}");
    }
    app.send(app.client.get(app.base.replace("/api/v1", "/webhooks"))).await.expect(200);
}

#[tokio::test]
async fn every_answer_is_held_to_this_origin_and_has_a_request_id() {
    let app = TestApp::start().await;
    let mut ids = std::collections::BTreeSet::new();
    for path in ["/api/v1/webhooks", "/api/v1/unknown", "/api/docs/", "/healthz", "/no/such/file.js"] {
        let answer = app.send(app.client.get(app.base.replace("/api/v1", path))).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'none'"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(answer.header("cache-control") == Some("no-store"), path.starts_with("/api/v1/"), "{path}");
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
    }
    assert_eq!(ids.len(), 5, "{ids:?}");
}
