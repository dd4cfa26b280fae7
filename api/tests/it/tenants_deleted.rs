//! Deleting a tenant with what it has.

use crate::{
    both, calls,
    database::{Backend, TestDatabase, on_both},
    harness::{TestApp, api_key, client, event, id_of},
    processes::{self, Process},
    receiver::{Answer, Receiver},
};
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use hookwright::{
    clock::Clock,
    server,
    store::{DEFAULT_TENANT, NewEvent},
};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use shared::{Role, Timestamp};
use std::{net::TcpListener, time::Duration};

/// The state of a cancelled delivery, as it is recorded.
const CANCELLED: u8 = 4;

/// A customer of a platform.
struct Customer {
    id: String,
    /// With an API key of its own.
    client: Client,
}

async fn customer(app: &TestApp, platform: &Client, name: &str) -> Customer {
    let new = json!({"name": name, "external_id": name});
    let id = id_of(&app.call(platform, Method::POST, "/tenants", Some(&new)).await.expect(201).json());
    let client = client(&api_key(&app.app, id.parse().unwrap(), Role::Editor, false).await);
    Customer { id, client }
}

async fn register(app: &TestApp, customer: &Customer, receiver: &Receiver) -> String {
    let new = json!({"url": receiver.url(), "secret": "dummysecret", "retry_schedule": []});
    id_of(&app.call(&customer.client, Method::POST, "/webhooks", Some(&new)).await.expect(201).json())
}

async fn publish(app: &TestApp, customer: &Customer, ce_id: &str) {
    app.call(&customer.client, Method::POST, "/events", Some(&event("A", "B", ce_id))).await.expect(202);
}

/// How often each action stands in a tenant's log.
async fn told(app: &TestApp, platform: &Client, tenant_id: &str, action: &str) -> usize {
    let path = format!("/audit-log?tenant_id={tenant_id}&action={action}&limit=100");
    app.call(platform, Method::GET, &path, None).await.expect(200).json()["items"].as_array().unwrap().len()
}

async fn erase_ordered(app: &TestApp) {
    app.app.store.erase_ordered(&app.clock, &app.app.ids).await.unwrap();
}

/// How many rows of a table are so.
async fn count(app: &TestApp, table: &str, so: &str) -> usize {
    app.execute(format!("UPDATE {table} SET tenant_id = tenant_id WHERE {so}")).await
}

on_both! {
    async fn a_tenant_is_deleted_with_its_webhooks_and_what_waits_for_them(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let platform = app.platform().await;
        let receiver = Receiver::start().await;
        let (acme, other) = (customer(&app, &platform, "acme").await, customer(&app, &platform, "other").await);
        let mut registered = Vec::new();
        for owner in [&acme, &acme, &other] {
            registered.push(register(&app, owner, &receiver).await);
            publish(&app, owner, "1").await;
        }
        let delete = async |query: &str| app.call(&platform, Method::DELETE, &format!("/tenants/acme{query}"), None).await;
        assert_eq!(delete("").await.expect(409).problem(), "tenant_in_use");
        assert_eq!(delete("?webhooks=keep").await.expect(422).problem(), "invalid_parameter");
        assert_eq!(delete("?webhook=delete").await.expect(400).problem(), "unknown_parameter");
        delete("?webhooks=delete").await.expect(204);
        assert_eq!(delete("?webhooks=delete").await.expect(404).problem(), "not_found");
        app.call(&acme.client, Method::GET, "/webhooks", None).await.expect(401);
        let cancelled = format!("status = {CANCELLED} AND webhook_id IN (SELECT id FROM webhooks WHERE deleted_at IS NOT NULL)");
        assert_eq!(count(&app, "deliveries", &cancelled).await, 1);
        app.run_due().await;
        assert_eq!(receiver.received().len(), 1, "what is the other's is sent");
        assert_eq!(told(&app, &platform, &acme.id, "webhook.deleted").await, 2);
        assert_eq!(told(&app, &platform, &DEFAULT_TENANT.to_string(), "tenant.deleted").await, 1);
        assert_eq!(told(&app, &platform, &other.id, "webhook.deleted").await, 0);
        let path = format!("/audit-log?tenant_id={}&action=webhook.deleted", acme.id);
        let log = app.call(&platform, Method::GET, &path, None).await.expect(200).json();
        let in_turn = log["items"].as_array().unwrap().iter().rev().map(|entry| id_of(&entry["target"]));
        assert_eq!(in_turn.collect::<Vec<_>>(), registered[..2], "in the order in which settlements lock them");
    }
}

