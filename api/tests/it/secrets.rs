//! The encryption key, and secrets that are rotated.

use crate::{
    both, calls,
    database::{TestDatabase, on_both},
    delivery::hmac,
    harness::{TestApp, column, id_of, open_freed, settings_of},
    processes::{Process, client, hookwright, key, output},
    receiver::{Answer, Receiver},
};
use hookwright::{
    app::{OpenAppError, Settings},
    delivery::key_watch::KeyWatch,
    rekey::{self, RekeyError},
    secrets::{KeyError, Sealer},
    store::{
        DEFAULT_TENANT, sealed,
        webhooks::{self, WebhookRow},
    },
};
use serde_json::{Value, json};
use std::fs;

/// Opens the database of an application that was stopped.
async fn reopened(folder: &std::path::Path, sealer: Option<Sealer>) -> Result<(), OpenAppError> {
    let url: hookwright::store::DatabaseUrl = format!("sqlite://{}/hookwright.db", folder.display()).parse().unwrap();
    open_freed(|| Settings { sealer: sealer.clone(), ..settings_of(url.clone()) }).await.map(drop)
}

/// Settings with that key.
fn sealing_with(key: &str) -> impl Fn(&mut Settings) + use<> {
    let sealer = Sealer::from_hex(key, []).unwrap();
    move |settings| settings.sealer = Some(sealer.clone())
}

#[tokio::test]
async fn a_wrong_or_missing_key_is_refused_at_the_start() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    let folder = tempfile::tempdir().unwrap();
    for file in ["hookwright.db", "hookwright.db-wal", "hookwright.db.key"] {
        let from = app.folder.path().join(file);
        if from.exists() {
            fs::copy(from, folder.path().join(file)).unwrap();
        }
    }
    drop(app);
    reopened(folder.path(), None).await.unwrap();
    let key = folder.path().join("hookwright.db.key");
    let right = fs::read_to_string(&key).unwrap();

    fs::remove_file(&key).unwrap();
    let error = reopened(folder.path(), None).await.unwrap_err();
    assert!(matches!(error, OpenAppError::Key(KeyError::FileMissing(_))), "{error}");
    assert!(error.to_string().contains("is missing"), "{error}");
    assert!(!key.exists(), "no other key takes its place");

    let error = reopened(folder.path(), Some(Sealer::new([7; 32]))).await.unwrap_err();
    assert!(matches!(error, OpenAppError::Key(KeyError::Other)), "{error}");
    let both = Sealer::from_hex(&"a".repeat(64), [right.trim()]).unwrap();
    reopened(folder.path(), Some(both)).await.unwrap();
    fs::write(&key, right).unwrap();
    reopened(folder.path(), None).await.unwrap();
}

#[tokio::test]
async fn after_a_rekey_the_old_key_is_not_needed_any_more() {
    let (old, new) = ("a".repeat(64), "b".repeat(64));
    let mut app = TestApp::start_with(sealing_with(&old)).await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(500));
    let basic = json!({"type": "basic", "username": "ana", "password": "geheim"});
    let own = json!([{"name": "X-Own", "value": "a value"}]);
    let webhook =
        app.webhook_with(&receiver, json!({"authentication": basic, "headers": own, "retry_schedule": []})).await;
    app.publish_example().await;
    app.run_due().await;
    app.post(&format!("/webhooks/{webhook}/rotate-secret"), &json!({"secret": "anothersecret"})).await.expect(200);
    let delivery = app.delivery(&webhook).await;

    let both = Sealer::from_hex(&new, [old.as_str()]).unwrap();
    let id = webhook.parse().unwrap();
    let before = app.app.store.read(move |db| webhooks::find(db, DEFAULT_TENANT, id)).await.unwrap().unwrap();
    let mut told = Vec::new();
    let sealed_again = rekey::reseal_all(&app.app.store, &both, |done| told.push(done)).await.unwrap();
    assert_eq!(told, [sealed_again]);
    assert_eq!((sealed_again.webhooks, sealed_again.attempts), (1, 1));
    let again = rekey::reseal_all(&app.app.store, &both, drop).await.unwrap();
    assert_eq!((again.webhooks, again.attempts), (0, 0), "nothing was left");
    // An edit that began before must not write back what the old key has sealed.
    let edited = WebhookRow { version: before.version + 1, ..before };
    assert!(!app.app.store.write(move |db| webhooks::update(db, &edited)).await.unwrap());

    let mut app = app.restart_with(sealing_with(&new)).await;
    assert_eq!(app.delivery(&webhook).await["attempts"], delivery["attempts"], "the recorded headers open");
    let resend = format!("/deliveries/{}/resend", id_of(&delivery));
    app.post(&resend, &json!({"headers": "current"})).await.expect(202);
    app.run_due().await;
    let received = receiver.received();
    assert_eq!(received[1].header("authorization"), received[0].header("authorization"), "the password opens");
    assert_eq!(received[1].header("x-own"), Some("a value"), "the header opens");
    assert_eq!(received[1].header("webhook-signature").unwrap().split(' ').count(), 2, "both secrets open");
}

