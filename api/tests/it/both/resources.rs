//! Tests of webhooks, resend jobs, batches, and live updates, on both databases.

use super::{on, start};
use crate::{
    database::{TestDatabase, on_both},
    harness::{START, TestApp, changed, event, id_of},
    publishing::batch,
    receiver::{Answer, Receiver},
};
use hookwright::{operators, store::changes};
use reqwest::Method;
use serde_json::{Value, json};
use shared::{ContentMode, WebhookDefaults};

const PASSWORD: &str = "correct horse battery staple";

on_both! {
    async fn a_job_resends_what_has_failed_and_nothing_else(backend) {
        let database = TestDatabase::new(backend);
        let mut app = start(&database).await;
        let receiver = Receiver::start().await;
        receiver.answer_only(Answer::status(500));
        let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
        for number in 0..3 {
            app.publish("A", "B", &number.to_string()).await;
        }
        app.post(&format!("/webhooks/{webhook}/test"), &json!({})).await.expect(202);
        app.run_due().await;
        receiver.answer_only(Answer::status(200));
        let path = format!("/webhooks/{webhook}/resend-failed");
        let mut body = json!({"from": START.plus_seconds(-60), "to": START.plus_seconds(60), "dry_run": true, "event_type": "A.B"});
        assert_eq!(app.post(&path, &body).await.expect(200).json(), json!({"count": 3}));
        body["dry_run"] = json!(false);
        let job = id_of(&app.post(&path, &body).await.expect(202).json());
        assert_eq!(app.items(&format!("/webhooks/{webhook}/resend-jobs")).await[0]["id"], json!(job));
        for _ in 0..3 {
            app.turn().await;
        }
        let job = app.read(&format!("/resend-jobs/{job}")).await;
        assert_eq!((&job["status"], &job["delivered"], &job["failed"]), (&json!("done"), &json!(3), &json!(0)));
        assert_eq!(receiver.received().len(), 7);
        let tests = app.deliveries(&webhook).await.into_iter().filter(|delivery| delivery["test"] == "event");
        assert_eq!(tests.map(|test| test["status"].clone()).collect::<Vec<_>>(), ["failed"]);
        let resent = id_of(&app.items("/deliveries?status=delivered&limit=1").await[0]);
        let resent = app.read(&format!("/deliveries/{resent}")).await;
        let [again, first] = &resent["attempts"].as_array().unwrap()[..] else { panic!("{resent}") };
        assert_eq!((&again["resent_by"], &again["webhook_version"]), (&json!("admin"), &json!(1)));
        assert_eq!((&first["resent_by"], &first["webhook_version"]), (&Value::Null, &json!(1)));
    }
}

on_both! {
    async fn a_webhook_that_does_not_say_keeps_what_the_server_gave_it(backend) {
        let database = TestDatabase::new(backend);
        let of_server = WebhookDefaults { timeout_ms: 7_000, retry_schedule: vec![60, 600], content_mode: ContentMode::Binary };
        let app = TestApp::start_with(|settings| {
            on(&database, settings);
            settings.webhook_defaults = of_server.clone();
        })
        .await;
        assert_eq!(app.read("/session").await["webhook_defaults"], json!(of_server));
        let given = |webhook: &Value| {
            let members = ["timeout_ms", "retry_schedule", "content_mode"];
            members.into_iter().map(|name| (name.to_owned(), webhook[name].clone())).collect::<Value>()
        };
        let new = json!({"url": "https://example.com/hook", "secret": "dummysecret"});
        let silent = app.make("/webhooks", &new).await;
        assert_eq!(given(&silent), json!(of_server));
        let own = json!({"timeout_ms": 1_000, "retry_schedule": [], "content_mode": "structured"});
        assert_eq!(given(&app.make("/webhooks", &changed(new.clone(), own.clone())).await), own);
        let app = app.restart_with(|settings| on(&database, settings)).await;
        assert_eq!(given(&app.read(&format!("/webhooks/{}", id_of(&silent))).await), json!(of_server));
        assert_eq!(given(&app.make("/webhooks", &new).await), json!(WebhookDefaults::default()));
    }
}

on_both! {
    async fn a_webhook_without_a_secret_gets_one_that_is_told_once(backend) {
        let database = TestDatabase::new(backend);
        let mut app = start(&database).await;
        let receiver = Receiver::start().await;
        let mut created = app.make("/webhooks", &json!({"url": receiver.url()})).await;
        let secret = created["secret"].take().as_str().unwrap().to_owned();
        assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
        app.publish("A", "B", "1").await;
        app.run_due().await;
        assert_eq!(receiver.received()[0].signatures_hold(&secret), (true, true));
        let webhook = format!("/webhooks/{}", id_of(&created));
        for path in [&webhook, "/webhooks", "/audit-log", &format!("{webhook}/deliveries")] {
            let told = app.get(path).await.expect(200);
            assert!(!told.text.contains(&secret), "{path}: {}", told.text);
        }
        let given = app.make("/webhooks", &json!({"url": receiver.url(), "secret": "dummysecret"})).await;
        assert!(given.get("secret").is_none(), "{given}");
    }
}

