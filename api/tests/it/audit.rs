//! Who did what.

use crate::{
    both,
    database::{Backend, TestDatabase, on_both},
    harness::{START, TestApp, api_key, client},
    receiver::{Answer, Receiver},
    sessions::{EMAIL, operator, session, sign_in},
};
use api::store::DEFAULT_TENANT;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use shared::Role;

async fn log(app: &TestApp, query: &str) -> Vec<Value> {
    app.get(&format!("/audit-log{query}")).await.expect(200).json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_write_tells_who_did_it_from_where_and_what_changed() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = app.webhook(&receiver).await;
    let answered = app.patch(&format!("/webhooks/{webhook}"), &json!({"description": "billing"})).await.expect(200);
    app.delete(&format!("/webhooks/{webhook}")).await.expect(204);
    let entries = log(&app, "").await;
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["webhook.deleted", "webhook.changed", "webhook.created"]);
    let changed = &entries[1];
    assert_eq!(changed["at"], START.to_string());
    assert_eq!(changed["actor"]["kind"], "api_key");
    assert_eq!(changed["actor"]["name"], "admin");
    assert_eq!(changed["target"], json!({"kind": "webhook", "id": webhook, "name": receiver.url()}));
    assert_eq!(changed["address"], "127.0.0.1");
    assert_eq!(changed["request_id"], answered.header("x-request-id").unwrap());
    assert_eq!(changed["before"], r#"{"description":""}"#);
    assert_eq!(changed["after"], r#"{"description":"billing"}"#);
    assert_eq!(entries[2]["before"], Value::Null);
    assert!(entries[2]["after"].as_str().unwrap().contains(&receiver.url()));
    assert!(entries.iter().all(|entry| !entry.to_string().contains("dummysecret")));
}

#[tokio::test]
async fn people_programs_and_the_server_itself_are_told_apart() {
    let mut app = TestApp::start().await;
    let id = operator(&app, EMAIL, "editor").await;
    session(&app, EMAIL).await;
    sign_in(&app, EMAIL, "wrong horse battery").await.expect(401);
    sign_in(&app, "a password in the wrong field", "x").await.expect(401);
    app.patch(&format!("/operators/{id}"), &json!({"role": "viewer"})).await.expect(200);
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(410));
    let webhook = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
    app.publish_example().await;
    app.run_due().await;
    let gone = &log(&app, "?action=webhook.deactivated").await[0];
    assert_eq!((&gone["actor"]["kind"], &gone["target"]["id"]), (&json!("system"), &json!(webhook)));
    let delivery = app.deliveries(&webhook).await[0]["id"].as_str().unwrap().to_owned();
    app.patch(&format!("/webhooks/{webhook}"), &json!({"status": "active"})).await.expect(200);
    app.post(&format!("/deliveries/{delivery}/resend"), &json!({})).await.expect(202);
    assert_eq!(log(&app, "?action=delivery.resent").await[0]["target"]["id"], delivery);
    assert_eq!(log(&app, "?action=session.created").await[0]["actor"]["name"], EMAIL);
    let refused = log(&app, "?actor_kind=unknown").await;
    assert_eq!(refused.len(), 2);
    assert_eq!((&refused[0]["target"]["name"], &refused[1]["target"]["name"]), (&json!(""), &json!(EMAIL)));
    let changed = &log(&app, &format!("?target_id={id}&action=operator.changed")).await[0];
    assert_eq!(
        (&changed["before"], &changed["after"]),
        (&json!(r#"{"role":"editor"}"#), &json!(r#"{"role":"viewer"}"#))
    );
    assert_eq!(app.get("/audit-log?action=a&limit=0").await.expect(422).problem(), "limit_out_of_range");
    assert_eq!(app.get("/audit-log?actor=a").await.expect(400).problem(), "unknown_parameter");
}

#[tokio::test]
async fn only_admins_read_the_log() {
    let app = TestApp::start().await;
    app.post("/api-keys", &json!({"name": "k", "role": "viewer"})).await.expect(201);
    let editor = client(&api_key(&app.app, DEFAULT_TENANT, Role::Editor, false).await);
    app.send(editor.get(format!("{}/audit-log", app.base))).await.expect(403);
    assert_eq!(log(&app, "").await.len(), 1);
}

on_both! {
    async fn the_database_itself_refuses_to_change_the_log(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        app.post("/api-keys", &json!({"name": "k", "role": "viewer"})).await.expect(201);
        let truncate = (backend == Backend::Postgres).then_some("TRUNCATE audit_log");
        let statements = ["UPDATE audit_log SET actor_name = 'nobody'", "DELETE FROM audit_log"];
        for statement in statements.into_iter().chain(truncate) {
            let changed = app.app.store.write(move |db| db.batch_execute(statement)).await;
            assert!(changed.unwrap_err().to_string().contains("append only"), "{statement}");
        }
        assert_eq!(log(&app, "").await.len(), 1);
    }
}
