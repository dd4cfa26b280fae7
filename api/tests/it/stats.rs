//! `/stats`: success, failures and timing.

use crate::{
    harness::TestApp,
    processes::until,
    receiver::{Answer, Receiver},
};
use serde_json::{Value, json};

#[tokio::test]
async fn figures_count_by_time_by_type_and_by_failure() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    // 18:01: two fine; 19:01: one fine, one 500, one 404, one closed; 20:01: one waits.
    for (number, (kind, answer)) in [("FINE", 200), ("FINE", 200)].into_iter().enumerate() {
        receiver.answer_only(Answer::status(answer));
        app.publish("S", kind, &number.to_string()).await;
        app.run_due().await;
    }
    app.clock.advance_seconds(3_600);
    for (number, (kind, answer)) in [
        ("FINE", Answer::status(200)),
        ("BAD", Answer::status(500)),
        ("BAD", Answer::status(500)),
        ("BAD", Answer::status(404)),
        ("WORSE", Answer::Close),
    ]
    .into_iter()
    .enumerate()
    {
        receiver.answer_only(answer);
        app.publish("S", kind, &format!("later {number}")).await;
        app.run_due().await;
    }
    app.clock.advance_seconds(3_600);
    app.publish("S", "FINE", "waits").await;

    let stats = app.read(&format!("/webhooks/{webhook}/stats")).await;
    assert_eq!(stats["period"], "24h");
    assert_eq!(
        (&stats["from"], &stats["to"]),
        (&json!("2025-07-07T20:01:20.000000Z"), &json!("2025-07-08T20:01:20.000000Z"))
    );
    assert_eq!(
        stats["counts"],
        json!({"delivered": 3, "failed": 4, "retrying": 0, "pending": 1, "success_rate": 3.0 / 7.0})
    );
    assert_eq!(
        stats["failures"],
        json!([
            {"failure": "http_status", "status_code": 500, "count": 2},
            {"failure": "reset", "status_code": null, "count": 1},
            {"failure": "http_status", "status_code": 404, "count": 1},
        ])
    );
    let types: Vec<_> = stats["types"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (row["event_type"].as_str().unwrap(), row["delivered"].as_u64().unwrap(), row["failed"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(types, [("S.BAD", 0, 3), ("S.FINE", 3, 0), ("S.WORSE", 0, 1)]);
    let buckets = stats["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), 24);
    assert_eq!(buckets[0]["from"], stats["from"]);
    let filled: Vec<_> = (0..).zip(buckets).filter(|(_, bucket)| bucket["p50_us"].is_u64()).collect();
    let counted: Vec<_> = filled.iter().map(|(at, bucket)| (*at, &bucket["delivered"], &bucket["failed"])).collect();
    assert_eq!(counted, [(22, &json!(2), &json!(0)), (23, &json!(1), &json!(4))]);
    let percentile = |name: &str| stats[name].as_u64().unwrap();
    assert!(0 < percentile("p50_us") && percentile("p50_us") <= percentile("p95_us"));
    assert!(percentile("p95_us") <= percentile("p99_us"));
}

#[tokio::test]
async fn each_period_has_its_buckets() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    app.publish_example().await;
    app.run_due().await;
    app.clock.advance_seconds(2 * 86_400);
    for (period, buckets, seconds, delivered) in
        [("1h", 60, 60, 0), ("24h", 24, 3_600, 0), ("7d", 28, 21_600, 1), ("30d", 30, 86_400, 1)]
    {
        let stats = app.read(&format!("/stats?period={period}")).await;
        assert_eq!(stats["period"], period);
        let rows = stats["buckets"].as_array().unwrap();
        assert_eq!(rows.len(), buckets, "{period}");
        let at = |value: &Value| value.as_str().unwrap().parse::<shared::Timestamp>().unwrap().as_micros();
        assert_eq!(at(&rows[1]["from"]) - at(&rows[0]["from"]), seconds * 1_000_000, "{period}");
        assert_eq!(stats["counts"]["delivered"], delivered, "{period}");
        assert_eq!(rows.iter().map(|row| row["delivered"].as_u64().unwrap()).sum::<u64>(), delivered, "{period}");
    }
}

#[tokio::test]
async fn a_webhook_has_figures_of_its_own_and_all_together_have_theirs() {
    let mut app = TestApp::start().await;
    let (good, bad) = (Receiver::start().await, Receiver::start().await);
    bad.answer(Answer::status(500));
    let good = (app.webhook(&good).await, good);
    let bad = (app.webhook(&bad).await, bad);
    app.publish_example().await;
    app.run_due().await;
    let rate = async |path: String| app.read(&path).await["counts"]["success_rate"].clone();
    assert_eq!(rate(format!("/webhooks/{}/stats", good.0)).await, 1.0);
    assert_eq!(rate(format!("/webhooks/{}/stats", bad.0)).await, 0.0);
    assert_eq!(rate("/stats".into()).await, 0.5);
}

#[tokio::test]
async fn all_together_tell_which_webhooks_fail_most() {
    let mut app = TestApp::start().await;
    let (fine, retried, failed, idle) =
        (Receiver::start().await, Receiver::start().await, Receiver::start().await, Receiver::start().await);
    for receiver in [&retried, &failed] {
        receiver.answer(Answer::status(500));
    }
    let fine = app.webhook_with(&fine, json!({"description": "Billing"})).await;
    let retried = app.webhook_with(&retried, json!({"retry_schedule": [3_600]})).await;
    let failed = app.webhook_with(&failed, json!({"retry_schedule": []})).await;
    // What nothing was sent to has nothing to tell.
    let idle = app.webhook_with(&idle, json!({"events": {"mode": "selected", "types": ["S.OTHER"]}})).await;
    app.publish("S", "T", "1").await;
    app.run_due().await;
    app.patch(&format!("/webhooks/{retried}"), &json!({"status": "inactive"})).await.expect(200);
    app.publish("S", "T", "2").await;
    app.run_due().await;
    let told = async || {
        let stats = app.read("/stats").await;
        let rows = stats["webhooks"].as_array().unwrap().clone();
        let told = |row: &Value| {
            let counts = [&row["delivered"], &row["failed"], &row["retrying"]].map(|count| count.as_u64().unwrap());
            (row["id"].as_str().unwrap().to_owned(), counts)
        };
        (rows.iter().map(told).collect::<Vec<_>>(), rows)
    };
    let (counted, rows) = told().await;
    assert_eq!(counted, [(failed.clone(), [0, 2, 0]), (retried.clone(), [0, 1, 1]), (fine.clone(), [2, 0, 0])]);
    let webhook = app.read(&format!("/webhooks/{fine}")).await;
    assert_eq!((&rows[2]["url"], &rows[2]["description"]), (&webhook["url"], &json!("Billing")));
    assert_eq!(rows[2].as_object().unwrap().len(), 6, "nothing that is secret");
    assert!(!rows.iter().any(|row| row["id"] == *idle));
    // One of them is told of by its own figures already.
    assert_eq!(app.read(&format!("/webhooks/{failed}/stats")).await["webhooks"], json!([]));
    // Nobody can go to one that was deleted.
    app.delete(&format!("/webhooks/{failed}")).await.expect(204);
    // What took long to count is shown again for a while.
    until(async || {
        let counted = told().await.0;
        let expected = [(retried.clone(), [0, 1, 1]), (fine.clone(), [2, 0, 0])];
        if counted == expected { Ok(()) } else { Err(format!("{counted:?}")) }
    })
    .await;
}

#[tokio::test]
async fn ten_webhooks_are_told_of_at_most() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    for _ in 0..11 {
        app.webhook(&receiver).await;
    }
    let bad = Receiver::start().await;
    bad.answer(Answer::status(500));
    let bad = (app.webhook(&bad).await, bad);
    app.publish_example().await;
    app.run_due().await;
    let stats = app.read("/stats").await;
    assert_eq!((&stats["counts"]["delivered"], &stats["webhooks"][0]["id"]), (&json!(11), &json!(bad.0)));
    assert_eq!(stats["webhooks"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_bucket_tells_what_is_retried_apart_from_what_has_failed() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(500));
    app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    app.webhook_with(&receiver, json!({"retry_schedule": [3_600]})).await;
    app.publish_example().await;
    app.run_due().await;
    app.clock.advance_seconds(1);
    let last = app.read("/stats").await["buckets"].as_array().unwrap().last().unwrap().clone();
    assert_eq!([&last["delivered"], &last["failed"], &last["retrying"]], [&json!(0), &json!(2), &json!(1)]);
}

#[tokio::test]
async fn where_nothing_happened_the_figures_are_empty() {
    let app = TestApp::start().await;
    let stats = app.read("/stats").await;
    assert_eq!(
        stats["counts"],
        json!({"delivered": 0, "failed": 0, "retrying": 0, "pending": 0, "success_rate": null})
    );
    assert_eq!((&stats["p50_us"], &stats["failures"], &stats["types"]), (&Value::Null, &json!([]), &json!([])));
    assert_eq!(stats["webhooks"], json!([]));
    assert_eq!(stats["buckets"].as_array().unwrap().len(), 24);
    let unknown = app.get("/webhooks/01JZNK5ZQBNF623MB5KE64GNQB/stats").await.expect(404);
    assert_eq!(unknown.problem(), "not_found");
    assert_eq!(app.get("/stats?period=2h").await.expect(422).problem(), "invalid_parameter");
}

#[tokio::test]
async fn statistics_count_deliveries_by_the_hour_of_the_day() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let deleted = app.webhook(&receiver).await;
    app.webhook(&receiver).await;
    app.webhook(&receiver).await;
    app.publish("S", "T", "1").await;
    app.publish("S", "T", "2").await;
    // What was cancelled does not count, here as elsewhere.
    app.delete(&format!("/webhooks/{deleted}")).await.expect(204);
    app.clock.advance_seconds(7 * 3_600);
    app.publish("S", "T", "3").await;
    let by_hour = app.read("/stats").await["by_hour"].clone();
    // The clock stood at 18:01 and then at 01:01 UTC.
    let mut expected = [0; 24];
    (expected[18], expected[1]) = (4, 2);
    assert_eq!(by_hour, json!(expected));
}