on_both! {
    async fn nothing_secret_is_left_of_a_webhook_that_was_deleted(backend) {
        let (database, [old, new]) = (TestDatabase::new(backend), ["a", "b"].map(|digit| digit.repeat(64)));
        let app = TestApp::start_with(|settings| {
            both::on(&database, settings);
            sealing_with(&old)(settings);
        })
        .await;
        let receiver = Receiver::start().await;
        let basic = json!({"type": "basic", "username": "ana", "password": "geheim"});
        let own = json!([{"name": "X-Own", "value": "a value"}]);
        let webhook = app.webhook_with(&receiver, json!({"authentication": basic, "headers": own})).await;
        let path = format!("/webhooks/{webhook}");
        app.post(&format!("{path}/rotate-secret"), &json!({"secret": "anothersecret"})).await.expect(200);
        app.delete(&path).await.expect(204);
        let id = webhook.parse().unwrap();
        let left = app.app.store.read(move |db| webhooks::find(db, DEFAULT_TENANT, id)).await.unwrap().unwrap();
        let sealed = [Some(left.secret_sealed), left.previous_secret_sealed, left.auth_sealed, left.headers_sealed];
        assert_eq!(sealed, [Some(Vec::new()), None, None, None]);
        assert_eq!((left.auth_name.as_str(), left.header_names.len()), ("", 0));
        let both = Sealer::from_hex(&new, [old.as_str()]).unwrap();
        let done = rekey::reseal_all(&app.app.store, &both, drop).await.unwrap();
        assert_eq!((done.webhooks, done.attempts), (0, 0));
    }
}

#[tokio::test]
async fn without_the_key_that_sealed_a_value_nothing_is_lost_in_a_rekey() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    let before = app.app.store.read(sealed::key_checks).await.unwrap();
    let error = rekey::reseal_all(&app.app.store, &Sealer::new([7; 32]), drop).await.unwrap_err();
    assert!(matches!(error, RekeyError::OtherKey), "{error}");
    assert_eq!(app.app.store.read(sealed::key_checks).await.unwrap(), before, "no other key is coming");
    assert_eq!(app.execute("UPDATE webhooks SET secret_sealed = x'00'").await, 1);
    let error = rekey::reseal_all(&app.app.store, &app.app.sealer, drop).await.unwrap_err();
    assert!(error.to_string().contains(&webhook), "{error}");
    app.publish_example().await;
}

#[tokio::test]
async fn a_server_that_does_not_know_the_key_that_a_rekey_brings_uses_up_no_attempt() {
    let (old, new) = ("a".repeat(64), "b".repeat(64));
    let mut app = TestApp::start_with(sealing_with(&old)).await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish("A", "B", "1").await;
    let both = Sealer::from_hex(&new, [old.as_str()]).unwrap();
    rekey::reseal_all(&app.app.store, &both, drop).await.unwrap();
    app.publish("A", "B", "2").await;
    app.run_due().await;
    app.run_due().await;
    let deliveries = app.deliveries(&webhook).await;
    assert_eq!(column(&deliveries, "status"), ["pending"; 2]);
    assert_eq!(column(&deliveries, "attempt_count"), [0; 2]);
    let unready = app.send(app.client.get(app.base.replace("/api/v1", "/readyz"))).await.expect(503);
    assert_eq!(unready.problem(), "nothing_is_sent");

    let mut app = app.restart_with(sealing_with(&new)).await;
    app.send(app.client.get(app.base.replace("/api/v1", "/readyz"))).await.expect(200);
    app.run_due().await;
    let deliveries = app.deliveries(&webhook).await;
    assert_eq!(column(&deliveries, "status"), ["delivered"; 2]);
    assert_eq!(column(&deliveries, "attempt_count"), [1; 2]);
}

#[tokio::test]
async fn while_the_key_is_changed_a_server_needs_both_keys() {
    let (old, new) = ("a".repeat(64), "b".repeat(64));
    let mut app = TestApp::start_with(sealing_with(&old)).await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    app.publish("A", "B", "1").await;
    app.run_due().await;
    // The rekey ends halfway, at a value that does not open.
    assert_eq!(app.execute("UPDATE attempts SET request_headers_sealed = x'00'").await, 1);
    let both = Sealer::from_hex(&new, [old.as_str()]).unwrap();
    rekey::reseal_all(&app.app.store, &both, drop).await.unwrap_err();
    let keys = |sealer: Sealer| KeyWatch::new(app.app.store.clone(), sealer);
    for (sealer, has_all) in
        [(Sealer::from_hex(&old, []), false), (Sealer::from_hex(&new, []), false), (Ok(both), true)]
    {
        assert_eq!(keys(sealer.unwrap()).look().await.unwrap(), has_all);
    }
    app.publish("A", "B", "2").await;
    app.run_due().await;
    assert_eq!(app.deliveries(&webhook).await[0]["status"], "pending");
}