on_both! {
    async fn a_tenant_with_many_webhooks_is_deleted_with_all_of_them(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        let receiver = Receiver::start().await;
        let acme = customer(&app, &platform, "acme").await;
        // As many as go together, and one.
        for _ in 0..101 {
            register(&app, &acme, &receiver).await;
        }
        app.call(&platform, Method::DELETE, "/tenants/acme?webhooks=delete", None).await.expect(204);
        app.call(&platform, Method::GET, "/tenants/acme", None).await.expect(404);
        assert_eq!(count(&app, "webhooks", "deleted_at IS NULL").await, 0);
        assert_eq!(told(&app, &platform, &acme.id, "webhook.deleted").await, 100, "a page of the log");
    }
}

#[tokio::test]
async fn a_tenant_that_cannot_be_deleted_keeps_its_webhooks() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    customer(&app, &platform, "ops").await;
    let app = app.restart_with(|settings| settings.alerts_tenant = Some("ops".into())).await;
    let platform = app.platform().await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver).await;
    let refused = async |named: &str| {
        let path = format!("/tenants/{named}?webhooks=delete&content=erase");
        app.call(&platform, Method::DELETE, &path, None).await.expect(409).problem()
    };
    assert_eq!(refused("ops").await, "tenant_gets_alerts");
    assert_eq!(refused(&DEFAULT_TENANT.to_string()).await, "tenant_in_use");
    assert_eq!(count(&app, "webhooks", "deleted_at IS NULL").await, 1);
}

on_both! {
    async fn what_the_events_of_a_deleted_tenant_hold_is_erased_where_that_was_ordered(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let platform = app.platform().await;
        let receiver = Receiver::start().await;
        receiver.answer_only(Answer::body(500, "secret"));
        let customers = [customer(&app, &platform, "acme").await, customer(&app, &platform, "kept").await];
        for customer in &customers {
            register(&app, customer, &receiver).await;
            // More than are erased together at first.
            for number in 0..20 {
                publish(&app, customer, &number.to_string()).await;
            }
        }
        app.run_due().await;
        for path in ["/tenants/acme?webhooks=delete&content=erase", "/tenants/kept?webhooks=delete"] {
            app.call(&platform, Method::DELETE, path, None).await.expect(204);
        }
        let erased = async |app: &TestApp| count(app, "events", "payload = ''").await;
        let answers = async |app: &TestApp| app.execute("UPDATE attempts SET number = number WHERE response_body IS NOT NULL").await;
        let default = DEFAULT_TENANT.to_string();
        assert_eq!((erased(&app).await, answers(&app).await), (0, 40));
        erase_ordered(&app).await;
        assert_eq!(erased(&app).await, 0, "some may still come");
        app.clock.advance_seconds(60);
        // An answer that comes now would be recorded afterwards.
        let until = app.clock.now().plus_seconds(60).as_micros();
        let first = "id IN (SELECT id FROM deliveries ORDER BY id LIMIT 1)";
        app.execute(format!("UPDATE deliveries SET claimed = 1, due_at = {until} WHERE {first}")).await;
        erase_ordered(&app).await;
        assert_eq!((erased(&app).await, answers(&app).await), (19, 21));
        assert_eq!(told(&app, &platform, &default, "tenant.content_erased").await, 0);
        app.clock.advance_seconds(60);
        for _ in 0..2 {
            erase_ordered(&app).await;
            assert_eq!((erased(&app).await, answers(&app).await), (20, 20));
            assert_eq!(told(&app, &platform, &default, "tenant.content_erased").await, 1);
        }
        let log = app.call(&platform, Method::GET, "/audit-log?action=tenant.content_erased", None).await.json();
        let Value::Object(target) = &log["items"][0]["target"] else { panic!("{log}") };
        assert_eq!((&target["id"], &target["name"]), (&json!(customers[0].id), &json!("acme")));
        assert_eq!(log["items"][0]["actor"]["kind"], "system");
    }
}

