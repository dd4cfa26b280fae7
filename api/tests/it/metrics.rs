//! What `/metrics` shows.

use crate::{
    both,
    database::{Backend, TestDatabase, on_both, without_postgres},
    harness::{TestApp, api_key, client},
    processes::until,
    receiver::{Answer, Receiver},
};
use diesel::{Connection as _, PgConnection, connection::SimpleConnection as _};
use hookwright::store::DEFAULT_TENANT;
use serde_json::json;
use shared::Role;

pub(crate) async fn metrics(app: &TestApp) -> String {
    let url = app.base.replace("/api/v1", "/metrics");
    let answer = app.send(app.client.get(url)).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    answer.text
}

/// The value of that line.
#[track_caller]
fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is missing in\n{metrics}")).parse().unwrap()
}

#[tokio::test]
async fn what_happened_is_counted_without_naming_anybody() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(200));
    receiver.answer(Answer::status(500));
    let webhook = app.webhook_with(&receiver, json!({"secret": "canary-secret"})).await;
    app.publish("A", "B", "1").await;
    app.run_due().await;
    app.publish("A", "B", "2").await;
    app.run_due().await;
    app.publish("A", "B", "2").await;
    app.clock.advance_seconds(30);
    let shown = metrics(&app).await;
    for (name, expected) in [
        ("hookwright_events_total{result=\"recorded\"}", 2.0),
        ("hookwright_events_total{result=\"duplicate\"}", 1.0),
        ("hookwright_deliveries_total{place=\"memory\"}", 2.0),
        ("hookwright_attempts_delivered_total", 1.0),
        ("hookwright_attempts_failed_total{failure=\"http_status\"}", 1.0),
        ("hookwright_attempt_seconds_count{phase=\"total\"}", 2.0),
        ("hookwright_attempt_seconds_count{phase=\"wait\"}", 2.0),
        ("hookwright_http_requests_total{status=\"202\"}", 3.0),
        ("hookwright_http_requests_total{status=\"201\"}", 1.0),
        ("hookwright_deliveries_due", 1.0),
        ("hookwright_attempts_in_flight", 0.0),
        ("hookwright_lanes", 0.0),
        ("hookwright_writes_waiting", 0.0),
    ] {
        assert_eq!(value(&shown, name), expected, "{name}");
    }
    assert!(value(&shown, "hookwright_commit_batch_size_count") >= 5.0);
    let age = value(&shown, "hookwright_oldest_due_age_seconds");
    assert!((24.0..=25.0).contains(&age), "due five to six seconds after the failure: {age}");
    for secret in ["canary", &webhook, "127.0.0.1", "default"] {
        assert!(!shown.contains(secret), "{secret} stands in\n{shown}");
    }
    app.patch(&format!("/webhooks/{webhook}"), &json!({"status": "inactive"})).await.expect(200);
    app.clock.advance_seconds(30);
    let due = value(&metrics(&app).await, "hookwright_deliveries_due");
    assert_eq!(due, 0.0, "what waits for an inactive webhook is nothing to be done");
}

on_both! {
    async fn figures_tell_of_which_version_they_are_and_on_which_database(backend) {
        let database = TestDatabase::new(backend);
        let shown = metrics(&both::start(&database).await).await;
        let kind = if backend == Backend::Sqlite { "sqlite" } else { "postgresql" };
        let version = env!("CARGO_PKG_VERSION");
        let name = format!("hookwright_build_info{{version=\"{version}\",database=\"{kind}\"}}");
        assert_eq!(value(&shown, &name), 1.0);
        assert!(shown.contains("# HELP hookwright_build The version of this program"), "{shown}");
    }
}

#[tokio::test]
async fn what_wakes_somebody_is_counted() {
    let mut app = TestApp::start().await;
    let (well, broken) = (Receiver::start().await, Receiver::start().await);
    broken.answer_only(Answer::status(500));
    app.webhook(&well).await;
    let failing = app.webhook_with(&broken, json!({"retry_schedule": []})).await;
    let inactive = app.webhook_with(&broken, json!({"events": {"mode": "selected", "types": ["C.D"]}})).await;
    app.patch(&format!("/webhooks/{inactive}"), &json!({"status": "inactive"})).await.expect(200);
    for id in ["1", "2", "3"] {
        app.publish("A", "B", id).await;
    }
    app.run_due().await;
    // A test has one attempt only, and somebody looks at what became of it.
    app.post(&format!("/webhooks/{failing}/test"), &json!({})).await.expect(202);
    app.run_due().await;
    app.publish_bytes("{}").await.expect(422);
    let shown = metrics(&app).await;
    for (name, expected) in [
        ("hookwright_deliveries_exhausted_total", 3.0),
        ("hookwright_attempts_failed_total{failure=\"http_status\"}", 4.0),
        ("hookwright_publish_seconds_count", 3.0),
        ("hookwright_webhooks{state=\"active\"}", 1.0),
        ("hookwright_webhooks{state=\"failing\"}", 1.0),
        ("hookwright_webhooks{state=\"inactive\"}", 1.0),
    ] {
        assert_eq!(value(&shown, name), expected, "{name}");
    }
    assert!(value(&shown, "hookwright_publish_seconds_sum") > 0.0);
    app.delete(&format!("/webhooks/{failing}")).await.expect(204);
    app.clock.advance_seconds(1);
    assert_eq!(value(&metrics(&app).await, "hookwright_webhooks{state=\"failing\"}"), 0.0);
}

