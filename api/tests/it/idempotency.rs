//! `Idempotency-Key`

use crate::{
    both,
    database::{Backend, TestDatabase, on_both},
    harness::{Answered, TestApp, api_key, client, id_of},
    receiver::{Answer, Receiver},
};
use hookwright::store::{
    DEFAULT_TENANT, audit,
    idempotency::{self, Begun, Key},
};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use shared::{ActorKind, AuditAction, AuditEntry, Id, Role};

async fn post(app: &TestApp, path: &str, key: &str, body: &Value) -> Answered {
    let request = app.request(Method::POST, path).header("content-type", "application/json");
    app.send(request.header("idempotency-key", key).body(body.to_string())).await
}

fn new_webhook(receiver: &Receiver) -> Value {
    json!({"url": receiver.url(), "secret": "dummysecret"})
}

async fn webhooks(app: &TestApp) -> usize {
    app.items("/webhooks").await.len()
}

on_both! {
    async fn the_same_request_is_carried_out_once_and_answered_the_same(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let receiver = Receiver::start().await;
        let first = post(&app, "/webhooks", "k1", &new_webhook(&receiver)).await.expect(201);
        let again = post(&app, "/webhooks", "k1", &new_webhook(&receiver)).await.expect(201);
        assert_eq!(again.text, first.text);
        for name in ["content-type", "location", "etag"] {
            assert!(first.header(name).is_some(), "{name}");
            assert_eq!(again.header(name), first.header(name));
        }
        assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), (None, Some("true")));
        assert_eq!(webhooks(&app).await, 1);
    }
}

on_both! {
    async fn nobody_is_told_what_somebody_with_more_rights_has_created(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        let editor = client(&api_key(&app.app, DEFAULT_TENANT, Role::Editor, true).await);
        let post = async |who: &Client| {
            let request = who.post(format!("{}/tenants", app.base)).header("content-type", "application/json");
            app.send(request.header("idempotency-key", "k1").body(r#"{"name": "other"}"#)).await
        };
        post(&platform).await.expect(201);
        assert_eq!(post(&editor).await.expect(422).problem(), "idempotency_key_reused");
        assert_eq!(post(&platform).await.expect(201).header("idempotent-replayed"), Some("true"));
    }
}

on_both! {
    async fn a_secret_that_the_server_made_is_not_kept_with_the_answer(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let receiver = Receiver::start().await;
        let new = json!({"url": receiver.url()});
        let first = post(&app, "/webhooks", "k1", &new).await.expect(201);
        let mut created = first.json();
        assert!(created["secret"].as_str().unwrap().starts_with("whsec_"), "{created}");
        created.as_object_mut().unwrap().remove("secret");
        let again = post(&app, "/webhooks", "k1", &new).await.expect(201);
        assert_eq!(again.json(), created);
        for name in ["content-type", "location", "etag"] {
            assert_eq!(again.header(name), first.header(name));
        }
        assert_eq!((again.header("idempotent-replayed"), webhooks(&app).await), (Some("true"), 1));
    }
}

#[tokio::test]
async fn another_key_is_another_request() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    post(&app, "/webhooks", "k1", &new_webhook(&receiver)).await.expect(201);
    post(&app, "/webhooks", "k2", &new_webhook(&receiver)).await.expect(201);
    app.post("/webhooks", &new_webhook(&receiver)).await.expect(201);
    assert_eq!(webhooks(&app).await, 3);
}

#[tokio::test]
async fn a_key_is_good_for_one_body_and_one_path() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = post(&app, "/webhooks", "k1", &new_webhook(&receiver)).await.expect(201).json();
    let mut other = new_webhook(&receiver);
    other["description"] = json!("another");
    assert_eq!(post(&app, "/webhooks", "k1", &other).await.expect(422).problem(), "idempotency_key_reused");
    let test = format!("/webhooks/{}/test", id_of(&webhook));
    assert_eq!(post(&app, &test, "k1", &json!({})).await.expect(422).problem(), "idempotency_key_reused");
}