on_both! {
    async fn what_was_let_in_before_a_tenant_was_deleted_is_erased_too(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        let acme = customer(&app, &platform, "acme").await;
        app.call(&platform, Method::DELETE, "/tenants/acme?content=erase", None).await.expect(204);
        erase_ordered(&app).await;
        let now = app.clock.now();
        let id = app.app.ids.next(now);
        let late = NewEvent {
            id,
            tenant_id: acme.id.parse().unwrap(),
            source: "A".into(),
            kind: "B".into(),
            ce_id: "late".into(),
            time: now,
            created_at: now,
            payload: "{}".into(),
        };
        app.app.store.publish(late).await.unwrap();
        app.clock.advance_seconds(60);
        erase_ordered(&app).await;
        assert_eq!(count(&app, "events", "payload = ''").await, 1);
    }
}

on_both! {
    async fn the_erasing_waits_for_what_was_let_in_also_where_a_node_whose_clock_is_behind_has_deleted_the_tenant(backend) {
        let database = TestDatabase::new(backend);
        let app = TestApp::start_with(|settings| {
            both::on(&database, settings);
            settings.clock = Clock::system();
        })
        .await;
        let platform = app.platform().await;
        customer(&app, &platform, "acme").await;
        // The clock of a file is that of its one process.
        let behind = if database.backend == Backend::Sqlite { 0 } else { -3_600 };
        let clock = Clock::standing_at(app.app.clock.now().plus_seconds(behind));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/api/v1", listener.local_addr().unwrap());
        let mut other = app.app.clone();
        other.clock = clock;
        let node = server::serve(other, listener, 1).unwrap();
        let handle = node.handle();
        tokio::spawn(node);
        let delete = platform.delete(format!("{base}/tenants/acme?content=erase"));
        assert_eq!(delete.send().await.unwrap().status(), 204);
        erase_ordered(&app).await;
        assert_eq!(app.execute("UPDATE tenants SET erasing = erasing WHERE erasing = 1").await, 1, "not yet");
        handle.stop(false).await;
    }
}

