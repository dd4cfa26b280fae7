//! The main paths over HTTP, on both databases.

mod resources;
mod texts;

use crate::{
    database::{Backend, TestDatabase, on_both},
    harness::{TestApp, event, id_of},
    processes::until,
    receiver::{Answer, Receiver},
};
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use hookwright::{app::Settings, secrets::Sealer, store::StoreError};
use serde_json::{Value, json};
use std::time::Duration;

/// An application on a database of its own.
pub(crate) async fn start(database: &TestDatabase) -> TestApp {
    TestApp::start_with(|settings| on(database, settings)).await
}

pub(crate) fn on(database: &TestDatabase, settings: &mut Settings) {
    settings.database_url = database.url();
    settings.sealer = Some(Sealer::from_hex(&"07".repeat(32), []).unwrap());
}

on_both! {
    async fn what_was_sent_while_the_database_was_away_is_recorded_when_it_is_back(backend) {
        let database = TestDatabase::new(backend);
        let mut app = start(&database).await;
        let receiver = Receiver::start().await;
        let webhook = app.webhook(&receiver).await;
        receiver.answer_only(Answer::status(204).after(Duration::from_millis(300)));
        app.publish("A", "B", "1").await;
        let (unrecorded, client, url) = (app.app.unrecorded.clone(), app.client.clone(), app.base.replace("/api/v1", "/readyz"));
        let ready = async || client.get(&url).send().await.unwrap().status();
        let outage = async {
            receiver.reached(1).await;
            let _away = database.away();
            until(async || (unrecorded.count() == 1).then_some(()).ok_or("nobody hears of the outage")).await;
            assert_eq!(ready().await, 503, "reading a file works, but nothing can be recorded");
        };
        tokio::join!(app.run_due(), outage);
        assert_eq!(unrecorded.count(), 0);
        // Lists and probes give way until the node holds its lock again, for which it looks each second.
        until(async || match ready().await.as_u16() {
            200 => Ok(()),
            status => Err(format!("it answers {status}")),
        })
        .await;
        let delivery = app.delivery(&webhook).await;
        assert_eq!((&delivery["status"], delivery["attempts"].as_array().unwrap().len()), (&json!("delivered"), 1));
        app.run_due_in(60).await;
        assert_eq!(receiver.received().len(), 1, "what has arrived is not sent again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_whose_record_fails_for_a_moment_is_recorded_all_the_same() {
    if crate::database::without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let mut app = start(&database).await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    // A deadlock in the words of a server that speaks Portuguese.
    database.run(
        "CREATE SEQUENCE tries;
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('tries') <= 2 THEN RAISE EXCEPTION 'impasse detectado' USING ERRCODE = '40P01'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER fail BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION fail()",
    );
    app.publish("A", "B", "1").await;
    app.run_due().await;
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], delivery["attempts"].as_array().unwrap().len()), (&json!("delivered"), 1));
    app.run_due_in(60).await;
    assert_eq!(receiver.received().len(), 1, "what has arrived is not sent again");
}

/// A file that is locked can be read, so on SQLite the attempt is made.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_sent_as_the_database_was_away_is_no_attempt() {
    if crate::database::without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let mut app = start(&database).await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.post(&format!("/webhooks/{webhook}/test"), &json!({})).await.expect(202);
    // As late as an attempt may begin: it does not wait for the database.
    app.clock.advance_seconds(38);
    let (unrecorded, clock) = (app.app.unrecorded.clone(), app.clock.clone());
    let away = database.away();
    let outage = async {
        until(async || (unrecorded.count() > 0).then_some(()).ok_or("nothing is given back")).await;
        assert!(receiver.received().is_empty());
        // Longer than its claim holds.
        clock.advance_seconds(60);
        drop(away);
    };
    tokio::join!(app.run_due(), outage);
    // The connections of who asks are there again later than the dispatcher's own.
    until(async || app.get("/webhooks").await.status.is_success().then_some(()).ok_or("nothing is read yet")).await;
    let delivery = app.delivery(&webhook).await;
    assert_eq!((&delivery["status"], delivery["attempts"].as_array().unwrap().len()), (&json!("delivered"), 1));
    assert_eq!(receiver.received().len(), 1, "a test that counts as interrupted is never sent");
}

