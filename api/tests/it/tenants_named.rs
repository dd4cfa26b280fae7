//! Tenants by the platform's own ids of them.

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{Answered, TestApp, id_of},
};
use hookwright::store::DEFAULT_TENANT;
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// Calls of a platform.
struct Platform<'a> {
    app: &'a TestApp,
    client: Client,
}

impl<'a> Platform<'a> {
    async fn of(app: &'a TestApp) -> Self {
        Self { app, client: app.platform().await }
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Answered {
        self.app.call(&self.client, method, path, Some(&body).filter(|body| !body.is_null())).await
    }

    async fn get(&self, path: &str) -> Answered {
        self.send(Method::GET, path, Value::Null).await
    }

    async fn put(&self, named: &str, name: &str) -> Answered {
        self.send(Method::PUT, &format!("/tenants/{named}"), json!({"name": name})).await
    }

    async fn create(&self, body: Value) -> Answered {
        self.send(Method::POST, "/tenants", body).await
    }

    /// What the log tells of a tenant, oldest first: what was done, and how its name and external id are since.
    async fn told(&self, tenant: &Value) -> Vec<(String, Value)> {
        let log = self.get(&format!("/audit-log?target_id={}", id_of(tenant))).await.expect(200).json();
        let told = |entry: &Value| {
            let after = entry["after"].as_str().map_or(Value::Null, |after| serde_json::from_str(after).unwrap());
            assert_eq!(entry["target"]["id"], tenant["id"]);
            (entry["action"].as_str().unwrap().to_owned(), after)
        };
        log["items"].as_array().unwrap().iter().rev().map(told).collect()
    }
}

on_both! {
    async fn a_tenant_is_read_changed_and_deleted_by_the_platforms_own_id(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = Platform::of(&app).await;
        let made = platform.create(json!({"name": "acme", "external_id": "cust/7%2f?#+"})).await;
        let made = made.expect(201).json();
        let path = "/tenants/cust%2F7%252f%3F%23%2B";
        assert_eq!(platform.get(path).await.expect(200).json(), made);
        assert_eq!(platform.get(&format!("/tenants/{}", id_of(&made))).await.expect(200).json(), made);
        let renamed = platform.send(Method::PATCH, path, json!({"name": "better"})).await.expect(200).json();
        assert_eq!((&renamed["id"], &renamed["name"]), (&made["id"], &json!("better")));
        platform.send(Method::DELETE, path, Value::Null).await.expect(204);
        platform.get(path).await.expect(404);
        let told: Vec<_> = platform.told(&made).await.into_iter().map(|(action, _)| action).collect();
        assert_eq!(told, ["tenant.created", "tenant.changed", "tenant.deleted"]);
        for no_id in ["/tenants/a%20b", "/tenants/a%C3%A7", &format!("/tenants/{}", "x".repeat(256))] {
            assert_eq!(platform.get(no_id).await.expect(400).problem(), "id_invalid", "{no_id}");
        }
    }
}

on_both! {
    async fn a_tenant_is_put_by_the_platforms_own_id_as_often_as_one_likes(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = Platform::of(&app).await;
        let made = platform.put("cust%2F7", "acme").await.expect(201);
        let place = format!("/api/v1/tenants/{}", id_of(&made.json()));
        assert_eq!(made.header("location"), Some(place.as_str()));
        let made = made.json();
        assert_eq!((&made["name"], &made["external_id"]), (&json!("acme"), &json!("cust/7")));
        assert_eq!(platform.put("cust%2F7", "acme").await.expect(200).json(), made);
        let renamed = platform.put("cust%2F7", "better").await.expect(200).json();
        assert_eq!((&renamed["id"], &renamed["name"]), (&made["id"], &json!("better")));
        // By an id that was made here, too.
        let own = id_of(&made);
        assert_eq!(platform.put(&own, "best").await.expect(200).json()["external_id"], "cust/7");
        assert_eq!(platform.put(&DEFAULT_TENANT.to_string(), "main").await.expect(200).json()["name"], "main");
        let [created, to_better, to_best] = &platform.told(&made).await[..] else { panic!("what changes nothing is told") };
        assert_eq!((created.0.as_str(), &created.1["external_id"]), ("tenant.created", &json!("cust/7")));
        assert_eq!(*to_better, ("tenant.changed".to_owned(), json!({"name": "better"})));
        assert_eq!(*to_best, ("tenant.changed".to_owned(), json!({"name": "best"})));

        let like_ours = platform.put("01JZNK5ZQBNF623MB5KE64GNQB", "acme").await.expect(404);
        assert_eq!(like_ours.problem(), "not_found");
        assert!(like_ours.text.contains("must not look like a Hookwright ID"), "{}", like_ours.text);
        assert_eq!(platform.put("a%20b", "acme").await.expect(400).problem(), "id_invalid");
        assert_eq!(platform.put("cust%2F8", " acme").await.expect(422).problem(), "name_invalid");
        let more = platform.send(Method::PUT, "/tenants/c", json!({"name": "acme", "external_id": "c"})).await;
        assert_eq!(more.expect(422).problem(), "unknown_field");
        let refused = app.send_json(Method::PUT, "/tenants/c", &json!({"name": "acme"})).await;
        assert_eq!(refused.expect(403).problem(), "forbidden_role");
        platform.get("/tenants/c").await.expect(404);

        platform.send(Method::DELETE, "/tenants/cust%2F7", Value::Null).await.expect(204);
        assert_eq!(platform.put(&own, "acme").await.expect(404).problem(), "not_found");
        assert_ne!(platform.put("cust%2F7", "acme").await.expect(201).json()["id"], made["id"]);
    }
}

on_both! {
    async fn a_tenant_that_is_put_several_times_at_once_is_made_once(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = Platform::of(&app).await;
        for round in 0..5 {
            let named = format!("customer-{round}");
            let put = || platform.put(&named, "acme");
            let answers: [Answered; 6] = tokio::join!(put(), put(), put(), put(), put(), put()).into();
            let made = answers.iter().filter(|answer| answer.status == 201).count();
            assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 201)), "{answers:?}");
            assert_eq!(made, 1);
            let list = platform.get(&format!("/tenants?external_id={named}")).await.expect(200).json();
            assert_eq!(list["items"].as_array().unwrap().len(), 1);
        }
    }
}