#[tokio::test]
async fn a_refused_request_frees_its_key() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let wrong = json!({"url": receiver.url(), "secret": "short"});
    assert_eq!(post(&app, "/webhooks", "k1", &wrong).await.expect(422).problem(), "secret_invalid");
    let created = post(&app, "/webhooks", "k1", &new_webhook(&receiver)).await.expect(201);
    assert_eq!(created.header("idempotent-replayed"), None);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    post(&app, "/webhooks", "k1", &new_webhook(&receiver)).await.expect(201);
    app.clock.advance_seconds(86_400);
    let again = post(&app, "/webhooks", "k1", &new_webhook(&receiver)).await.expect(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    app.clock.advance_seconds(1);
    let again = post(&app, "/webhooks", "k1", &new_webhook(&receiver)).await.expect(201);
    assert_eq!(again.header("idempotent-replayed"), None);
}

#[tokio::test]
async fn a_request_that_is_under_way_is_not_carried_out_twice() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let body = new_webhook(&receiver);
    // As the request that came first would have noted it.
    let fingerprint = Sha256::digest(format!("admin false false /api/v1/webhooks\0{body}"));
    let key =
        Key { tenant_id: Id::from_bytes([0; 16]), hash: Sha256::digest("k1").into(), fingerprint: fingerprint.into() };
    let now = app.clock.now();
    let begun = app.app.store.write(move |db| idempotency::begin(db, &key, now)).await.unwrap();
    assert_eq!(begun, Begun::First(now));
    let refused = post(&app, "/webhooks", "k1", &body).await.expect(409);
    assert_eq!(refused.problem(), "idempotency_in_progress");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(webhooks(&app).await, 0);
    // Its process never came back.
    app.clock.advance_seconds(61);
    post(&app, "/webhooks", "k1", &body).await.expect(201);
}

on_both! {
    async fn a_request_that_has_lost_its_key_to_another_does_not_end_that_one(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let key = Key { tenant_id: Id::from_bytes([0; 16]), hash: [1; 32], fingerprint: [2; 32] };
        let begin = async || {
            let now = app.clock.now();
            app.app.store.write(move |db| idempotency::begin(db, &key, now)).await.unwrap()
        };
        let answer = |body: &str| idempotency::Answer { status: 201, headers: vec![], body: body.into() };
        let end = async |began, answer: Option<idempotency::Answer>| {
            app.app.store.write(move |db| idempotency::end(db, &key, began, answer.as_ref())).await.unwrap();
        };
        let Begun::First(first) = begin().await else { panic!("nobody has it") };
        app.clock.advance_seconds(61);
        let Begun::First(second) = begin().await else { panic!("the first one counts as lost") };
        end(first, None).await;
        assert_eq!(begin().await, Begun::UnderWay, "the key is not free");
        end(second, Some(answer("second"))).await;
        end(first, Some(answer("first"))).await;
        assert_eq!(begin().await, Begun::Again(answer("second")));
    }
}

on_both! {
    async fn of_many_at_once_one_is_carried_out(backend) {
        let database = TestDatabase::new(backend);
        let mut apps = vec![both::start(&database).await];
        if backend == Backend::Postgres {
            apps.push(both::start(&database).await);
        }
        let receiver = Receiver::start().await;
        let body = new_webhook(&receiver);
        // The second time each takes over from a process that was lost.
        for made in 1..=2 {
            let posts = (0..10).map(|number| post(&apps[number % apps.len()], "/webhooks", "k1", &body));
            for answer in futures_util::future::join_all(posts).await {
                assert!(matches!(answer.status.as_u16(), 201 | 409), "{answer:?}");
            }
            assert_eq!(webhooks(&apps[0]).await, made);
            apps[0].execute("UPDATE idempotency_keys SET status = NULL, action = NULL").await;
            apps.iter().for_each(|app| app.clock.advance_seconds(61));
        }
    }
}

on_both! {
    async fn a_lost_answer_is_made_anew_or_says_what_was_done(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let receiver = Receiver::start().await;
        let body = new_webhook(&receiver);
        let first = post(&app, "/webhooks", "k1", &body).await.expect(201);
        app.execute("UPDATE idempotency_keys SET status = NULL").await;
        let again = post(&app, "/webhooks", "k1", &body).await.expect(201);
        assert_eq!((again.json(), again.header("etag")), (first.json(), first.header("etag")));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        app.delete(&format!("/webhooks/{}", id_of(&first.json()))).await.expect(204);
        app.clock.advance_seconds(61);
        let gone = post(&app, "/webhooks", "k1", &body).await.expect(409);
        assert_eq!(gone.problem(), "idempotency_answer_lost");
        let detail = gone.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(&format!("webhook {}", id_of(&first.json()))), "{detail}");
        assert_eq!(webhooks(&app).await, 0);
    }
}