on_both! {
    async fn the_content_of_a_deleted_tenant_can_still_be_erased(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        let acme = customer(&app, &platform, "acme").await;
        publish(&app, &acme, "1").await;
        let delete = async |named: &str, query: &str| app.call(&platform, Method::DELETE, &format!("/tenants/{named}{query}"), None).await;
        delete("acme", "").await.expect(204);
        app.clock.advance_seconds(60);
        erase_ordered(&app).await;
        assert_eq!(count(&app, "events", "payload = ''").await, 0);

        delete("acme", "?content=erase").await.expect(404);
        delete("01JZNK5ZQBNF623MB5KE64GNQB", "?content=erase").await.expect(404);
        delete(&acme.id, "").await.expect(404);
        for _ in 0..2 {
            delete(&acme.id, "?content=erase").await.expect(204);
        }
        let path = format!("/audit-log?action=tenant.deleted&target_id={}", acme.id);
        let log = app.call(&platform, Method::GET, &path, None).await.expect(200).json();
        let [ordered, deleted] = &log["items"].as_array().unwrap()[..] else { panic!("{log}") };
        assert_eq!((&ordered["target"]["name"], &ordered["after"]), (&json!("acme"), &json!(r#"{"content":"erase"}"#)));
        assert_eq!(deleted["after"], Value::Null);
        for _ in 0..2 {
            erase_ordered(&app).await;
            assert_eq!(count(&app, "events", "payload = ''").await, 1);
            // Also when it is done.
            delete(&acme.id, "?content=erase").await.expect(204);
        }
        let default = DEFAULT_TENANT.to_string();
        let logged = [told(&app, &platform, &default, "tenant.deleted").await, told(&app, &platform, &default, "tenant.content_erased").await];
        assert_eq!(logged, [2, 1]);
    }
}

/// One whose rows cannot be written, as if the file were broken there.
#[tokio::test]
async fn a_tenant_that_cannot_be_erased_does_not_hold_up_the_others() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    let customers = [customer(&app, &platform, "broken").await, customer(&app, &platform, "acme").await];
    for owner in &customers {
        publish(&app, owner, "1").await;
    }
    for name in ["broken", "acme"] {
        app.call(&platform, Method::DELETE, &format!("/tenants/{name}?content=erase"), None).await.expect(204);
    }
    app.clock.advance_seconds(60);
    let broken = "OLD.tenant_id = (SELECT id FROM tenants WHERE name = 'broken')";
    let refuse =
        format!("CREATE TRIGGER broken BEFORE UPDATE ON events WHEN {broken} BEGIN SELECT RAISE(ABORT, 'broken'); END");
    app.execute(refuse).await;
    erase_ordered(&app).await;
    assert_eq!(count(&app, "events", "payload = ''").await, 1);
    assert_eq!(told(&app, &platform, &DEFAULT_TENANT.to_string(), "tenant.content_erased").await, 1);
    app.execute("DROP TRIGGER broken").await;
    erase_ordered(&app).await;
    assert_eq!(count(&app, "events", "payload = ''").await, 2);
}

#[tokio::test]
async fn the_end_of_an_erasing_is_told_with_the_time_of_its_end() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    let acme = customer(&app, &platform, "acme").await;
    for number in 0..2 {
        publish(&app, &acme, &number.to_string()).await;
    }
    app.call(&platform, Method::DELETE, "/tenants/acme?content=erase", None).await.expect(204);
    app.clock.advance_seconds(60);
    let began = app.clock.now();
    let time_goes = async {
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            app.clock.advance_seconds(1);
        }
    };
    // The time goes first: it has moved on by the end of each rest between two batches.
    tokio::select! {
        biased;
        () = time_goes => {}
        () = erase_ordered(&app) => {}
    }
    let log = app.call(&platform, Method::GET, "/audit-log?action=tenant.content_erased", None).await.json();
    let at: Timestamp = serde_json::from_value(log["items"][0]["at"].clone()).unwrap();
    assert!(at > began, "{at}");
    let later = format!("erased_at > {}", began.as_micros());
    assert!(count(&app, "events", &later).await > 0, "each batch has the time of its own");
}

#[tokio::test]
async fn a_server_erases_beside_all_else_what_was_ordered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hookwright.db");
    let (server, base) = Process::serve(&file).await;
    let platform = processes::client(&processes::key(&file));
    calls::post(&platform, &base, "/tenants", &json!({"name": "acme", "external_id": "acme"})).await;
    let publish = platform.post(format!("{base}/api/v1/events")).header("hookwright-tenant", "acme");
    let publish = publish.header("content-type", "application/json").body(event("A", "B", "1").to_string());
    assert_eq!(publish.send().await.unwrap().status(), 202);
    let deleted = platform.delete(format!("{base}/api/v1/tenants/acme?content=erase")).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    server.kill();
    // As if that were long ago.
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    connection.batch_execute("UPDATE tenants SET deleted_at = 1 WHERE erasing = 1").unwrap();
    drop(connection);
    let (server, _) = Process::serve(&file).await;
    assert_eq!(server.after("the content of deleted tenants' events was ").await, "erased");
}
