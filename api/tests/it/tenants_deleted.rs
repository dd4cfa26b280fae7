//! Deleting a tenant with what it has.

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{TestApp, api_key, client, event, id_of},
    receiver::{Answer, Receiver},
};
use hookwright::store::DEFAULT_TENANT;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use shared::Role;

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

async fn register(app: &TestApp, customer: &Customer, receiver: &Receiver) {
    let new = json!({"url": receiver.url(), "secret": "dummysecret", "retry_schedule": []});
    app.call(&customer.client, Method::POST, "/webhooks", Some(&new)).await.expect(201);
}

async fn publish(app: &TestApp, customer: &Customer, ce_id: &str) {
    app.call(&customer.client, Method::POST, "/events", Some(&event("A", "B", ce_id))).await.expect(202);
}

/// How often each action stands in a tenant's log.
async fn told(app: &TestApp, platform: &Client, tenant_id: &str, action: &str) -> usize {
    let path = format!("/audit-log?tenant_id={tenant_id}&action={action}&limit=100");
    app.call(platform, Method::GET, &path, None).await.expect(200).json()["items"].as_array().unwrap().len()
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
        for owner in [&acme, &acme, &other] {
            register(&app, owner, &receiver).await;
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
        let ordered = async |app: &TestApp| {
            app.app.store.erase_ordered(app.clock.now(), &app.app.ids).await.unwrap();
        };
        let default = DEFAULT_TENANT.to_string();
        assert_eq!((erased(&app).await, answers(&app).await), (0, 40));
        // An answer that comes now would be recorded afterwards.
        let until = app.clock.now().plus_seconds(60).as_micros();
        let first = "id IN (SELECT id FROM deliveries ORDER BY id LIMIT 1)";
        app.execute(format!("UPDATE deliveries SET claimed = 1, due_at = {until} WHERE {first}")).await;
        ordered(&app).await;
        assert_eq!((erased(&app).await, answers(&app).await), (19, 21));
        assert_eq!(told(&app, &platform, &default, "tenant.content_erased").await, 0);
        app.clock.advance_seconds(60);
        for _ in 0..2 {
            ordered(&app).await;
            assert_eq!((erased(&app).await, answers(&app).await), (20, 20));
            assert_eq!(told(&app, &platform, &default, "tenant.content_erased").await, 1);
        }
        let log = app.call(&platform, Method::GET, "/audit-log?action=tenant.content_erased", None).await.json();
        let Value::Object(target) = &log["items"][0]["target"] else { panic!("{log}") };
        assert_eq!((&target["id"], &target["name"]), (&json!(customers[0].id), &json!("acme")));
        assert_eq!(log["items"][0]["actor"]["kind"], "system");
    }
}
