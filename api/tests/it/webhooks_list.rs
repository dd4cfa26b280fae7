//! The list of webhooks, and what is told of each beside its settings.

use crate::{
    harness::{TestApp, column, id_of},
    processes::until,
    receiver::{Answer, Receiver},
};
use serde_json::json;

#[tokio::test]
async fn webhooks_are_listed_newest_first_page_by_page() {
    let app = TestApp::start().await;
    for number in 0..5 {
        let new = json!({"url": format!("https://example.com/{number}"), "secret": "dummysecret"});
        app.post("/webhooks", &new).await.expect(201);
    }
    let (mut urls, mut next) = (Vec::new(), String::new());
    loop {
        let page = app.read(&format!("/webhooks?limit=2{next}")).await;
        urls.extend(column(page["items"].as_array().unwrap(), "url").into_iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(urls, [4, 3, 2, 1, 0].map(|number| json!(format!("https://example.com/{number}"))));
}

#[tokio::test]
async fn webhooks_are_found_by_a_part_of_their_url() {
    let app = TestApp::start().await;
    for path in ["orders", "or%C3%A1", "a_b", "axb"] {
        let new = json!({"url": format!("https://example.com/{path}"), "secret": "dummysecret"});
        app.post("/webhooks", &new).await.expect(201);
    }
    // `%` and `_` stand for themselves.
    for (search, found) in [("order", 1), ("example", 4), ("%25C3", 1), ("a_b", 1), ("%25", 1), ("x%25", 0), ("'", 0)] {
        assert_eq!(app.items(&format!("/webhooks?q={search}")).await.len(), found, "{search}");
    }
    let id = id_of(&app.items("/webhooks").await[0]);
    app.patch(&format!("/webhooks/{id}"), &json!({"status": "inactive"})).await.expect(200);
    for (query, found) in [("status=inactive", 1), ("status=active", 3), ("status=active&q=order", 1)] {
        assert_eq!(app.items(&format!("/webhooks?{query}")).await.len(), found, "{query}");
    }
    assert_eq!(app.get("/webhooks?status=failing").await.expect(422).problem(), "invalid_parameter");
}

#[tokio::test]
async fn webhooks_are_found_by_a_type_that_they_want() {
    let app = TestApp::start().await;
    let condition = json!([{"path": "/data/status", "operator": "is", "values": ["A.TWO"]}]);
    for (path, fields) in [
        ("one", json!({"events": {"mode": "selected", "types": ["A.ONE"], "conditions": condition}})),
        ("two", json!({"events": {"mode": "selected", "types": ["A.TWO"]}, "status": "inactive"})),
        ("all", json!({})),
    ] {
        let mut new = json!({"url": format!("https://example.com/{path}"), "secret": "dummysecret"});
        new.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        app.post("/webhooks", &new).await.expect(201);
    }
    let found = async |query: &str| {
        let items = app.items(&format!("/webhooks?{query}")).await;
        items
            .iter()
            .map(|item| item["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("event_type=A.ONE").await, ["all", "one"], "whatever its conditions");
    assert_eq!(found("event_type=A.TWO").await, ["all", "two"], "whether it is active or not");
    assert_eq!(found("event_type=A.TWO&status=active").await, ["all"]);
    assert_eq!(found("event_type=a.one").await, ["all"]);
    let page = app.read("/webhooks?event_type=A.ONE&limit=1").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(found(&format!("event_type=A.ONE&limit=1&cursor={cursor}")).await, ["one"]);
}

#[tokio::test]
async fn a_webhook_shows_how_its_last_day_went() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(200));
    receiver.answer(Answer::status(200));
    receiver.answer(Answer::status(200));
    receiver.answer(Answer::status(500));
    let id = app.webhook(&receiver).await;
    for number in 0..4 {
        app.publish("A", "B", &number.to_string()).await;
        app.run_due().await;
    }
    app.publish("A", "B", "waits").await;
    let day = json!({"delivered": 3, "failed": 1, "retrying": 1, "pending": 1, "success_rate": 0.75});
    assert_eq!(app.read(&format!("/webhooks/{id}")).await["last_24h"], day);
    assert_eq!(app.items("/webhooks").await[0]["last_24h"], day);
    app.clock.advance_seconds(86_401);
    let day = json!({"delivered": 0, "failed": 0, "retrying": 0, "pending": 0, "success_rate": null});
    // What took long to count is shown again for a while.
    until(async || {
        let shown = app.read(&format!("/webhooks/{id}")).await["last_24h"].clone();
        if shown == day { Ok(()) } else { Err(shown) }
    })
    .await;
}

#[tokio::test]
async fn a_webhook_shows_each_of_its_last_24_hours() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(200));
    receiver.answer(Answer::status(500));
    receiver.answer(Answer::status(200));
    let id = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    // The clock stands at 18:01; the current hour is the last one.
    for (number, seconds) in [0, 0, 3 * 3_600].into_iter().enumerate() {
        app.clock.advance_seconds(seconds);
        app.publish("A", "B", &number.to_string()).await;
        app.run_due().await;
    }
    let hourly = async || app.read(&format!("/webhooks/{id}")).await["hourly"].clone();
    let mut expected = vec![json!({"delivered": 0, "failed": 0}); 24];
    expected[20] = json!({"delivered": 1, "failed": 1});
    expected[23] = json!({"delivered": 1, "failed": 0});
    assert_eq!(hourly().await, json!(expected));
    // What is 24 hours old, but of an hour of the clock before, counts to the oldest hour.
    app.clock.advance_seconds(21 * 3_600 - 60);
    let mut expected = vec![json!({"delivered": 0, "failed": 0}); 24];
    expected[0] = json!({"delivered": 1, "failed": 1});
    expected[2] = json!({"delivered": 1, "failed": 0});
    // What took long to count is shown again for a while.
    until(async || {
        let shown = hourly().await;
        if shown == json!(expected) { Ok(()) } else { Err(shown) }
    })
    .await;
}

#[tokio::test]
async fn a_webhook_tells_how_much_of_the_catalogue_it_wants() {
    let app = TestApp::start().await;
    for kind in ["ONE", "TWO", "THREE"] {
        app.post("/event-types", &json!({"source": "A", "type": kind, "description": ""})).await.expect(201);
    }
    for (events, wanted, others) in [
        (json!({"mode": "all"}), 3, 0),
        (json!({"mode": "selected", "types": ["A.ONE", "A.THREE", "NOT.THERE"]}), 2, 1),
        (json!({"mode": "selected", "types": ["A.*", "NOT.THERE"]}), 3, 1),
        (json!({"mode": "selected", "types": ["NOT.THERE", "NOR.*"]}), 0, 2),
    ] {
        let new = json!({"url": "https://example.com/hook", "secret": "dummysecret", "events": events});
        let created = app.make("/webhooks", &new).await;
        assert_eq!(created["catalogue"], json!({"wanted": wanted, "all": 3, "others": others}), "{events}");
        let read = app.read(&format!("/webhooks/{}", id_of(&created))).await;
        assert_eq!(read, created);
        assert_eq!(app.items("/webhooks").await[0], created);
    }
}
