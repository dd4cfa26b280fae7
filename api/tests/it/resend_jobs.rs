//! `/webhooks/{id}/resend-failed` and `/resend-jobs`

use crate::{
    both,
    database::{Backend, TestDatabase, on_both},
    harness::{Answered, START, TestApp, changed, id_of},
    receiver::{Answer, Receiver},
    store::{open, share},
};
use hookwright::{
    resend_jobs,
    store::{LEASE, Options},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// An application with a webhook whose deliveries have all failed.
struct Failed {
    app: TestApp,
    receiver: Receiver,
    webhook: String,
}

impl Failed {
    async fn with(deliveries: usize) -> Self {
        Self::of(TestApp::start().await, deliveries).await
    }

    async fn of(mut app: TestApp, deliveries: usize) -> Self {
        let receiver = Receiver::start().await;
        receiver.answer_only(Answer::status(500));
        let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
        for number in 0..deliveries {
            app.publish("S", if number % 2 == 0 { "EVEN" } else { "ODD" }, &number.to_string()).await;
        }
        app.run_due().await;
        assert_eq!(receiver.received().len(), deliveries);
        receiver.answer_only(Answer::status(200));
        Self { app, receiver, webhook }
    }

    async fn ask(&self, change: Value) -> Answered {
        let window = json!({"from": START.plus_seconds(-60), "to": START.plus_seconds(60)});
        self.app.post(&format!("/webhooks/{}/resend-failed", self.webhook), &changed(window, change)).await
    }

    async fn start(&self, change: Value) -> String {
        id_of(&self.ask(change).await.expect(202).json())
    }

    async fn job(&self, id: &str) -> Value {
        self.app.read(&format!("/resend-jobs/{id}")).await
    }

    /// One turn of the runner of jobs only: what it sends is under way after it.
    async fn step(&self) {
        resend_jobs::run_due(&self.app.app.store, self.app.clock.now()).await.unwrap();
    }

    /// One turn. Returns how many deliveries were resent.
    async fn turn(&mut self) -> usize {
        let before = self.receiver.received().len();
        self.app.turn().await;
        self.receiver.received().len() - before
    }

    async fn turns(&mut self, number: usize) -> Vec<usize> {
        let mut resent = Vec::new();
        for _ in 0..number {
            resent.push(self.turn().await);
        }
        resent
    }
}

/// How a job stands, and its counts.
fn counts(job: &Value) -> Value {
    ["status", "total", "resent", "delivered", "failed", "skipped"].map(|name| job[name].clone()).to_vec().into()
}

#[tokio::test]
async fn a_job_resends_one_then_ten_then_the_rest_at_its_rate() {
    let mut failed = Failed::with(20).await;
    let answer = failed.ask(json!({"rate": 6})).await.expect(202);
    let started = answer.json();
    let id = started["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(format!("/api/v1/resend-jobs/{id}").as_str()));
    assert_eq!((&started["status"], &started["total"], &started["rate"]), (&json!("running"), &json!(20), &json!(6)));
    // Ten at six a second take two turns; the last turn only finds that all have arrived.
    assert_eq!(failed.turns(6).await, [1, 6, 4, 6, 3, 0]);

    let job = failed.job(id).await;
    assert_eq!((&job["status"], &job["stop_reason"]), (&json!("done"), &Value::Null));
    let counts = ["total", "resent", "delivered", "failed", "skipped"].map(|name| job[name].as_u64().unwrap());
    assert_eq!(counts, [20, 20, 20, 0, 0]);
    assert!(job["finished_at"].is_string());
    assert!(failed.app.deliveries(&failed.webhook).await.iter().all(|delivery| delivery["status"] == "delivered"));
    assert_eq!(failed.turn().await, 0);
}

#[tokio::test]
async fn a_job_can_be_for_those_that_failed_in_one_way() {
    let mut failed = Failed::with(2).await;
    failed.receiver.answer_only(Answer::status(503));
    failed.app.publish("S", "EVEN", "503").await;
    failed.app.run_due().await;
    let schedule = json!({"retry_schedule": [600]});
    failed.app.patch(&format!("/webhooks/{}", failed.webhook), &schedule).await.expect(200);
    failed.receiver.answer_only(Answer::raw(""));
    failed.app.publish("S", "ODD", "cut off").await;
    failed.app.run_due().await;
    let count = async |how: Value| {
        failed.ask(changed(how, json!({"dry_run": true}))).await.expect(200).json()["count"].as_u64().unwrap()
    };
    assert_eq!(count(json!({})).await, 4);
    assert_eq!(count(json!({"status": "failed"})).await, 3);
    assert_eq!(count(json!({"status": "retrying"})).await, 1);
    assert_eq!(count(json!({"status_code": 503})).await, 1);
    assert_eq!(count(json!({"failure": "http_status"})).await, 3);
    assert_eq!(count(json!({"failure": "reset", "event_type": "S.ODD"})).await, 1);
    assert_eq!(count(json!({"failure": "reset", "status": "failed"})).await, 0);
    for (how, pointer) in [(json!({"status": "delivered"}), "/status"), (json!({"status_code": 99}), "/status_code")] {
        assert_eq!(failed.ask(how).await.expect(422).json()["errors"][0]["pointer"], pointer);
    }
    failed.receiver.answer_only(Answer::status(200));
    let job = failed.start(json!({"status_code": 503})).await;
    failed.turns(3).await;
    assert_eq!((&failed.job(&job).await["total"], &failed.job(&job).await["delivered"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_resend_of_a_job_is_a_resend_and_the_oldest_goes_first() {
    let mut failed = Failed::with(3).await;
    let first = failed.receiver.received()[0].clone();
    failed.start(json!({})).await;
    failed.turn().await;
    let resent = failed.receiver.received().pop().unwrap();
    let oldest = failed.app.deliveries(&failed.webhook).await.pop().unwrap();
    assert_eq!(resent.header("webhook-id"), oldest["id"].as_str());
    let original = failed.receiver.received().into_iter().find(|one| one.header("webhook-id") == oldest["id"].as_str());
    assert_eq!(original.unwrap().lasting_headers(), resent.lasting_headers());
    assert_eq!(first.line, resent.line);
    let detail = failed.app.read(&format!("/deliveries/{}", id_of(&oldest))).await;
    assert_eq!(detail["attempts"][0]["trigger"], "resend");
}

#[tokio::test]
async fn a_receiver_that_is_still_broken_gets_one_request() {
    let mut failed = Failed::with(15).await;
    failed.receiver.answer_only(Answer::status(500));
    let id = failed.start(json!({})).await;
    assert_eq!(failed.turns(4).await, [1, 0, 0, 0]);
    let job = failed.job(&id).await;
    assert_eq!((&job["status"], &job["stop_reason"]), (&json!("stopped"), &json!("too_many_failures")));
    assert_eq!((&job["resent"], &job["failed"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_job_stops_when_more_than_the_share_of_the_ten_fails() {
    let mut failed = Failed::with(30).await;
    failed.receiver.answer_only(Answer::status(200));
    let id = failed.start(json!({"rate": 100})).await;
    assert_eq!(failed.turn().await, 1);
    failed.receiver.answer_only(Answer::status(503));
    assert_eq!(failed.turns(3).await, [10, 0, 0]);
    let job = failed.job(&id).await;
    assert_eq!((&job["status"], &job["delivered"], &job["failed"]), (&json!("stopped"), &json!(1), &json!(10)));
}

#[tokio::test]
async fn what_is_asked_for_at_the_wrong_place_does_not_happen_otherwise() {
    let failed = Failed::with(1).await;
    let path = format!("/webhooks/{}", failed.webhook);
    let window = json!({"from": START.plus_seconds(-60), "to": START.plus_seconds(60)});
    let started = failed.app.post(&format!("{path}/resend-failed?dry_run=true"), &window).await;
    assert_eq!(started.expect(400).problem(), "unknown_parameter");
    assert_eq!(failed.app.delete(&format!("{path}?dry_run=true")).await.expect(400).problem(), "unknown_parameter");
    failed.app.get(&path).await.expect(200);
    assert_eq!(failed.app.read(&format!("{path}/resend-jobs")).await["items"], json!([]));
}

/// As by a restart of the server: the attempt counts, and the resend is still to be made.
#[tokio::test]
async fn a_resend_that_was_interrupted_has_no_result_yet() {
    let mut failed = Failed::with(2).await;
    let id = failed.start(json!({})).await;
    failed.step().await;
    for interrupted in 0..2 {
        let (store, now) = (failed.app.app.store.clone(), failed.app.clock.now());
        let claimed = store.claim_due(now, vec![share(failed.webhook.parse().unwrap(), 1)]).await.unwrap();
        assert_eq!(claimed[0].attempt_count, 1 + interrupted);
        failed.app.clock.advance_seconds(LEASE.as_secs().cast_signed() + 1);
        failed.step().await;
        assert_eq!(counts(&failed.job(&id).await), json!(["running", 2, 1, 0, 0, 0]));
    }
    failed.turns(3).await;
    assert_eq!(counts(&failed.job(&id).await), json!(["done", 2, 2, 2, 0, 0]));
}

#[tokio::test]
async fn a_dry_run_counts_and_resends_nothing() {
    let mut failed = Failed::with(5).await;
    assert_eq!(failed.ask(json!({"dry_run": true})).await.expect(200).json(), json!({"count": 5}));
    assert_eq!(
        failed.ask(json!({"dry_run": true, "event_type": "S.ODD"})).await.expect(200).json(),
        json!({"count": 2})
    );
    let later = json!({"dry_run": true, "from": START.plus_seconds(1)});
    assert_eq!(failed.ask(later).await.expect(200).json(), json!({"count": 0}));
    assert_eq!(failed.turn().await, 0);
}

#[tokio::test]
async fn a_job_resends_only_its_type() {
    let mut failed = Failed::with(5).await;
    failed.start(json!({"event_type": "S.ODD"})).await;
    assert_eq!(failed.turns(3).await, [1, 1, 0]);
    let delivered = failed.app.deliveries(&failed.webhook).await.into_iter().filter(|row| row["status"] == "delivered");
    assert_eq!(delivered.map(|row| row["event_type"].clone()).collect::<Vec<_>>(), ["S.ODD", "S.ODD"]);
}

#[tokio::test]
async fn what_was_resent_by_hand_meanwhile_is_passed_over() {
    let mut failed = Failed::with(3).await;
    let id = failed.start(json!({})).await;
    let newest = id_of(&failed.app.deliveries(&failed.webhook).await[0]);
    failed.app.post(&format!("/deliveries/{newest}/resend"), &json!({})).await.expect(202);
    failed.app.run_due().await;
    let requests = failed.receiver.received().len();
    failed.turns(4).await;
    assert_eq!(failed.receiver.received().len() - requests, 2, "a delivered one is not sent again");
    let job = failed.job(&id).await;
    assert_eq!((&job["status"], &job["resent"], &job["skipped"]), (&json!("done"), &json!(2), &json!(1)));
}

on_both! {
    async fn a_step_passes_over_a_part_only_of_what_has_no_need_of_it_any_more(backend) {
        let database = TestDatabase::new(backend);
        let mut failed = Failed::of(both::start(&database).await, 1).await;
        let id = failed.start(json!({})).await;
        let gone = match backend {
            Backend::Sqlite => "WITH RECURSIVE gone (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM gone WHERE n < 1200) \
                INSERT INTO resend_items SELECT job_id, unhex(printf('%032x', n)), NULL, NULL FROM resend_items, gone",
            Backend::Postgres => "INSERT INTO resend_items SELECT job_id, decode(lpad(to_hex(n), 32, '0'), 'hex') \
                FROM resend_items, generate_series(1, 1200) AS gone (n)",
        };
        assert_eq!(failed.app.execute(gone).await, 1_200);
        let mut passed_over = Vec::new();
        for _ in 0..3 {
            assert!(failed.app.app.store.advance_resend_job(failed.app.clock.now()).await.unwrap());
            passed_over.push(failed.job(&id).await["skipped"].as_u64().unwrap());
        }
        assert_eq!(passed_over, [500, 1_000, 1_200], "each step is a transaction, and goes on at once");
        failed.turns(2).await;
        assert_eq!(counts(&failed.job(&id).await), json!(["done", 1, 1, 1, 0, 1_200]));
    }
}

#[tokio::test]
async fn a_cancelled_job_resends_nothing_more() {
    let mut failed = Failed::with(5).await;
    let id = failed.start(json!({})).await;
    assert_eq!(failed.turn().await, 1);
    let path = format!("/resend-jobs/{id}");
    let cancelled = failed.app.delete(&path).await.expect(200).json();
    assert_eq!((&cancelled["status"], &cancelled["resent"]), (&json!("cancelled"), &json!(1)));
    assert_eq!(failed.turns(2).await, [0, 0]);
    assert_eq!(failed.app.delete(&path).await.expect(200).json(), cancelled, "cancelling again changes nothing");
    failed.start(json!({})).await;
}

on_both! {
    async fn what_was_under_way_when_a_job_was_cancelled_is_counted_when_it_has_a_result(backend) {
        let database = TestDatabase::new(backend);
        let mut failed = Failed::of(both::start(&database).await, 5).await;
        let id = failed.start(json!({})).await;
        failed.step().await;
        let cancelled = failed.app.delete(&format!("/resend-jobs/{id}")).await.expect(200).json();
        assert_eq!(counts(&cancelled), json!(["cancelled", 5, 1, 0, 0, 0]));
        assert_eq!(failed.turn().await, 1);
        assert_eq!(failed.turn().await, 0);
        let job = failed.job(&id).await;
        assert_eq!(counts(&job), json!(["cancelled", 5, 1, 1, 0, 0]));
        assert_eq!(job["finished_at"], cancelled["finished_at"]);

        // Whoever sends it again by hand is not this job.
        let started = failed.start(json!({})).await;
        failed.receiver.answer_only(Answer::status(500));
        failed.step().await;
        failed.app.delete(&format!("/resend-jobs/{started}")).await.expect(200);
        assert_eq!(failed.turn().await, 1);
        failed.turn().await;
        failed.receiver.answer_only(Answer::status(200));
        let oldest =
            failed.app.items(&format!("/webhooks/{}/deliveries?status=failed", failed.webhook)).await.pop().unwrap();
        failed.app.post(&format!("/deliveries/{}/resend", id_of(&oldest)), &json!({})).await.expect(202);
        assert_eq!(failed.turn().await, 1);
        failed.turn().await;
        assert_eq!(counts(&failed.job(&started).await), json!(["cancelled", 4, 1, 0, 1, 0]));
    }
}

#[tokio::test]
async fn what_was_under_way_when_a_job_stopped_is_counted_when_it_has_a_result() {
    for (inactive, stopped) in [(true, "webhook_inactive"), (false, "webhook_deleted")] {
        let mut failed = Failed::with(5).await;
        let id = failed.start(json!({})).await;
        failed.step().await;
        let path = format!("/webhooks/{}", failed.webhook);
        match inactive {
            true => failed.app.patch(&path, &json!({"status": "inactive"})).await.expect(200),
            false => failed.app.delete(&path).await.expect(204),
        };
        failed.app.clock.advance_seconds(1);
        failed.step().await;
        assert_eq!(failed.job(&id).await["stop_reason"], stopped);
        failed.turns(2).await;
        if inactive {
            assert_eq!(counts(&failed.job(&id).await), json!(["stopped", 5, 1, 0, 0, 0]), "it waits");
            failed.app.patch(&path, &json!({"status": "active"})).await.expect(200);
            failed.turns(12).await;
        }
        let (delivered, cancelled) = if inactive { (1, 0) } else { (0, 1) };
        assert_eq!(counts(&failed.job(&id).await), json!(["stopped", 5, 1, delivered, 0, cancelled]), "{stopped}");
    }
}

#[tokio::test]
async fn a_job_that_ended_is_purged_when_all_that_it_sent_has_a_result() {
    let failed = Failed::with(1).await;
    let id = failed.start(json!({})).await;
    failed.step().await;
    failed.app.delete(&format!("/resend-jobs/{id}")).await.expect(200);
    failed.app.clock.advance_seconds(failed.app.app.retention_seconds + 60);
    failed.app.publish("S", "T", "new").await;
    failed.app.purge().await;
    failed.step().await;
    assert_eq!(counts(&failed.job(&id).await), json!(["cancelled", 1, 1, 0, 0, 1]), "nobody will know");
    failed.app.purge().await;
    failed.app.get(&format!("/resend-jobs/{id}")).await.expect(404);
}

#[tokio::test]
async fn the_jobs_of_a_webhook_are_listed_as_they_stand() {
    let mut failed = Failed::with(3).await;
    let all = format!("/webhooks/{}/resend-jobs", failed.webhook);
    let path = format!("{all}?status=running");
    let none = json!({"items": [], "next_cursor": null});
    assert_eq!(failed.app.read(&path).await, none);
    let id = failed.start(json!({})).await;
    failed.turn().await;
    assert_eq!(failed.app.read(&path).await["items"], json!([failed.job(&id).await]));
    let other = failed.app.webhook(&failed.receiver).await;
    assert_eq!(failed.app.read(&format!("/webhooks/{other}/resend-jobs")).await, none);
    failed.app.delete(&format!("/resend-jobs/{id}")).await.expect(200);
    assert_eq!(failed.app.read(&path).await, none);
    // Whoever comes later finds how it ended, and one for each page.
    let next = failed.start(json!({})).await;
    assert_eq!(failed.app.items(&all).await, [failed.job(&next).await, failed.job(&id).await]);
    let newest = failed.app.read(&format!("{all}?limit=1")).await;
    let older = format!("{all}?limit=1&cursor={}", newest["next_cursor"].as_str().unwrap());
    assert_eq!(failed.app.items(&older).await, [failed.job(&id).await]);
    assert_eq!(failed.app.items(&format!("{all}?status=cancelled")).await, [failed.job(&id).await]);
    failed.app.delete(&format!("/webhooks/{}", failed.webhook)).await.expect(204);
    failed.app.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_job_stops_when_its_webhook_becomes_inactive_or_is_deleted() {
    for (inactive, reason) in [(true, "webhook_inactive"), (false, "webhook_deleted")] {
        let mut failed = Failed::with(5).await;
        let id = failed.start(json!({})).await;
        let path = format!("/webhooks/{}", failed.webhook);
        match inactive {
            true => failed.app.patch(&path, &json!({"status": "inactive"})).await.expect(200),
            false => failed.app.delete(&path).await.expect(204),
        };
        assert_eq!(failed.turn().await, 0);
        let job = failed.job(&id).await;
        assert_eq!((&job["status"], &job["stop_reason"]), (&json!("stopped"), &json!(reason)));
    }
}

#[tokio::test]
async fn a_job_goes_on_in_another_process() {
    let mut failed = Failed::with(4).await;
    let id = failed.start(json!({})).await;
    assert_eq!(failed.turn().await, 1);
    // Another process on the same database: it knows nothing but what stands there.
    let url = format!("sqlite://{}/hookwright.db", failed.app.folder.path().display()).parse().unwrap();
    let (other, _) = open(&url, &Options::new(failed.app.clock.clone()), &Arc::default());
    resend_jobs::run_due(&other, failed.app.clock.now()).await.unwrap();
    failed.app.run_due().await;
    failed.app.clock.advance_seconds(1);
    resend_jobs::run_due(&other, failed.app.clock.now()).await.unwrap();
    let job = failed.job(&id).await;
    assert_eq!((&job["status"], &job["delivered"]), (&json!("done"), &json!(4)));
}

#[tokio::test]
async fn more_than_one_job_can_do_are_counted_and_refused() {
    let mut failed = Failed::with(1).await;
    let copies = "WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < 50000) \
                  INSERT INTO deliveries SELECT unhex(hex(substr(id, 1, 6)) || hex(randomblob(10))), tenant_id, event_id, webhook_id, \
                  event_type, status, attempt_count, retry_index, next_trigger, claimed, due_at, failure, status_code, duration_us, \
                  last_attempt_at, created_at, test, erased_at FROM deliveries, copy";
    assert_eq!(failed.app.execute(copies).await, 50_000);
    assert_eq!(failed.ask(json!({"dry_run": true})).await.expect(200).json(), json!({"count": 50_001}));
    let refused = failed.ask(json!({})).await.expect(422);
    assert_eq!(refused.problem(), "too_many_to_resend");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("The oldest 50000 end at 2025-07-08T18:01:"), "{detail}");
    assert_eq!(failed.turn().await, 0);
}

#[tokio::test]
async fn a_test_is_never_resent_by_a_job() {
    let mut failed = Failed::with(1).await;
    failed.receiver.answer_only(Answer::status(500));
    failed.app.post(&format!("/webhooks/{}/test", failed.webhook), &json!({})).await.expect(202);
    failed.app.run_due().await;
    assert_eq!(failed.ask(json!({"dry_run": true})).await.expect(200).json(), json!({"count": 1}));
}

#[tokio::test]
async fn what_no_job_can_do_is_refused() {
    let failed = Failed::with(1).await;
    for (change, code) in [
        (json!({"to": START.plus_seconds(-60)}), "date_range_invalid"),
        (json!({"to": "yesterday"}), "wrong_type"),
        (json!({"rate": 0}), "out_of_range"),
        (json!({"rate": 101}), "out_of_range"),
        (json!({"max_failed_percent": 101}), "out_of_range"),
        (json!({"event_type": "S.NONE"}), "nothing_to_resend"),
        (json!({"rates": 1}), "unknown_field"),
    ] {
        assert_eq!(failed.ask(change.clone()).await.expect(422).problem(), code, "{change}");
    }
    let told = failed.ask(json!({"to": "yesterday"})).await.expect(422).json()["detail"].as_str().unwrap().to_owned();
    assert_eq!(told, "An instant is written as in RFC 3339, for example 2025-07-08T18:01:19Z.");
    let running = failed.start(json!({})).await;
    let refused = failed.ask(json!({})).await.expect(409);
    assert_eq!(refused.problem(), "resend_job_running");
    assert_eq!(refused.header("location"), Some(format!("/api/v1/resend-jobs/{running}").as_str()));
    failed.app.patch(&format!("/webhooks/{}", failed.webhook), &json!({"status": "inactive"})).await.expect(200);
    assert_eq!(failed.ask(json!({})).await.expect(409).problem(), "webhook_inactive");
    failed.app.delete(&format!("/webhooks/{}", failed.webhook)).await.expect(204);
    assert_eq!(failed.ask(json!({})).await.expect(404).problem(), "not_found");
    for id in ["01JZNK5ZQBNF623MB5KE64GNQB", "x"] {
        let found = failed.app.get(&format!("/resend-jobs/{id}")).await;
        assert_eq!(found.problem(), if id == "x" { "id_invalid" } else { "not_found" });
    }
}