on_both! {
    async fn what_has_lost_its_key_does_nothing(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let key = Key { tenant_id: Id::from_bytes([0; 16]), hash: [1; 32], fingerprint: [2; 32] };
        let entries = app.items("/audit-log").await.len();
        let append = async || {
            let (id, action) = (app.app.ids.next(app.clock.now()), AuditAction::WebhookCreated);
            let entry = AuditEntry::by_itself(id, ActorKind::System, action, id, "");
            let write = app.app.store.write(move |db| audit::append(db, key.tenant_id, &entry));
            idempotency::under_way(key, app.clock.now(), write).await
        };
        append().await.unwrap_err();
        assert_eq!(app.items("/audit-log").await.len(), entries);
        let now = app.clock.now();
        app.app.store.write(move |db| idempotency::begin(db, &key, now)).await.unwrap();
        append().await.unwrap();
        app.app.store.write(move |db| idempotency::end(db, &key, now, None)).await.unwrap();
        let begun = app.app.store.write(move |db| idempotency::begin(db, &key, now)).await.unwrap();
        assert!(matches!(begun, Begun::Done(_)), "what was done keeps its key, whatever was answered: {begun:?}");
    }
}

#[tokio::test]
async fn tests_resends_types_and_jobs_have_keys_too() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(500));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    app.publish("S", "T", "1").await;
    app.run_due().await;
    let failed = id_of(&app.delivery(&webhook).await);
    let later = app.webhook(&receiver).await;
    let now = app.clock.now();
    let window = json!({"from": now.plus_seconds(-1), "to": now.plus_seconds(1)});
    for (path, body, status) in [
        (format!("/webhooks/{webhook}/resend-failed"), window.clone(), 202),
        (format!("/webhooks/{later}/send-missed"), window, 202),
        (format!("/deliveries/{failed}/resend"), json!({}), 202),
        (format!("/webhooks/{webhook}/test"), json!({}), 202),
        ("/event-types".into(), json!({"source": "S", "type": "T"}), 201),
    ] {
        let first = post(&app, &path, &path, &body).await.expect(status);
        let again = post(&app, &path, &path, &body).await.expect(status);
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{path}");
        assert_eq!(again.text, first.text);
    }
}

#[tokio::test]
async fn a_dry_run_makes_nothing_and_uses_no_key_up() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(500));
    let path = format!("/webhooks/{}/resend-failed", app.webhook_with(&receiver, json!({"retry_schedule": []})).await);
    app.publish("S", "T", "1").await;
    app.run_due().await;
    let window = |dry_run: bool| json!({"from": app.clock.now().plus_seconds(-1), "to": app.clock.now().plus_seconds(1), "dry_run": dry_run});
    for _ in 0..2 {
        let counted = post(&app, &path, "k", &window(true)).await.expect(200);
        assert_eq!(counted.header("idempotent-replayed"), None);
    }
    post(&app, &path, "k", &window(false)).await.expect(202);
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    for key in ["", "é", "a\tb", &"k".repeat(256)] {
        let refused = post(&app, "/webhooks", key, &new_webhook(&receiver)).await.expect(422);
        assert_eq!(refused.problem(), "idempotency_key_invalid", "{key:?}");
    }
    post(&app, "/webhooks", &"k".repeat(255), &new_webhook(&receiver)).await.expect(201);
}

#[tokio::test]
async fn the_key_and_the_secret_of_a_request_are_not_kept_nor_one_that_was_made() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    post(&app, "/webhooks", "a-key-to-look-for", &new_webhook(&receiver)).await.expect(201);
    let made = post(&app, "/webhooks", "k2", &json!({"url": receiver.url()})).await.expect(201).json()["secret"].take();
    for file in std::fs::read_dir(app.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for kept in ["a-key-to-look-for", "dummysecret", made.as_str().unwrap()] {
            assert!(!bytes.windows(kept.len()).any(|window| window == kept.as_bytes()), "{kept}");
        }
    }
}