on_both! {
    async fn nothing_is_claimed_while_an_attempt_waits_to_be_recorded(backend) {
        let database = TestDatabase::new(backend);
        let mut app = start(&database).await;
        let receiver = Receiver::start().await;
        receiver.answer(Answer::status(500));
        receiver.answer(Answer::status(204));
        let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [5]})).await;
        app.publish("A", "B", "1").await;
        app.run_due().await;
        let waiting = app.app.unrecorded.begin(&StoreError::Full);
        app.run_due_in(60).await;
        assert_eq!(receiver.received().len(), 1, "its claim may have ended, and what was sent would be sent again");
        drop(waiting);
        app.run_due().await;
        assert_eq!((receiver.received().len(), &app.delivery(&webhook).await["status"]), (2, &json!("delivered")));
    }
}

on_both! {
    async fn an_event_is_delivered_and_its_delivery_shown(backend) {
        let database = TestDatabase::new(backend);
        let mut app = start(&database).await;
        let receiver = Receiver::start().await;
        let webhook = app.webhook(&receiver).await;
        let event = app.publish("A", "B", "1").await;
        app.run_due().await;
        assert_eq!(receiver.received().len(), 1);
        let delivery = app.delivery(&webhook).await;
        assert_eq!((&delivery["status"], &delivery["event_id"]), (&json!("delivered"), &json!(event)));
        assert_eq!(delivery["payload"].as_str().unwrap().as_bytes(), receiver.received()[0].body);
        assert_eq!(delivery["attempts"][0]["status_code"], 200);
        let shown = app.read(&format!("/events/{event}")).await;
        assert_eq!(shown["webhooks"][0]["status"], "delivered");
        let stats = app.read("/stats?period=1h").await;
        assert_eq!(stats["counts"]["delivered"], 1);
    }
}

on_both! {
    async fn a_failed_event_is_retried_then_sent_again_with_the_same_bytes(backend) {
        let database = TestDatabase::new(backend);
        let mut app = start(&database).await;
        let receiver = Receiver::start().await;
        receiver.answer(Answer::status(503));
        let webhook = app.webhook_with(&receiver, json!({"retry_schedule": [5]})).await;
        app.publish("A", "B", "1").await;
        app.run_due().await;
        app.clock.advance_seconds(10);
        app.run_due().await;
        let id = id_of(&app.items(&format!("/webhooks/{webhook}/deliveries?status=failed")).await[0]);
        receiver.answer_only(Answer::status(200));
        app.post(&format!("/deliveries/{id}/resend"), &json!({})).await.expect(202);
        assert_eq!(app.post(&format!("/deliveries/{id}/resend"), &json!({})).await.expect(409).problem(), "delivery_in_progress");
        app.run_due().await;
        let received = receiver.received();
        assert_eq!(received.len(), 3);
        for again in &received[1..] {
            assert_eq!((&again.body, again.lasting_headers()), (&received[0].body, received[0].lasting_headers()));
        }
        assert_eq!(app.post(&format!("/deliveries/{id}/resend"), &json!({})).await.expect(409).problem(), "delivery_not_failed");
    }
}

on_both! {
    async fn the_same_event_again_is_a_duplicate_and_other_content_a_conflict(backend) {
        let database = TestDatabase::new(backend);
        let app = start(&database).await;
        let id = app.publish("A", "B", "1").await;
        let again = app.publish_bytes(event("A", "B", "1").to_string()).await.expect(202);
        assert_eq!((again.json()["id"].as_str(), again.json()["duplicate"].as_bool()), (Some(&*id), Some(true)));
        assert_eq!(app.publish_bytes(event("A", "C", "1").to_string()).await.expect(409).problem(), "event_id_conflict");
    }
}