#[tokio::test]
async fn while_a_secret_is_rotated_receivers_with_either_verify() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    // What waits when the secret is rotated is signed by both.
    app.publish("A", "B", "1").await;
    let path = format!("/webhooks/{webhook}/rotate-secret");
    let rotated = app.post(&path, &json!({"secret": "anothersecret", "overlap_seconds": 60})).await.expect(200).json();
    assert_eq!(rotated["secret"], Value::Null, "whoever typed it knows it");
    assert_eq!(rotated["webhook"]["previous_secret_until"], "2025-07-08T18:02:20.000000Z");
    app.run_due().await;
    app.clock.advance_seconds(60);
    app.publish("A", "B", "2").await;
    app.run_due().await;
    let received = receiver.received();
    assert_eq!(received[0].signatures_hold("dummysecret"), (false, true));
    assert_eq!(received[0].signatures_hold("anothersecret"), (true, true));
    let before = hex::encode(hmac(b"dummysecret", &received[0].body));
    assert_eq!(received[0].header("x-webhook-signature-previous"), Some(before.as_str()));
    assert_eq!(received[1].signatures_hold("dummysecret"), (false, false), "the time of the old one is over");
    assert_eq!(received[1].header("x-webhook-signature-previous"), None);
    assert_eq!(received[1].signatures_hold("anothersecret"), (true, true));
}

#[tokio::test]
async fn a_second_rotation_ends_the_overlap_of_the_first_only_where_it_says_so() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let path = format!("/webhooks/{}/rotate-secret", app.webhook(&receiver).await);
    app.post(&path, &json!({"secret": "secondsecret", "overlap_seconds": 60})).await.expect(200);
    let third = json!({"secret": "thirdsecret", "overlap_seconds": 60});
    let refused = app.post(&path, &third).await.expect(409);
    assert_eq!(refused.problem(), "rotation_under_way");
    assert!(refused.text.contains("until 2025-07-08T18:02:20.000000Z"), "{}", refused.text);
    app.publish("A", "B", "1").await;
    app.run_due().await;
    assert_eq!(receiver.received()[0].signatures_hold("dummysecret"), (false, true));
    let at_once = json!({"secret": "thirdsecret", "overlap_seconds": 0});
    let rotated = app.post(&path, &at_once).await.expect(200).json();
    assert_eq!(rotated["webhook"]["previous_secret_until"], Value::Null);
    app.post(&path, &json!({"secret": "fourthsecret", "overlap_seconds": 60})).await.expect(200);
    app.clock.advance_seconds(60);
    app.post(&path, &json!({"secret": "fifthsecret", "overlap_seconds": 60})).await.expect(200);
}

#[tokio::test]
async fn the_secret_that_there_is_already_ends_no_rotation() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let path = format!("/webhooks/{}", app.webhook(&receiver).await);
    let rotation = json!({"secret": "anothersecret", "overlap_seconds": 60});
    let rotated = app.post(&format!("{path}/rotate-secret"), &rotation).await.expect(200).json();
    let again = app.post(&format!("{path}/rotate-secret"), &rotation).await.expect(200).json();
    assert_eq!(again, rotated);
    // As programs do that bring everything up to date.
    for patch in [json!({"secret": "anothersecret"}), json!({"url": receiver.url()}), json!({})] {
        assert_eq!(app.patch(&path, &patch).await.expect(200).json(), rotated["webhook"], "{patch}");
    }
    assert_eq!(app.read("/audit-log?action=webhook.changed").await["items"], json!([]));
}