on_both! {
    async fn figures_tell_how_large_the_database_is_and_a_file_what_its_disk_has_left(backend) {
        let database = TestDatabase::new(backend);
        let shown = metrics(&both::start(&database).await).await;
        assert!(value(&shown, "hookwright_database_bytes") > 10_000.0, "{shown}");
        // Of a server's disk nothing is known, and 0 would wake somebody.
        assert_eq!(shown.contains("\nhookwright_disk_free_bytes "), backend == Backend::Sqlite, "{shown}");
        if backend == Backend::Sqlite {
            assert!(value(&shown, "hookwright_disk_free_bytes") > 1_000_000.0, "{shown}");
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn figures_tell_of_the_process_by_the_names_that_dashboards_know() {
    let app = TestApp::start().await;
    let shown = metrics(&app).await;
    assert_eq!(value(&shown, "process_start_time_seconds"), 1_751_997_680.0);
    assert!(value(&shown, "process_resident_memory_bytes") > 1_000_000.0, "{shown}");
    assert!(value(&shown, "process_open_fds") > 5.0, "{shown}");
    assert_eq!(shown.matches("# EOF").count(), 1);
    assert!(shown.ends_with("# EOF\n"), "{shown}");
}

#[tokio::test]
async fn a_forgotten_transaction_of_postgresql_shows() {
    if without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let app = both::start(&database).await;
    let mut forgotten = PgConnection::establish(&database.text()).unwrap();
    forgotten.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM deliveries").unwrap();
    let age = value(&metrics(&app).await, "hookwright_oldest_transaction_age_seconds");
    assert!(age > 0.0, "{age}");
}

#[tokio::test]
async fn a_database_that_is_away_shows() {
    if without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let app = both::start(&database).await;
    let nobody = reqwest::Client::builder().no_proxy().build().unwrap();
    let up = async || {
        app.clock.advance_seconds(1);
        let figures = app.send(nobody.get(app.base.replace("/api/v1", "/metrics"))).await.expect(200);
        value(&figures.text, "hookwright_database_up")
    };
    assert_eq!(up().await, 1.0);
    let away = database.away();
    assert_eq!(up().await, 0.0);
    drop(away);
    // Probes give way until the node holds its lock again.
    until(async || match up().await {
        1.0 => Ok(()),
        up => Err(format!("up: {up}")),
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_differs_from_that_of_postgresql_shows() {
    if without_postgres() {
        return;
    }
    // The tests' clock stands in the past.
    let app = both::start(&TestDatabase::new(Backend::Postgres)).await;
    let skew = value(&metrics(&app).await, "hookwright_clock_skew_seconds");
    assert!(skew < -86_400.0, "{skew}");
}

#[tokio::test]
async fn figures_are_for_this_machine_and_for_keys_of_the_platform() {
    let app = TestApp::start().await;
    let url = app.base.replace("/api/v1", "/metrics");
    let nobody = reqwest::Client::builder().no_proxy().build().unwrap();
    app.send(nobody.get(&url)).await.expect(200);
    // As a proxy on this machine passes it on.
    for (name, value) in [
        ("x-forwarded-for", "203.0.113.7"),
        ("forwarded", "for=203.0.113.7"),
        ("x-real-ip", "203.0.113.7"),
        ("via", "1.1 proxy"),
        ("host", "hooks.example.com"),
        ("host", "203.0.113.1:8080"),
    ] {
        let refused = app.send(nobody.get(&url).header(name, value)).await.expect(401);
        assert_eq!(
            (refused.problem(), refused.header("www-authenticate").is_some()),
            ("unauthenticated".into(), true),
            "{name}: {value}"
        );
    }
    // Not every proxy tells what it passes on.
    let public = TestApp::start_with(|settings| {
        settings.web.public_url = Some("https://hooks.example.com".parse().unwrap());
    });
    let public = public.await;
    public.send(nobody.get(public.base.replace("/api/v1", "/metrics"))).await.expect(401);
    for (role, platform, status) in
        [(Role::Admin, false, 403), (Role::Publisher, true, 403), (Role::Viewer, true, 200), (Role::Admin, true, 200)]
    {
        let key = api_key(&app.app, DEFAULT_TENANT, role, platform).await;
        app.send(client(&key).get(&url).header("x-forwarded-for", "203.0.113.7")).await.expect(status);
    }
}

#[tokio::test]
async fn every_figure_that_the_documents_name_is_there() {
    let app = TestApp::start().await;
    let shown = metrics(&app).await;
    let document = include_str!("../../../docs/operating.md");
    let words = document.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let named: Vec<_> = words.filter(|word| word.starts_with("hookwright_") || word.starts_with("process_")).collect();
    assert!(named.len() > 5);
    let missing: Vec<_> = named.into_iter().filter(|name| !shown.contains(&format!("\n{name}"))).collect();
    assert!(missing.is_empty(), "{missing:?} in\n{shown}");
}

#[tokio::test]
async fn a_server_lives_while_it_drains_and_is_not_ready() {
    let app = TestApp::start().await;
    let at = |path: &str| app.client.get(app.base.replace("/api/v1", path));
    assert_eq!(app.send(at("/readyz")).await.expect(200).text, "ready\n");
    app.app.drain();
    let draining = app.send(at("/readyz")).await.expect(503);
    assert_eq!(draining.problem(), "shutting_down");
    assert_eq!(draining.header("connection"), Some("close"));
    app.send(at("/healthz")).await.expect(200);
}