on_both! {
    async fn a_test_is_sent_marked_and_not_counted(backend) {
        let database = TestDatabase::new(backend);
        let mut app = start(&database).await;
        let receiver = Receiver::start().await;
        let webhook = app.webhook(&receiver).await;
        let test = json!({"kind": "duplicate"});
        app.post(&format!("/webhooks/{webhook}/test"), &test).await.expect(202);
        app.run_due().await;
        app.run_due().await;
        let delivery = app.delivery(&webhook).await;
        assert_eq!((&delivery["status"], &delivery["attempt_count"]), (&json!("delivered"), &json!(2)));
        assert_eq!(delivery["test"], "duplicate");
        assert_eq!(app.items("/events").await[0]["test"], true);
        assert_eq!(app.read("/stats").await["counts"]["delivered"], 0);
    }
}

on_both! {
    async fn a_batch_is_recorded_event_by_event(backend) {
        let database = TestDatabase::new(backend);
        let app = start(&database).await;
        let events = [event("A", "B", "1"), event("A", "B", "1"), json!({}), event("A", "B", "2")];
        let items = batch(&app, &events).await.expect(202).json();
        let statuses: Vec<_> = items.as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [202, 202, 422, 202]);
        assert_eq!((&items[1]["id"], &items[1]["duplicate"]), (&items[0]["id"], &json!(true)));

        let mut other = event("A", "B", "3");
        other["data"] = json!("other content");
        let items = batch(&app, &[event("A", "B", "3"), other]).await.expect(202).json();
        assert_eq!((&items[0]["status"], &items[1]["status"]), (&json!(202), &json!(409)), "the first one counts");
    }
}

on_both! {
    async fn what_is_committed_is_told_and_can_be_read(backend) {
        let database = TestDatabase::new(backend);
        let mut app = start(&database).await;
        let mut watched = app.app.store.watch();
        let receiver = Receiver::start().await;
        app.webhook(&receiver).await;
        app.publish("A", "B", "1").await;
        app.run_due().await;
        let mut told = Vec::new();
        while let Ok(more) = watched.try_recv() {
            told.extend(more.iter().copied());
        }
        assert_eq!(told.len(), 3, "the webhook, the event, the delivery: {told:?}");
        let resting = app.app.store.resting(app.clock.now());
        let read = app.app.store.read(move |db| changes::read(db, told.into_iter(), &resting)).await.unwrap().unwrap();
        assert_eq!(read.len(), 2, "an event and its delivery are one row: {read:?}");
    }
}

on_both! {
    async fn admins_who_delete_each_other_at_once_leave_one(backend) {
        let database = TestDatabase::new(backend);
        let app = start(&database).await;
        operators::set_up::by_settings(&app.app, "first@example.com", PASSWORD).await.unwrap();
        let platform = app.platform().await;
        for round in 0..8 {
            let other = json!({"email": format!("{round}@example.com"), "password": PASSWORD, "role": "admin", "platform": true});
            app.call(&platform, Method::POST, "/operators", Some(&other)).await.expect(201);
            let there = app.items("/operators").await;
            let delete = async |number: usize| {
                app.call(&platform, Method::DELETE, &format!("/operators/{}", id_of(&there[number])), None).await
            };
            let (first, second) = tokio::join!(delete(0), delete(1));
            let mut answers = [first.status, second.status].map(u16::from);
            answers.sort_unstable();
            assert_eq!(answers, [204, 409]);
        }
    }
}

on_both! {
    async fn an_event_type_has_a_schema_and_counts_its_webhooks(backend) {
        let database = TestDatabase::new(backend);
        let app = start(&database).await;
        let receiver = Receiver::start().await;
        app.webhook(&receiver).await;
        let new = json!({"source": "A", "type": "B", "schema": "{}"});
        let added = app.make("/event-types", &new).await;
        assert_eq!((&added["schema"], &added["webhooks"]), (&json!("{}"), &json!(1)));
        let changed = json!({"source": "A", "type": "B"});
        let changed = app.send_json(Method::PUT, "/event-types/A.B", &changed).await.expect(200).json();
        assert_eq!((&changed["schema"], &changed["webhooks"]), (&Value::Null, &json!(1)));
    }
}
