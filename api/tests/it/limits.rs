//! How much a tenant may have, and how much may be done at once.

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{TestApp, id_of},
    receiver::Receiver,
};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use shared::Id;
use std::{iter, sync::mpsc};
use tokio::sync::oneshot;

on_both! {
    async fn a_tenant_has_so_many_webhooks_and_no_more(backend) {
        let database = TestDatabase::new(backend);
        let mut app = TestApp::start_with(|settings| {
            both::on(&database, settings);
            settings.webhooks_per_tenant = 3;
        })
        .await;
        let new = json!({"url": "https://example.com/hook", "secret": "dummysecret"});
        let at_once = join_all((0..8).map(|_| app.post("/webhooks", &new))).await;
        let (made, refused): (Vec<_>, Vec<_>) = at_once.into_iter().partition(|answered| answered.status == 201);
        assert_eq!((made.len(), app.items("/webhooks").await.len()), (3, 3));
        for answered in refused {
            assert_eq!(answered.expect(409).problem(), "limit_reached");
        }
        app.delete(&format!("/webhooks/{}", id_of(&made[0].json()))).await.expect(204);
        app.post("/webhooks", &new).await.expect(201);
        let refused = app.post("/webhooks", &new).await.expect(409).json();
        assert!(refused["detail"].as_str().unwrap().starts_with("There are at most 3 webhooks. "), "{refused}");
        app.client = app.platform().await;
        let other = app.make("/tenants", &json!({"name": "Other"})).await;
        let theirs = app.request(Method::POST, "/webhooks").header("hookwright-tenant", id_of(&other));
        app.send(theirs.header("content-type", "application/json").body(new.to_string())).await.expect(201);
    }
}

#[tokio::test]
async fn a_catalogue_has_a_thousand_types_and_no_more() {
    let app = TestApp::start().await;
    let rows = "WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < 999) \
                INSERT INTO event_types (tenant_id, source, type, description) \
                SELECT zeroblob(16), 'A', 'T' || n, '' FROM row";
    app.execute(rows).await;
    let new = |kind: &str| json!({"source": "A", "type": kind, "description": "new"});
    app.post("/event-types", &new("LAST")).await.expect(201);
    assert_eq!(app.post("/event-types", &new("MORE")).await.expect(409).problem(), "limit_reached");
    let put = async |kind: &str| app.send_json(Method::PUT, &format!("/event-types/A.{kind}"), &new(kind)).await;
    assert_eq!(put("MORE").await.expect(409).problem(), "limit_reached");
    put("T1").await.expect(200);
    app.delete("/event-types/A.LAST").await.expect(204);
    put("MORE").await.expect(201);
}

/// Otherwise the searches of one viewer could hold every connection.
#[tokio::test]
async fn searches_take_turns_and_nobody_else_waits_for_them() {
    let app = TestApp::start_with(|settings| settings.connections = 4).await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    let (store, (begun, begins), (end, ended)) = (app.app.store.clone(), oneshot::channel(), mpsc::channel::<()>());
    let search = tokio::spawn(async move {
        let hold = move |_: &mut _| {
            begun.send(()).unwrap();
            ended.recv().unwrap_err();
            Ok(())
        };
        store.search(hold).await
    });
    begins.await.unwrap();
    let window = json!({"from": "2025-07-08T00:00:00Z", "to": "2025-07-09T00:00:00Z", "dry_run": true}).to_string();
    let get = |path: &str| app.request(Method::GET, path);
    let count = |path: &str| {
        let request = app.request(Method::POST, &format!("/webhooks/{webhook}/{path}"));
        request.header("content-type", "application/json").body(window.clone())
    };
    // One that is nobody's may stand in payloads.
    let id = Id::floor(1);
    let searches = [
        get("/events?q=x"),
        get("/events?event_type=A.B"),
        get("/deliveries?q=x"),
        get(&format!("/events?q={id}")),
        get(&format!("/deliveries?q={id}")),
        get(&format!("/webhooks/{webhook}/deliveries?q=x")),
        get("/audit-log?q=x"),
        count("resend-failed"),
        count("send-missed"),
    ];
    let waiting = searches.map(|request| tokio::spawn(request.send()));
    for path in ["/events", "/deliveries", "/audit-log", "/webhooks"] {
        app.read(path).await;
    }
    assert!(waiting.iter().all(|search| !search.is_finished()));
    drop(end);
    search.await.unwrap().unwrap();
    for search in waiting {
        assert_eq!(search.await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test]
async fn few_look_at_urls_at_once() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let look = async |url: &str| app.post("/webhooks/preflight", &json!({"url": url})).await;
    // Each of another tenant.
    let mut tenants = (1..).map(Id::floor);
    let slots: Vec<_> = iter::from_fn(|| app.app.scout.slot(tenants.next()?)).collect();
    assert_eq!(slots.len(), 8);
    let refused = look(&receiver.url()).await.expect(429);
    assert_eq!((refused.problem().as_str(), refused.header("retry-after")), ("too_many_requests", Some("3")));
    assert_eq!(look("https://10.0.0.1/").await.expect(200).json()["url_ok"], false, "nothing is asked");
    drop(slots);
    assert_eq!(look(&receiver.url()).await.expect(200).json()["url_ok"], true);
}
