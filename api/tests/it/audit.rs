//! Who did what.

use crate::{
    both,
    database::{Backend, TestDatabase, on_both},
    harness::{START, TestApp, api_key, client, column, id_of},
    receiver::{Answer, Receiver},
    sessions::{EMAIL, PASSWORD, operator, plain, session, sign_in},
};
use diesel::{
    Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, connection::SimpleConnection as _, sql_query,
    sql_types::Integer,
};
use futures_util::future::join_all;
use hookwright::{operators::set_up, store::DEFAULT_TENANT};
use reqwest::Method;
use serde_json::{Value, json};
use shared::Role;

/// The entries, but for those of the keys that the tests call with.
async fn log(app: &TestApp, query: &str) -> Vec<Value> {
    let mut entries = app.items(&format!("/audit-log{query}")).await;
    entries.retain(|entry| entry["actor"]["kind"] != "command_line");
    entries
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

on_both! {
    async fn the_log_is_searched_for_who_what_and_where(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let receiver = Receiver::start().await;
        let webhook = app.webhook(&receiver).await;
        app.patch(&format!("/webhooks/{webhook}"), &json!({"description": "billing"})).await.expect(200);
        app.post("/operators", &json!({"email": "ana_b@example.com", "password": PASSWORD, "role": "viewer"})).await.expect(201);
        let found = async |search: &str| {
            let entries = log(&app, &format!("?q={search}")).await;
            entries.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let all = ["operator.created", "webhook.changed", "webhook.created"];
        assert_eq!(found("ADMIN").await, all);
        assert_eq!(found("127.0.0.1").await, all);
        assert_eq!(found(&webhook).await, all[1..]);
        assert_eq!(found(&receiver.url()).await, all[1..]);
        assert_eq!(found("k.Chan").await, ["webhook.changed"]);
        assert_eq!(found("ana_").await, ["operator.created"]);
        assert!(found("ana%25").await.is_empty(), "a percent sign is a character like any other");
        assert!(found("billing").await.is_empty(), "what was changed is not searched");
        let long = app.get(&format!("/audit-log?q={}", "x".repeat(201))).await;
        assert_eq!(long.expect(422).json()["code"], "search_too_long");
    }
}

#[tokio::test]
async fn an_entry_that_only_a_newer_node_can_read_does_not_end_the_list() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    let newer = "INSERT INTO audit_log SELECT x'02000000000000000000000000000000', tenant_id, actor_kind, actor_id, actor_name, \
                 'webhook.renamed', target_kind, target_id, target_name, address, request_id, \"before\", \"after\" FROM audit_log LIMIT 1";
    app.execute(newer).await;
    let first = app.read("/audit-log?limit=1").await;
    assert_eq!(first["items"], json!([]));
    let next = format!("?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(column(&log(&app, &next).await, "action"), ["webhook.created"]);
}

/// The writes that leave no entry: a fault goes to the log, what was published is kept itself, and a look at a URL changes nothing.
const WITHOUT_ENTRY: [&str; 4] =
    ["POST /client-errors", "POST /events", "POST /events/batch", "POST /webhooks/preflight"];

/// Looks at the database from outside: how often somebody else has committed something.
struct Onlooker(SqliteConnection);

#[derive(QueryableByName)]
struct DataVersion {
    #[diesel(sql_type = Integer)]
    data_version: i32,
}

impl Onlooker {
    fn of(app: &TestApp) -> Self {
        Self(SqliteConnection::establish(app.folder.path().join("hookwright.db").to_str().unwrap()).unwrap())
    }

    fn version(&mut self) -> i32 {
        sql_query("PRAGMA data_version").get_result::<DataVersion>(&mut self.0).unwrap().data_version
    }

    /// Runs a statement. What it commits is not what somebody else has committed.
    fn run(&mut self, statement: &str) {
        self.0.batch_execute(&format!("PRAGMA busy_timeout = 5000; {statement}")).unwrap();
    }
}

const NO_ENTRY: &str = "CREATE TRIGGER no_entry BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'no entry'); END";

/// Does everything that the OpenAPI document lets anybody write, and looks for the entry after each. First each write is tried while no
/// entry can be made: then nothing is written at all.
#[tokio::test]
async fn no_write_is_without_an_entry() {
    let mut app = TestApp::start().await;
    let mut onlooker = Onlooker::of(&app);
    let platform = app.platform().await;
    // The first use of a key is recorded, and is no write of its own.
    app.call(&platform, Method::GET, "/webhooks", None).await.expect(200);
    let receiver = Receiver::start().await;
    receiver.answer_only(Answer::status(500));
    let mut left = writes(&app).await;
    let mut did = async |app: &TestApp, write: &str, id: &str, body: Value, action: &str| -> Value {
        let before = log(app, "").await.len();
        let (method, path) = write.split_once(' ').unwrap();
        let path = path.replace("{id}", id).replace("{name}", id);
        let request =
            || app.call(&platform, method.parse().unwrap(), &path, Some(&body).filter(|body| !body.is_null()));
        onlooker.run(NO_ENTRY);
        let version = onlooker.version();
        let failed = request().await;
        assert!(failed.status.is_server_error(), "{write} without an entry: {}", failed.text);
        assert_eq!(onlooker.version(), version, "{write} was done without an entry");
        onlooker.run("DROP TRIGGER no_entry");
        let answered = request().await;
        assert!(answered.status.is_success(), "{write}: {}", answered.text);
        let entries = log(app, "").await;
        assert_eq!((entries.len(), &entries[0]["action"]), (before + 1, &json!(action)), "{write}");
        left.retain(|other| other != write);
        serde_json::from_str(&answered.text).unwrap_or_default()
    };
    let null = Value::Null;

    let set_up = json!({"token": set_up::link(&app.app).await.unwrap(), "email": EMAIL, "password": PASSWORD});
    plain(&app, Method::POST, "/set-up", &[], &set_up.to_string()).await.expect(201);
    let actions: Vec<_> = log(&app, "").await.iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions, ["session.created", "operator.created"]);

    let new = json!({"url": receiver.url(), "secret": "dummysecret", "retry_schedule": []});
    let webhook = id_of(&did(&app, "POST /webhooks", "", new, "webhook.created").await);
    did(&app, "PATCH /webhooks/{id}", &webhook, json!({"description": "x"}), "webhook.changed").await;
    did(&app, "POST /webhooks/{id}/rotate-secret", &webhook, json!({}), "webhook.secret_rotated").await;
    did(&app, "POST /webhooks/{id}/test", &webhook, json!({}), "webhook.tested").await;
    let event = app.publish("A", "B", "1").await;
    app.run_due().await;
    let window = json!({"from": START.plus_seconds(-60), "to": START.plus_seconds(60)});
    let job = id_of(&did(&app, "POST /webhooks/{id}/resend-failed", &webhook, window, "webhook.failed_resent").await);
    did(&app, "DELETE /resend-jobs/{id}", &job, null.clone(), "resend_job.cancelled").await;
    let cancelled = &log(&app, "").await[0];
    assert_eq!(cancelled["target"], json!({"kind": "resend_job", "id": job, "name": receiver.url()}));
    assert_eq!(cancelled["after"], json!({"webhook": webhook}).to_string());
    let entries = log(&app, "").await.len();
    app.delete(&format!("/resend-jobs/{job}")).await.expect(200);
    assert_eq!(log(&app, "").await.len(), entries, "what has ended is not cancelled again");
    let missed = json!({"url": receiver.url(), "secret": "dummysecret"});
    let missed = app.make("/webhooks", &missed).await;
    let window = json!({"from": START.plus_seconds(-60), "to": START.plus_seconds(60)});
    did(&app, "POST /webhooks/{id}/send-missed", &id_of(&missed), window, "webhook.missed_sent").await;
    let delivery = failed_of(&app, &webhook).await;
    did(&app, "POST /deliveries/{id}/resend", &delivery, json!({}), "delivery.resent").await;
    did(&app, "DELETE /events/{id}/content", &event, null.clone(), "event.erased").await;
    did(&app, "DELETE /webhooks/{id}", &webhook, null.clone(), "webhook.deleted").await;
    let entries = log(&app, "").await;
    let of_webhook = entries.iter().filter(|entry| entry["target"]["kind"] == "webhook");
    let names: Vec<_> = of_webhook.map(|entry| entry["target"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, vec![receiver.url(); 8], "which webhook it was is told for each");

    let kind = json!({"source": "A", "type": "B"});
    did(&app, "POST /event-types", "", kind.clone(), "event_type.created").await;
    did(
        &app,
        "PUT /event-types/{name}",
        "A.B",
        json!({"source": "A", "type": "B", "description": "x"}),
        "event_type.changed",
    )
    .await;
    did(&app, "DELETE /event-types/{name}", "A.B", null.clone(), "event_type.deleted").await;

    let new = json!({"email": "bob@example.com", "password": PASSWORD, "role": "viewer"});
    let bob = id_of(&did(&app, "POST /operators", "", new, "operator.created").await);
    did(&app, "PATCH /operators/{id}", &bob, json!({"role": "editor"}), "operator.changed").await;
    did(&app, "DELETE /operators/{id}", &bob, null.clone(), "operator.deleted").await;
    let key = id_of(&did(&app, "POST /api-keys", "", json!({"name": "k", "role": "viewer"}), "api_key.created").await);
    did(&app, "DELETE /api-keys/{id}", &key, null.clone(), "api_key.revoked").await;
    let tenant = id_of(&did(&app, "POST /tenants", "", json!({"name": "other"}), "tenant.created").await);
    did(&app, "PATCH /tenants/{id}", &tenant, json!({"name": "better"}), "tenant.changed").await;
    did(&app, "PUT /tenants/{id}", &tenant, json!({"name": "best"}), "tenant.changed").await;
    did(&app, "DELETE /tenants/{id}", &tenant, null, "tenant.deleted").await;
    let link = did(&app, "POST /portal-links", "", json!({"role": "viewer"}), "portal_link.created").await;

    let newest = async |app: &TestApp| log(app, "?limit=1").await[0]["action"].clone();
    let token = link["url"].as_str().unwrap().split_once('#').unwrap().1;
    plain(&app, Method::POST, "/session/portal-link", &[], &json!({"token": token}).to_string()).await.expect(201);
    assert_eq!(newest(&app).await, "session.created");
    let cookie = session(&app, EMAIL).await;
    assert_eq!(newest(&app).await, "session.created");
    let change = json!({"current_password": PASSWORD, "new_password": "another horse"}).to_string();
    let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    let changed = plain(&app, Method::PUT, "/session/password", &headers, &change).await.expect(200);
    assert_eq!(newest(&app).await, "session.password_changed");
    let cookie = crate::sessions::cookie(&changed);
    let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    plain(&app, Method::DELETE, "/session", &headers, "").await.expect(204);
    assert_eq!(newest(&app).await, "session.ended");

    left.retain(|write| !write.contains(" /session") && write != "POST /set-up");
    left.sort();
    assert_eq!(left, WITHOUT_ENTRY, "say here what entry such a write leaves");
}

#[tokio::test]
async fn what_is_deleted_by_many_at_once_is_deleted_once() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let path = format!("/webhooks/{}", app.webhook(&receiver).await);
    let answers = join_all((0..10).map(|_| app.delete(&path))).await;
    assert_eq!(answers.iter().filter(|answered| answered.status == 204).count(), 1);
    assert_eq!(answers.iter().filter(|answered| answered.status == 404).count(), 9);
    assert_eq!(log(&app, "?action=webhook.deleted").await.len(), 1);
}

/// What can be written, as `METHOD /path`.
async fn writes(app: &TestApp) -> Vec<String> {
    let document = app.read("/openapi.json").await;
    let mut writes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.trim_start_matches("/api/v1");
        let methods = item.as_object().unwrap().keys().filter(|method| *method != "get");
        writes.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    writes
}

/// The delivery of a webhook that has failed, and is no test.
async fn failed_of(app: &TestApp, webhook: &str) -> String {
    let deliveries = app.deliveries(webhook).await;
    let failed =
        deliveries.iter().find(|row| row["status"] == "failed" && row["event_type"] == "A.B" && row["test"].is_null());
    id_of(failed.unwrap_or_else(|| panic!("{deliveries:?}")))
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
    let delivery = id_of(&app.deliveries(&webhook).await[0]);
    app.patch(&format!("/webhooks/{webhook}"), &json!({"status": "active"})).await.expect(200);
    app.post(&format!("/deliveries/{delivery}/resend"), &json!({})).await.expect(202);
    let resent = &log(&app, "?action=delivery.resent").await[0];
    assert_eq!((&resent["target"]["id"], &resent["after"]), (&json!(delivery), &json!(r#"{"headers":"original"}"#)));
    assert_eq!(log(&app, "?action=session.created").await[0]["actor"]["name"], EMAIL);
    let refused = log(&app, "?actor_kind=unknown").await;
    assert_eq!(refused.len(), 2);
    assert_eq!((&refused[0]["target"]["name"], &refused[1]["target"]["name"]), (&json!(""), &json!(EMAIL)));
    let changed = &log(&app, &format!("?target_id={id}&action=operator.changed")).await[0];
    assert_eq!(
        (&changed["before"], &changed["after"]),
        (&json!(r#"{"role":"editor"}"#), &json!(r#"{"role":"viewer"}"#))
    );
    app.patch(&format!("/operators/{id}"), &json!({"role": "admin", "password": PASSWORD})).await.expect(200);
    let both = log(&app, &format!("?target_id={id}&limit=2")).await;
    assert_eq!(column(&both, "action"), ["operator.password_set", "operator.changed"]);
    assert_eq!(both[1]["after"], r#"{"role":"admin"}"#);
    assert_eq!(app.get("/audit-log?action=webhook.changed&limit=0").await.expect(422).problem(), "limit_out_of_range");
    assert_eq!(app.get("/audit-log?action=webhook.change").await.expect(422).problem(), "invalid_parameter");
    assert_eq!(app.get("/audit-log?actor=a").await.expect(400).problem(), "unknown_parameter");
}

#[tokio::test]
async fn strangers_who_come_from_everywhere_do_not_fill_the_log() {
    let app = TestApp::start_with(|settings| settings.web.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).await;
    let refused = async |number: u8| {
        let body = json!({"email": format!("{number}@example.com"), "password": PASSWORD}).to_string();
        let address = format!("203.0.113.{number}");
        plain(&app, Method::POST, "/session", &[("x-forwarded-for", &address)], &body).await.expect(401);
    };
    for number in 0..70 {
        refused(number).await;
    }
    assert_eq!(log(&app, "?actor_kind=unknown&limit=100").await.len(), 60);
    app.clock.advance_seconds(60);
    refused(70).await;
    assert_eq!(log(&app, "?actor_kind=unknown&limit=100").await.len(), 61);
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