on_both! {
    async fn a_webhook_is_changed_and_deleted(backend) {
        let database = TestDatabase::new(backend);
        let mut app = start(&database).await;
        let receiver = Receiver::start().await;
        let webhook = app.webhook(&receiver).await;
        app.publish("A", "B", "1").await;
        let path = format!("/webhooks/{webhook}");
        let etag = app.get(&path).await.expect(200).header("etag").unwrap().to_owned();
        let change = app.request(reqwest::Method::PATCH, &path).header("if-match", &etag);
        let change = change.header("content-type", "application/json").body(json!({"description": "new"}).to_string());
        app.send(change).await.expect(200);
        assert_eq!(app.read(&path).await["description"], "new");
        app.delete(&path).await.expect(204);
        app.get(&path).await.expect(404);
        app.run_due().await;
        assert!(receiver.received().is_empty(), "what was open is cancelled");
    }
}

on_both! {
    async fn lists_go_on_where_the_page_before_ended(backend) {
        let database = TestDatabase::new(backend);
        let app = start(&database).await;
        for n in 0..5 {
            app.publish("A", "B", &n.to_string()).await;
        }
        let mut seen = Vec::new();
        let mut path = "/events?limit=2".to_owned();
        loop {
            let page = app.read(&path).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|event| event["ce_id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/events?limit=2&cursor={cursor}");
        }
        assert_eq!(seen, ["4", "3", "2", "1", "0"]);
        assert_eq!(app.get("/events?q=a%00b").await.expect(422).problem(), "invalid_parameter");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_a_problem_of_its_own() {
    if crate::database::without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let app = start(&database).await;
    let name = database.text().rsplit_once('/').unwrap().1.to_owned();
    crate::database::run(
        &crate::database::server(),
        &format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ),
    );
    for answer in [app.publish_bytes(event("A", "B", "1").to_string()).await, app.get("/events").await] {
        let refused = answer.expect(503);
        assert_eq!((refused.problem(), refused.header("retry-after")), ("storage_unavailable".into(), Some("1")));
        assert!(!refused.text.contains(&name), "{}", refused.text);
    }
    let ready = app.client.get(app.base.replace("/api/v1", "/readyz")).send().await.unwrap().status();
    assert_eq!(ready, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_and_a_full_file_are_problems_of_their_own() {
    let app = TestApp::start().await;
    let path = app.folder.path().join("hookwright.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let locked = app.publish_bytes(event("A", "B", "1").to_string()).await.expect(503);
    assert_eq!((locked.problem(), locked.header("retry-after")), ("storage_unavailable".into(), Some("1")));
    other.batch_execute("ROLLBACK").unwrap();
    // SQLite says the same as when the disk is full.
    app.app.store.write(|db| db.batch_execute("PRAGMA max_page_count = 1")).await.unwrap();
    let mut big = event("A", "B", "2");
    big["data"] = json!("x".repeat(100_000));
    let full = app.publish_bytes(big.to_string()).await.expect(503);
    assert_eq!((full.problem(), full.header("retry-after")), ("storage_full".into(), Some("1")));
    // A batch of which nothing is on disk is not accepted.
    let batch = async |events: Value| {
        let request = app.client.post(format!("{}/events/batch", app.base));
        app.send(request.header("content-type", "application/cloudevents-batch+json").body(events.to_string())).await
    };
    let refused = batch(json!([big, {"specversion": "2.0"}])).await.expect(503);
    assert_eq!((refused.problem(), refused.header("retry-after")), ("storage_full".into(), Some("1")));
    batch(json!([{"specversion": "2.0"}])).await.expect(202);
    app.get("/events").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_database_is_a_problem_of_its_own() {
    if crate::database::without_postgres() {
        return;
    }
    let database = TestDatabase::new(Backend::Postgres);
    let app = start(&database).await;
    database.run(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    // The first one may meet a connection that is gone.
    app.get("/events").await;
    let refused = app.publish_bytes(event("A", "B", "1").to_string()).await.expect(503);
    assert_eq!((refused.problem(), refused.header("retry-after")), ("storage_read_only".into(), Some("1")));
    let ready = app.client.get(app.base.replace("/api/v1", "/readyz")).send().await.unwrap().status();
    assert_eq!(ready, 503);
}