#[tokio::test]
async fn a_rotation_that_is_sent_again_is_not_carried_out_again() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let path = format!("/webhooks/{}", app.webhook(&receiver).await);
    let rotate = |etag: &str| {
        let request = app.request(reqwest::Method::POST, &format!("{path}/rotate-secret")).header("if-match", etag);
        app.send(request.header("content-type", "application/json").body(r#"{"overlap_seconds": 60}"#))
    };
    let seen = app.get(&path).await.expect(200).header("etag").unwrap().to_owned();
    let rotated = rotate(&seen).await.expect(200);
    // The answer is lost on its way. Another secret now would end the time of the one that the receiver knows.
    let again = rotate(&seen).await.expect(412);
    assert_eq!((again.problem().as_str(), again.header("etag")), ("version_mismatch", rotated.header("etag")));
    assert_eq!(app.get(&path).await.header("etag"), rotated.header("etag"));
}

#[tokio::test]
async fn a_secret_that_the_server_makes_is_told_once() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    let path = format!("/webhooks/{webhook}/rotate-secret");
    let rotated = app.post(&path, &json!({})).await.expect(200).json();
    let secret = rotated["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    assert!(!app.get(&format!("/webhooks/{webhook}")).await.text.contains(secret));
    assert!(!app.get("/audit-log").await.text.contains(secret));
    app.publish("A", "B", "1").await;
    app.run_due().await;
    assert_eq!(receiver.received()[0].signatures_hold(secret), (true, true));
    let entry = &app.items("/audit-log?action=webhook.secret_rotated").await[0];
    assert_eq!(entry["target"]["id"], webhook);
    // One that is edited at once takes the place of both.
    app.patch(&format!("/webhooks/{webhook}"), &json!({"secret": "thirdsecret"})).await.expect(200);
    app.publish("A", "B", "2").await;
    app.run_due().await;
    assert_eq!(receiver.received()[1].signatures_hold(secret), (false, false));
    for (body, code) in [
        (json!({"secret": "short"}), "secret_invalid"),
        (json!({"secret": "••••"}), "secret_placeholder"),
        (json!({"overlap_seconds": 604_801}), "out_of_range"),
        (json!({"overlap_seconds": -1}), "out_of_range"),
    ] {
        assert_eq!(app.post(&path, &body).await.expect(422).problem(), code, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_is_given_up_for_a_variable_only_while_no_server_runs_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let url = format!("sqlite://{}", database.display());
    let (mut server, _) = Process::serve(&database).await;
    let old = fs::read_to_string(database.with_added_extension("key")).unwrap();
    let new = "b".repeat(64);
    let rekey = || {
        let variables =
            [("HOOKWRIGHT_ENCRYPTION_KEY", new.as_str()), ("HOOKWRIGHT_ENCRYPTION_KEY_PREVIOUS", old.trim())];
        hookwright(&["rekey", "--database-url", &url]).envs(variables).output().unwrap()
    };
    let refused = rekey();
    assert!(!refused.status.success(), "the server would open nothing any more");
    server.signal("TERM");
    assert!(server.ended().await.success());
    let done = rekey();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("HOOKWRIGHT_ENCRYPTION_KEY set to the new key"), "{said}{done:?}");
    let missing = output(&["rekey", "--database-url", "sqlite://nowhere.db"]);
    assert!(String::from_utf8_lossy(&missing.stderr).contains("there is no database at nowhere.db"), "{missing:?}");
    assert!(!std::path::Path::new("nowhere.db.lock").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_rekey_command_secrets_open_and_deliveries_are_signed_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hookwright.db");
    let (url, key_file) = (format!("sqlite://{}", database.display()), database.with_added_extension("key"));
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(500));
    receiver.answer(Answer::status(200));
    let (mut server, base) = Process::serve(&database).await;
    let client = client(&key(&database));
    calls::register_with(&client, &base, &receiver, json!({"retry_schedule": []})).await;
    let publish = async |base: &str, id: &str| {
        calls::publish(&client, base, id).await;
        calls::settled(&client, base).await;
    };
    publish(&base, "1").await;
    let rekey = ["rekey", "--database-url", &url];
    let refused = output(&rekey);
    assert!(!refused.status.success(), "a running server would go on with the old key");
    server.signal("TERM");
    assert!(server.ended().await.success());

    let old = fs::read_to_string(&key_file).unwrap();
    let done = output(&rekey);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("the secrets of 1 webhooks and the headers of 1 attempts"), "{said}{done:?}");
    let new = fs::read_to_string(&key_file).unwrap();
    assert!(new != old && new.lines().count() == 1, "the old key is gone");

    let (_server, base) = Process::serve(&database).await;
    publish(&base, "2").await;
    let failed = calls::get(&client, &format!("{base}/api/v1/deliveries?status=failed")).await;
    let resend = format!("{base}/api/v1/deliveries/{}/resend", id_of(&failed["items"][0]));
    assert_eq!(client.post(resend).send().await.unwrap().status(), 202);
    calls::settled(&client, &base).await;
    let received = receiver.received();
    assert_eq!(received.len(), 3);
    assert!(received.iter().all(|request| request.signatures_hold("dummysecret") == (true, true)));
    assert_eq!(received[2].lasting_headers(), received[0].lasting_headers(), "the recorded headers open");
    let told = calls::get(&client, &format!("{base}/api/v1/audit-log?action=encryption_key.changed")).await;
    assert_eq!(told["items"][0]["actor"]["kind"], "command_line", "{told}");
}
