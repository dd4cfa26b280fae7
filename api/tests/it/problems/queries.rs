//! Query strings.

use super::Cases;
use crate::harness::{TestApp, id_of};
use serde_json::json;

#[tokio::test]
async fn query_strings_are_read_strictly() {
    let app = TestApp::start().await;
    for number in 0..3 {
        app.post("/webhooks", &json!({"url": format!("https://example.com/{number}"), "secret": "dummysecret"}))
            .await
            .expect(201);
    }
    for number in 0..3 {
        app.publish("A", "B", &number.to_string()).await;
    }
    let webhook = id_of(&app.items("/webhooks?limit=1").await[0]);
    let lists =
        ["/webhooks".to_owned(), "/events".into(), "/deliveries".into(), format!("/webhooks/{webhook}/deliveries")];
    let mut cases = Cases(vec![]);
    for list in &lists {
        for (name, query, status, code, pointer) in [
            ("B53", "limit=0", 422, "limit_out_of_range", Some("limit")),
            ("B53", "limit=-1", 422, "limit_out_of_range", Some("limit")),
            ("B53", "limit=101", 422, "limit_out_of_range", Some("limit")),
            ("B53", "limit=abc", 422, "limit_out_of_range", Some("limit")),
            ("B53", "limit=1e9", 422, "limit_out_of_range", Some("limit")),
            ("B53", "limit=1000000000", 422, "limit_out_of_range", Some("limit")),
            ("B54", "cursor=x", 400, "cursor_invalid", None),
            ("B54", "cursor=AZfqOcBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 400, "cursor_invalid", None),
            ("B56", "sort=asc", 400, "unknown_parameter", None),
            ("B56", "limit=1&limit=2", 422, "invalid_parameter", Some("limit")),
            ("B57", &format!("q={}", "x".repeat(201)), 422, "search_too_long", Some("q")),
            ("B57", &format!("q={}", "x".repeat(7_000)), 422, "search_too_long", Some("q")),
            ("B57", "q=a%00b", 422, "invalid_parameter", Some("q")),
            ("no value", "event_type=", 422, "invalid_parameter", Some("event_type")),
            ("several types", "event_type=A.*", 422, "invalid_parameter", Some("event_type")),
            ("no type", "event_type=A%20B", 422, "invalid_parameter", Some("event_type")),
        ] {
            let answer = app.get(&format!("{list}?{query}")).await;
            cases.check(&format!("{name} {list} {query:.40}"), &answer, (status, code, pointer));
        }
        for (query, found) in [
            ("q=%27%20OR%201%3D1--", 0),
            ("q=%25", 0),
            ("q=_", 0),
            ("q=%5C", 0),
            ("q=", 3),
            ("cursor=", 3),
            ("limit=100", 3),
        ] {
            // Three events to three webhooks.
            let found = if list == "/deliveries" { found * 3 } else { found };
            assert_eq!(app.items(&format!("{list}?{query}")).await.len(), found, "B57 {list} {query}");
        }
        if *list == lists[0] {
            continue;
        }
        for query in [
            "from=2025-07-09T00:00:00Z&to=2025-07-08T00:00:00Z",
            "from=yesterday",
            "to=2025-13-01T00:00:00Z",
            "to=262143-01-01T00:00:00Z",
        ] {
            let pointer = if query.starts_with("from") { "from" } else { "to" };
            cases.check(
                &format!("B55 {list} {query}"),
                &app.get(&format!("{list}?{query}")).await,
                (422, "date_range_invalid", Some(pointer)),
            );
        }
    }
    let cursor = app.read("/events?limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    for list in ["/deliveries", "/webhooks"] {
        let answer = app.get(&format!("{list}?cursor={cursor}")).await;
        cases.check(&format!("B54 of another list {list}"), &answer, (400, "cursor_invalid", None));
    }
    cases.check(
        "B54 other filters",
        &app.get(&format!("/events?q=x&cursor={cursor}")).await,
        (400, "cursor_invalid", None),
    );
    app.get(&format!("/events?limit=2&cursor={cursor}")).await.expect(200);
    // A window that ends now begins later on the next page.
    let first = app.read("/events?limit=1&from=2025-07-01T00:00:00Z").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = app.read(&format!("/events?limit=1&from=2025-07-01T00:00:09Z&cursor={cursor}")).await;
    assert_ne!(next["items"][0]["id"], first["items"][0]["id"]);
    for query in ["status=fine", "status=failed,", "failure=no", "status_code=99", "status_code=abc"] {
        let pointer = query.split('=').next();
        cases.check(query, &app.get(&format!("/deliveries?{query}")).await, (422, "invalid_parameter", pointer));
    }
}
