//! How the server stands in the web: frames, other origins, transport.

use crate::harness::TestApp;
use hookwright::app::brand::Brand;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn other_origins_read_nothing_unless_they_are_configured() {
    let app = TestApp::start().await;
    for origin in ["https://app.example.com", "null"] {
        let preflight = app
            .request(Method::OPTIONS, "/webhooks")
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        let answered = app.send(preflight).await;
        assert!(!answered.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{answered:?}");
        let answered = app.send(app.request(Method::GET, "/webhooks").header("origin", origin)).await.expect(200);
        assert_eq!(answered.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn a_configured_origin_may_call_with_a_key_and_never_with_a_cookie() {
    let ours = "https://app.example.com";
    let app = TestApp::start_with(move |settings| settings.web.cors_origins = vec![ours.to_owned()]).await;
    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    let preflight = |origin: &str| {
        plain
            .request(Method::OPTIONS, format!("{}/webhooks", app.base))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type")
    };
    let answered = app.send(preflight(ours)).await.expect(204);
    assert_eq!(answered.header("access-control-allow-origin"), Some(ours));
    assert_eq!(answered.header("access-control-allow-headers"), Some("*, authorization"));
    assert_eq!(answered.header("access-control-allow-credentials"), None);
    let other = app.send(preflight("https://evil.example")).await;
    assert_eq!(other.header("access-control-allow-origin"), None);
    let request = app.request(Method::GET, "/webhooks").header("origin", ours);
    let answered = app.send(request).await.expect(200);
    assert_eq!(answered.header("access-control-allow-origin"), Some(ours));
    assert_eq!(answered.header("vary"), Some("Origin"));
    let refused = app.request(Method::GET, &format!("/webhooks?q={}", "x".repeat(9_000))).header("origin", ours);
    let refused = app.send(refused).await.expect(414);
    assert_eq!(refused.header("access-control-allow-origin"), Some(ours), "also what nothing looks at can be read");
    // A page of theirs may write with a key that it has been given.
    let request = app.request(Method::DELETE, "/webhooks/01JZNK5ZQBNF623MB5KE64GNQB").header("origin", ours);
    app.send(request.header("sec-fetch-site", "cross-site")).await.expect(404);
}

#[tokio::test]
async fn only_configured_sites_may_show_the_portal_in_a_frame() {
    let policy = async |app: &TestApp, path: &str| {
        let answered = app.send(app.client.get(app.base.replace("/api/v1", path))).await;
        answered.header("content-security-policy").unwrap().to_owned()
    };
    let app = TestApp::start().await;
    assert!(policy(&app, "/webhooks").await.ends_with("; frame-ancestors 'none'"));
    let app = TestApp::start_with(|settings| {
        settings.web.embed_origins = vec!["https://app.example.com".into(), "https://other.example.com".into()];
    })
    .await;
    let portal = policy(&app, "/webhooks").await;
    assert!(portal.ends_with("; frame-ancestors https://app.example.com https://other.example.com"), "{portal}");
    assert!(policy(&app, "/api/docs/").await.ends_with("; frame-ancestors 'none'"));
}

#[tokio::test]
async fn a_platform_shows_the_portal_as_its_own() {
    const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.svg");
    std::fs::write(&file, PICTURE).unwrap();
    let brand = Brand {
        name: Some("ACME & Co".parse().unwrap()),
        logo: Some(file.to_str().unwrap().parse().unwrap()),
        return_url: Some("https://app.example.com/hooks".parse().unwrap()),
    };
    let app = TestApp::start_with(|settings| settings.web.brand = brand.clone()).await;
    let get = |path: &str| app.client.get(app.base.replace("/api/v1", path)).header("accept-encoding", "br, gzip");
    let page = app.send(get("/webhooks")).await.expect(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("content-encoding"), None);
    for told in [
        "<title>ACME &amp; Co</title>",
        "<meta name=\"return-url\" content=\"https://app.example.com/hooks\">",
        "<link rel=\"icon\" href=\"/logo.svg\">",
    ] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    let picture = app.send(get("/logo.svg")).await.expect(200);
    assert_eq!((picture.text.as_str(), picture.header("content-type")), (PICTURE, Some("image/svg+xml")));
    for (path, known) in [("/webhooks", &page), ("/logo.svg", &picture)] {
        let again = get(path).header("if-none-match", known.header("etag").unwrap());
        app.send(again).await.expect(304);
    }
    let plain = TestApp::start().await;
    plain.send(plain.client.get(plain.base.replace("/api/v1", "/logo.svg"))).await.expect(404);
}

#[tokio::test]
async fn a_portal_link_leads_to_the_page_that_it_names() {
    let app = TestApp::start().await;
    for page in ["/webhooks", "/webhooks/01JZNK5ZQBNF623MB5KE64GNQB/events", "/events?status=failed&q=a%20b", "/tools"]
    {
        let link = app.make("/portal-links", &json!({"role": "viewer", "page": page})).await;
        let (_, fragment) = link["url"].as_str().unwrap().split_once('#').unwrap();
        let (token, led) = fragment.split_at(fragment.find('/').unwrap());
        assert_eq!(led, page);
        app.post("/session/portal-link", &json!({"token": token})).await.expect(201);
    }
    for page in [
        "",
        "webhooks",
        "//example.com",
        "/webhooksx",
        "/access/operators",
        "https://example.com",
        "/events#x",
        "/events?q=a b",
        "/webhooks/../account",
        "/webhooks//x",
        "/webhooks/%2e%2e/x",
        "/webhooks\\x",
    ] {
        let refused = app.post("/portal-links", &json!({"role": "viewer", "page": page})).await.expect(422);
        assert_eq!(refused.json()["errors"][0]["pointer"], "/page", "{page:?}");
    }
}

#[tokio::test]
async fn behind_tls_browsers_shall_come_by_https_only() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/session").await.header("strict-transport-security"), None);
    let app = TestApp::start_with(|settings| {
        settings.web.public_url = Some("https://hooks.example.com".parse().unwrap());
    })
    .await;
    assert_eq!(app.get("/session").await.header("strict-transport-security"), Some("max-age=31536000"));
    let link = app.make("/portal-links", &json!({"role": "viewer"})).await;
    assert!(link["url"].as_str().unwrap().starts_with("https://hooks.example.com/open#"), "{link}");
}

#[tokio::test]
async fn methods_that_no_page_needs_are_refused() {
    let app = TestApp::start().await;
    for (method, path) in
        [("TRACE", "/webhooks"), ("CONNECT", "/webhooks"), ("TRACE", "/unknown"), ("PROPFIND", "/events")]
    {
        let answered = app.send(app.request(method.parse().unwrap(), path)).await;
        assert!(matches!(answered.status.as_u16(), 400 | 404 | 405), "{method} {path}: {}", answered.status);
    }
    let upgrade = app.request(Method::GET, "/webhooks").header("connection", "upgrade, http2-settings");
    let answered =
        app.send(upgrade.header("upgrade", "h2c").header("http2-settings", "AAMAAABkAAQCAAAAAAIAAAAA")).await;
    assert_eq!(answered.status, 200, "the upgrade is not taken, and the request is answered as it is");
}