/// As if the other one had committed between the look and the insert.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_somebody_else_makes_at_the_same_moment_is_there() {
    if crate::database::without_postgres() {
        return;
    }
    let database = TestDatabase::new(crate::database::Backend::Postgres);
    let app = both::start(&database).await;
    let platform = Platform::of(&app).await;
    database.run(
        "CREATE SEQUENCE tries;
        CREATE FUNCTION taken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('tries') = 1 THEN RAISE EXCEPTION 'duplicate key' USING ERRCODE = 'unique_violation'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER taken BEFORE INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION taken()",
    );
    platform.put("customer-7", "acme").await.expect(201);
}

on_both! {
    async fn customers_with_external_ids_may_be_called_alike(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = Platform::of(&app).await;
        let silva = |external_id: Value| json!({"name": "Silva Ltda", "external_id": external_id});
        platform.create(silva(json!("c-1"))).await.expect(201);
        platform.create(silva(json!("c-2"))).await.expect(201);
        platform.put("c-3", "Silva Ltda").await.expect(201);
        let without = platform.create(silva(Value::Null)).await.expect(201).json();
        let refused = platform.create(silva(Value::Null)).await.expect(409);
        assert_eq!(refused.problem(), "tenant_exists");
        assert!(refused.text.contains("has this name") && refused.text.contains("external IDs"), "{}", refused.text);
        let place = format!("/api/v1/tenants/{}", id_of(&without));
        assert_eq!(refused.header("location"), Some(place.as_str()));
        // Nor may one become another without an external id by that name.
        let alone = platform.send(Method::PATCH, "/tenants/c-1", json!({"external_id": null})).await;
        assert_eq!(alone.expect(409).problem(), "tenant_exists");
        let taken = platform.send(Method::PATCH, "/tenants/c-1", json!({"external_id": "c-2"})).await.expect(409);
        assert!(taken.text.contains("has this external ID"), "{}", taken.text);
        platform.create(json!({"name": "spare"})).await.expect(201);
        let spare = id_of(&platform.get("/tenants?q=spare").await.json()["items"][0]);
        assert_eq!(platform.put(&spare, "Silva Ltda").await.expect(409).problem(), "tenant_exists");
    }
}

/// An id of one tenant, looked for in another, is the usual mistake of a key of the platform.
#[tokio::test]
async fn what_is_not_found_names_the_tenant_to_the_platform() {
    let mut app = TestApp::start().await;
    let (own, platform) = (app.client.clone(), app.platform().await);
    app.client = platform;
    app.make("/tenants", &json!({"name": "ACME", "external_id": "acme"})).await;
    let path = "/webhooks/01JZNK5ZQBNF623MB5KE64GNQB";
    let detail = |answered: Answered| answered.expect(404).json()["detail"].as_str().unwrap().to_owned();
    let without = detail(app.get(path).await);
    let default = DEFAULT_TENANT.to_string();
    assert!(without.contains(&default) && without.contains("Hookwright-Tenant"), "{without}");
    let named = detail(app.send(app.request(Method::GET, path).header("hookwright-tenant", "acme")).await);
    assert!(named.contains("acme") && !named.contains(&default), "{named}");
    // Tenants belong to none, and who belongs to one can name no other.
    for other in [app.get("/tenants/nobody").await, app.call(&own, Method::GET, path, None).await] {
        let told = detail(other);
        assert!(!told.contains("Hookwright-Tenant"), "{told}");
    }
    let unknown = app.send(app.request(Method::GET, path).header("hookwright-tenant", "nobody")).await.expect(404);
    assert_eq!(unknown.problem(), "tenant_unknown");
    let told = unknown.json()["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("\"nobody\""), "{told}");
}
