//! Tenants see nothing of each other.

use crate::{
    both,
    database::{TestDatabase, on_both},
    harness::{Answered, TestApp, api_key, client, event, id_of},
    receiver::{Answer, Receiver},
    sessions::{PASSWORD, SAME_ORIGIN, cookie, plain},
};
use hookwright::store::DEFAULT_TENANT;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use shared::Role;

async fn tenant(app: &TestApp, platform: &Client, name: &str) -> String {
    let created = app.call(platform, Method::POST, "/tenants", Some(&json!({"name": name}))).await.expect(201);
    id_of(&created.json())
}

/// Walks every path of the OpenAPI document that names a thing by its id, with the ids of another tenant: each answer is the one for
/// an id that nobody has.
#[tokio::test]
async fn the_ids_of_another_tenant_are_nothing() {
    let mut app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(Answer::status(500));
    let webhook = app.webhook(&receiver).await;
    let event_id = app.publish("TRANSACTION", "TRANSACTIONSTATUSUPDATED", "1").await;
    app.run_due().await;
    let delivery = id_of(&app.deliveries(&webhook).await[0]);
    app.post("/event-types", &json!({"source": "OTHER", "type": "SECRET"})).await.expect(201);
    let now = app.clock.now();
    let window = json!({"from": now.plus_seconds(-60), "to": now.plus_seconds(60)});
    let job = app.post(&format!("/webhooks/{webhook}/resend-failed"), &window).await.expect(202).json();
    let job = id_of(&job);
    let operator = json!({"email": "ana@example.com", "password": PASSWORD, "role": "viewer"});
    let operator = id_of(&app.make("/operators", &operator).await);
    let key = app.make("/api-keys", &json!({"name": "k", "role": "viewer"})).await;
    let key = id_of(&key);

    let platform = app.platform().await;
    let other: shared::Id = tenant(&app, &platform, "other").await.parse().unwrap();
    let stranger = client(&api_key(&app.app, other, Role::Admin, false).await);
    let document = app.read("/openapi.json").await;
    let mut walked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let resource = path.trim_start_matches("/api/v1/").split('/').next().unwrap();
        let theirs = match resource {
            "webhooks" => &webhook,
            "events" => &event_id,
            "deliveries" => &delivery,
            "resend-jobs" => &job,
            "operators" => &operator,
            "api-keys" => &key,
            "event-types" => "OTHER.SECRET",
            "tenants" => continue, // for the platform only
            other if path.contains('{') => panic!("say which id of {other} this test shall try"),
            _ => continue,
        };
        let Some((_, parameter)) = path.split_once('{') else { continue };
        let parameter = format!("{{{}}}", parameter.split('}').next().unwrap());
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            if (&method, resource) == (&Method::PUT, "event-types") {
                continue; // makes one of its own
            }
            let body = match (method.as_str(), resource) {
                ("GET" | "DELETE", _) => None,
                _ if path.ends_with("/resend-failed") || path.ends_with("/send-missed") => Some(window.clone()),
                _ => Some(json!({})),
            };
            let nobodys =
                if resource == "event-types" { theirs.to_owned() } else { "01JZNK5ZQBNF623MB5KE64GNQB".to_owned() };
            let at = |id: &str| path.trim_start_matches("/api/v1").replace(&parameter, id);
            let answered = app.call(&stranger, method.clone(), &at(theirs), body.as_ref()).await;
            assert_eq!(answered.status, 404, "{method} {path}: {}", answered.text);
            let expected = app.call(&stranger, method.clone(), &at(&nobodys), body.as_ref()).await;
            let without_id = |answered: Answered| {
                let mut problem = answered.json();
                problem["request_id"].take();
                problem
            };
            assert_eq!(without_id(answered), without_id(expected), "{method} {path}");
            walked += 1;
        }
    }
    assert!(walked >= 12, "{walked}");
    for list in ["/webhooks", "/events", "/deliveries", "/operators", "/event-types"] {
        let answered = app.call(&stranger, Method::GET, list, None).await.expect(200);
        assert_eq!(answered.json()["items"], json!([]), "{list}");
    }
    app.get(&format!("/webhooks/{webhook}")).await.expect(200);
    app.get(&format!("/deliveries/{delivery}")).await.expect(200);
}

#[tokio::test]
async fn an_event_goes_to_the_webhooks_of_its_tenant_only() {
    let mut app = TestApp::start().await;
    let (ours, theirs) = (Receiver::start().await, Receiver::start().await);
    let platform = app.platform().await;
    let other: shared::Id = tenant(&app, &platform, "other").await.parse().unwrap();
    let stranger = client(&api_key(&app.app, other, Role::Editor, false).await);
    app.webhook(&ours).await;
    let new = json!({"url": theirs.url(), "secret": "dummysecret"});
    app.call(&stranger, Method::POST, "/webhooks", Some(&new)).await.expect(201);
    let body = event("TRANSACTION", "TRANSACTIONSTATUSUPDATED", "1");
    let published = app.call(&stranger, Method::POST, "/events", Some(&body)).await.expect(202).json();
    assert_eq!(published["matched"], 1);
    assert_eq!(published["duplicate"], false);
    app.run_due().await;
    assert_eq!((ours.received().len(), theirs.received().len()), (0, 1));
    // The same event of the other tenant is another one.
    let published = app.publish_bytes(body.to_string()).await.expect(202).json();
    assert_eq!(published["duplicate"], false);
    app.run_due().await;
    assert_eq!((ours.received().len(), theirs.received().len()), (1, 1));
}

#[tokio::test]
async fn a_key_of_the_platform_acts_for_the_tenant_that_it_names() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    let other = tenant(&app, &platform, "other").await;
    let as_other = |method: Method, path: &str| {
        platform.request(method, format!("{}{path}", app.base)).header("hookwright-tenant", &other)
    };
    let new = json!({"source": "A", "type": "B"}).to_string();
    app.send(as_other(Method::POST, "/event-types").header("content-type", "application/json").body(new))
        .await
        .expect(201);
    assert_eq!(app.read("/event-types").await["items"], json!([]));
    assert_eq!(app.send(as_other(Method::GET, "/event-types")).await.expect(200).json()["items"][0]["name"], "A.B");
    let me = app.send(as_other(Method::GET, "/session")).await.expect(200).json();
    assert_eq!(me["tenant_name"], "other");
    for (named, status) in [("01JZNK5ZQBNF623MB5KE64GNQB", 404), ("no/tenant", 404), ("no tenant", 400)] {
        let request = platform.get(format!("{}/webhooks", app.base)).header("hookwright-tenant", named);
        app.send(request).await.expect(status);
    }
}

on_both! {
    async fn a_tenant_is_named_by_the_platforms_own_id_of_it_too(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        let tenants = async |method: Method, path: &str, body: Value| app.call(&platform, method, path, Some(&body)).await;
        let new = json!({"name": "other", "external_id": "customer-7"});
        let other = tenants(Method::POST, "/tenants", new).await.expect(201).json();
        assert_eq!(other["external_id"], "customer-7");
        tenants(Method::POST, "/tenants", json!({"name": "one without"})).await.expect(201);
        let another = tenants(Method::POST, "/tenants", json!({"name": "another without"})).await.expect(201).json();
        assert_eq!(another["external_id"], Value::Null);
        let own = client(&api_key(&app.app, other["id"].as_str().unwrap().parse().unwrap(), Role::Viewer, false).await);
        let acts = async |client: &Client, named: &str| {
            app.send(client.get(format!("{}/session", app.base)).header("hookwright-tenant", named)).await
        };
        for client in [&platform, &own] {
            assert_eq!(acts(client, "customer-7").await.expect(200).json()["tenant_id"], other["id"]);
        }
        assert_eq!(acts(&app.client, "customer-7").await.expect(404).problem(), "tenant_unknown");
        assert_eq!(acts(&platform, "customer-8").await.expect(404).problem(), "tenant_unknown");
        assert_eq!(acts(&platform, "customer 7").await.expect(400).problem(), "id_invalid");

        let taken = json!({"name": "third", "external_id": "customer-7"});
        let refused = tenants(Method::POST, "/tenants", taken).await.expect(409);
        assert_eq!(refused.problem(), "tenant_exists");
        assert_eq!(refused.header("location").unwrap(), format!("/api/v1/tenants/{}", other["id"].as_str().unwrap()));
        assert!(refused.json()["detail"].as_str().unwrap().contains("has this external ID"), "{}", refused.text);
        // One that looks like an id of ours would name two tenants.
        for wrong in ["", "a b", "ação", &"x".repeat(256), &DEFAULT_TENANT.to_string()] {
            let refused = tenants(Method::POST, "/tenants", json!({"name": "third", "external_id": wrong})).await.expect(422);
            assert_eq!(refused.json()["errors"][0]["pointer"], "/external_id", "{wrong:?}");
        }
        let path = format!("/tenants/{}", id_of(&other));
        let renamed = tenants(Method::PATCH, &path, json!({"name": "better"})).await.expect(200).json();
        assert_eq!((&renamed["name"], &renamed["external_id"]), (&json!("better"), &json!("customer-7")));
        let without = tenants(Method::PATCH, &path, json!({"external_id": null})).await.expect(200).json();
        assert_eq!((&without["name"], &without["external_id"]), (&json!("better"), &json!(null)));
        let changed = tenants(Method::PATCH, &path, json!({"external_id": "customer-8"})).await.expect(200).json();
        for (external_id, expected) in [("customer-8", json!([changed["id"]])), ("customer-7", json!([]))] {
            let found = app.call(&platform, Method::GET, &format!("/tenants?external_id={external_id}"), None).await;
            let found: Value = found.expect(200).json()["items"].as_array().unwrap().iter().map(|found| found["id"].clone()).collect();
            assert_eq!(found, expected);
        }
        assert_eq!(app.call(&platform, Method::GET, &path, None).await.expect(200).json(), changed);
        acts(&platform, "customer-7").await.expect(404);
        acts(&platform, "customer-8").await.expect(200);
        app.call(&platform, Method::DELETE, &path, None).await.expect(204);
        acts(&platform, "customer-8").await.expect(404);
        tenants(Method::POST, "/tenants", json!({"name": "better", "external_id": "customer-8"})).await.expect(201);
    }
}

on_both! {
    async fn the_log_of_a_deleted_tenant_stays_open_to_the_platform(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        let other = tenant(&app, &platform, "other").await;
        let named = platform.post(format!("{}/event-types", app.base)).header("hookwright-tenant", &other);
        let named = named.header("content-type", "application/json").body(r#"{"source": "A", "type": "B"}"#);
        app.send(named).await.expect(201);
        app.call(&platform, Method::DELETE, &format!("/tenants/{other}"), None).await.expect(204);
        let path = format!("/audit-log?tenant_id={other}&limit=1");
        let log = app.call(&platform, Method::GET, &path, None).await.expect(200).json();
        assert_eq!(log["items"][0]["action"], "event_type.created");
        assert_eq!(app.get(&path).await.expect(403).problem(), "forbidden_role");
        app.call(&platform, Method::GET, "/audit-log?tenant_id=01JZNK5ZQBNF623MB5KE64GNQB", None).await.expect(404);
        let wrong = app.call(&platform, Method::GET, "/audit-log?tenant_id=other", None).await;
        assert_eq!(wrong.expect(422).problem(), "invalid_parameter");
    }
}

on_both! {
    async fn the_list_tells_how_the_webhooks_of_each_tenant_are(backend) {
        let database = TestDatabase::new(backend);
        let mut app = both::start(&database).await;
        let receiver = Receiver::start().await;
        let platform = app.platform().await;
        tenant(&app, &platform, "other").await;
        let failing = app.webhook_with(&receiver, json!({"retry_schedule": []})).await;
        let deleted = app.webhook_with(&receiver, json!({"events": {"mode": "selected", "types": ["NONE.OF"]}})).await;
        app.webhook_with(&receiver, json!({"events": {"mode": "selected", "types": ["NONE.OF"]}})).await;
        let list = async |app: &TestApp| {
            let items = app.call(&platform, Method::GET, "/tenants", None).await.expect(200).json()["items"].clone();
            let figures = |item: &Value| [&item["name"], &item["webhooks"], &item["failing"]].map(Value::clone);
            items.as_array().unwrap().iter().map(figures).collect::<Vec<_>>()
        };
        let with = |webhooks: u32, failing: u32| [[json!("other"), json!(0), json!(0)], [json!("default"), json!(webhooks), json!(failing)]];
        assert_eq!(list(&app).await, with(3, 0));
        app.delete(&format!("/webhooks/{deleted}")).await.expect(204);
        receiver.answer_only(Answer::status(500));
        for number in 0..3 {
            app.publish("A", "B", &number.to_string()).await;
        }
        app.run_due().await;
        assert_eq!(list(&app).await, with(2, 1));
        app.patch(&format!("/webhooks/{failing}"), &json!({"status": "inactive"})).await.expect(200);
        assert_eq!(list(&app).await, with(2, 0));
    }
}

on_both! {
    async fn tenants_are_found_by_a_part_of_their_name_or_external_id_or_by_their_id(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let platform = app.platform().await;
        let acme = json!({"name": "Acme 100%", "external_id": "Cust_4711"});
        let acme = id_of(&app.call(&platform, Method::POST, "/tenants", Some(&acme)).await.expect(201).json());
        tenant(&app, &platform, "Globex").await;
        let find = async |query: &str| app.call(&platform, Method::GET, &format!("/tenants?{query}"), None).await;
        let id = format!("q={acme}");
        for (query, names) in [
            ("q=ACME", &["Acme 100%"][..]),
            ("q=cust_47", &["Acme 100%"]),
            ("q=0%25", &["Acme 100%"]),
            ("q=cust%2547", &[]),
            ("q=e", &["Globex", "Acme 100%", "default"]),
            (id.as_str(), &["Acme 100%"]),
            ("q=nobody", &[]),
        ] {
            let found = find(query).await.expect(200).json();
            let found: Vec<_> = found["items"].as_array().unwrap().iter().map(|tenant| tenant["name"].as_str().unwrap()).collect();
            assert_eq!(found, names, "{query}");
        }
        let first = find("q=e&limit=2").await.expect(200).json();
        let cursor = first["next_cursor"].as_str().unwrap();
        assert_eq!(find(&format!("q=e&cursor={cursor}")).await.expect(200).json()["items"][0]["name"], "default");
        assert_eq!(find(&format!("q=a&cursor={cursor}")).await.expect(400).problem(), "cursor_invalid");
        find(&format!("q={}", "ã".repeat(200))).await.expect(200);
        let too_long = find(&format!("q={}", "ã".repeat(201))).await.expect(422).json();
        assert_eq!(too_long["errors"][0]["code"], "search_too_long");
    }
}

/// Who may only look at what the platform has looks at its tenants, too.
#[tokio::test]
async fn whoever_of_the_platform_may_read_sees_the_tenants_and_changes_none() {
    let app = TestApp::start().await;
    let id = tenant(&app, &app.platform().await, "other").await;
    let path = format!("/tenants/{id}");
    for role in [Role::Viewer, Role::Editor] {
        let reader = client(&api_key(&app.app, DEFAULT_TENANT, role, true).await);
        app.call(&reader, Method::GET, "/tenants", None).await.expect(200);
        app.call(&reader, Method::GET, &path, None).await.expect(200);
        for (method, path, body) in [
            (Method::POST, "/tenants", Some(json!({"name": "third"}))),
            (Method::PATCH, &path, Some(json!({"name": "third"}))),
            (Method::DELETE, &path, None),
        ] {
            let refused = app.call(&reader, method, path, body.as_ref()).await.expect(403).json();
            assert!(refused["detail"].as_str().unwrap().contains("admin of the platform"), "{refused}");
        }
    }
    let publisher = client(&api_key(&app.app, DEFAULT_TENANT, Role::Publisher, true).await);
    app.call(&publisher, Method::GET, "/tenants", None).await.expect(403);
}

#[tokio::test]
async fn a_key_of_a_tenant_cannot_name_another_one() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    let other = tenant(&app, &platform, "other").await;
    let request = app.request(Method::GET, "/webhooks").header("hookwright-tenant", &other);
    let refused = app.send(request).await.expect(404).json();
    assert_eq!(refused["code"], "tenant_unknown");
    assert!(refused["detail"].as_str().unwrap().contains("Hookwright-Tenant"), "{refused}");
    let own = DEFAULT_TENANT.to_string();
    app.send(app.request(Method::GET, "/webhooks").header("hookwright-tenant", own)).await.expect(200);
}

#[tokio::test]
async fn a_cursor_is_good_for_its_tenant_only() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    let other = tenant(&app, &platform, "other").await;
    for name in ["a", "b"] {
        app.post("/api-keys", &json!({"name": name, "role": "viewer"})).await.expect(201);
    }
    let page = app.read("/api-keys?limit=1").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    app.get(&format!("/api-keys?limit=1&cursor={cursor}")).await.expect(200);
    let url = format!("{}/api-keys?limit=1&cursor={cursor}", app.base);
    let refused = app.send(platform.get(url).header("hookwright-tenant", other)).await.expect(400);
    assert_eq!(refused.problem(), "cursor_invalid");
}

#[tokio::test]
async fn tenants_are_made_renamed_and_deleted_by_the_platform() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    let id = tenant(&app, &platform, "other").await;
    let path = format!("/tenants/{id}");
    let again = app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": "other"}))).await.expect(409);
    assert_eq!(again.problem(), "tenant_exists");
    let renamed = app.call(&platform, Method::PATCH, &path, Some(&json!({"name": "better"}))).await.expect(200);
    assert_eq!(renamed.json()["name"], "better");
    let names: Vec<_> = app.call(&platform, Method::GET, "/tenants", None).await.expect(200).json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tenant| tenant["name"].clone())
        .collect();
    assert_eq!(names, ["better", "default"]);
    let key = api_key(&app.app, id.parse().unwrap(), Role::Editor, false).await;
    let receiver = Receiver::start().await;
    let new = json!({"url": receiver.url(), "secret": "dummysecret"});
    let webhook = app.call(&client(&key), Method::POST, "/webhooks", Some(&new)).await.expect(201).json();
    let in_use = app.call(&platform, Method::DELETE, &path, None).await.expect(409);
    assert_eq!(in_use.problem(), "tenant_in_use");
    let webhook = format!("/webhooks/{}", id_of(&webhook));
    app.call(&client(&key), Method::DELETE, &webhook, None).await.expect(204);
    app.call(&platform, Method::DELETE, &path, None).await.expect(204);
    app.call(&client(&key), Method::GET, "/webhooks", None).await.expect(401);
    app.call(&platform, Method::GET, &path, None).await.expect(404);
    let again = tenant(&app, &platform, "better").await;
    // A deleted one's name is in nobody's way, however that one was named.
    tenant(&app, &platform, &format!("better (deleted {again})")).await;
    app.call(&platform, Method::DELETE, &format!("/tenants/{again}"), None).await.expect(204);
    tenant(&app, &platform, "better").await;
    let default = format!("/tenants/{DEFAULT_TENANT}");
    assert_eq!(app.call(&platform, Method::DELETE, &default, None).await.expect(409).problem(), "tenant_in_use");
}

#[tokio::test]
async fn the_tenant_that_gets_the_alerts_stays_as_the_setting_calls_it() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    let path = format!("/tenants/{}", tenant(&app, &platform, "ops").await);
    let app = app.restart_with(|settings| settings.alerts_tenant = Some("ops".into())).await;
    let platform = app.platform().await;
    for (method, body) in [(Method::DELETE, None), (Method::PATCH, Some(json!({"name": "other"})))] {
        let refused = app.call(&platform, method, &path, body.as_ref()).await.expect(409);
        assert_eq!(refused.problem(), "tenant_gets_alerts");
        assert!(refused.text.contains("HOOKWRIGHT_ALERTS_TENANT"), "{}", refused.text);
    }
    // Another one of that name, or with such an id, would be meant too.
    for other in [json!({"name": "ops", "external_id": "o-2"}), json!({"name": "other", "external_id": "ops"})] {
        let refused = app.call(&platform, Method::POST, "/tenants", Some(&other)).await.expect(409);
        assert_eq!(refused.problem(), "tenant_gets_alerts");
    }
    app.call(&platform, Method::PATCH, &path, Some(&json!({"external_id": "o-1"}))).await.expect(200);
    // The platform's own id of it, and its id, find it by whatever name.
    let app = app.restart_with(|settings| settings.alerts_tenant = Some("o-1".into())).await;
    let platform = app.platform().await;
    app.call(&platform, Method::PATCH, &path, Some(&json!({"name": "other"}))).await.expect(200);
    let refused = app.call(&platform, Method::PATCH, &path, Some(&json!({"external_id": null}))).await.expect(409);
    assert_eq!(refused.problem(), "tenant_gets_alerts");
    // An id comes before the names of others.
    tenant(&app, &platform, "o-1").await;
    let spare = tenant(&app, &platform, "spare").await;
    app.call(&platform, Method::DELETE, &format!("/tenants/{spare}"), None).await.expect(204);
}

#[tokio::test]
async fn a_portal_link_opens_its_tenant_once() {
    let app = TestApp::start().await;
    let platform = app.platform().await;
    let other = tenant(&app, &platform, "other").await;
    let link = platform
        .post(format!("{}/portal-links", app.base))
        .header("hookwright-tenant", &other)
        .header("content-type", "application/json")
        .body(json!({"role": "viewer", "expires_in": 60}).to_string());
    let link = app.send(link).await.expect(201).json();
    let (page, token) = link["url"].as_str().unwrap().split_once('#').unwrap();
    assert_eq!(page, format!("{}/open", app.base.trim_end_matches("/api/v1")));
    assert_eq!(link["expires_at"], "2025-07-08T18:02:20.000000Z");
    let open =
        async || plain(&app, Method::POST, "/session/portal-link", &[], &json!({"token": token}).to_string()).await;
    let opened = open().await.expect(201);
    assert_eq!(opened.json()["kind"], "portal_link");
    assert_eq!(opened.json()["tenant_name"], "other");
    let cookie = cookie(&opened);
    plain(&app, Method::GET, "/webhooks", &[("cookie", &cookie)], "").await.expect(200);
    plain(&app, Method::GET, "/operators", &[("cookie", &cookie)], "").await.expect(403);
    assert_eq!(open().await.expect(410).problem(), "link_invalid");
    for (body, code) in [
        (json!({"role": "admin"}), "validation_failed"),
        (json!({"role": "publisher"}), "validation_failed"),
        (json!({"role": "viewer", "expires_in": 59}), "out_of_range"),
        (json!({"role": "viewer", "expires_in": 86_401}), "out_of_range"),
        (json!({"role": "viewer", "visitor": ""}), "name_invalid"),
        (json!({"role": "viewer", "visitor": " maria"}), "name_invalid"),
    ] {
        assert_eq!(app.post("/portal-links", &body).await.expect(422).problem(), code);
    }
}

on_both! {
    async fn the_audit_log_names_the_visitor_of_a_portal_link(backend) {
        let database = TestDatabase::new(backend);
        let app = both::start(&database).await;
        let maria = "maria@customer.example";
        for (link, name) in [(json!({"role": "editor", "visitor": maria}), maria), (json!({"role": "editor"}), "portal link")] {
            let link = app.make("/portal-links", &link).await;
            let (_, token) = link["url"].as_str().unwrap().split_once('#').unwrap();
            let body = json!({"token": token}).to_string();
            let opened = plain(&app, Method::POST, "/session/portal-link", &[], &body).await.expect(201);
            assert_eq!(opened.json()["name"], name);
            let visitor = cookie(&opened);
            let headers = [("cookie", visitor.as_str()), SAME_ORIGIN];
            assert_eq!(plain(&app, Method::GET, "/session", &headers, "").await.json()["name"], name);
            let new = json!({"url": "https://example.com/", "secret": "dummysecret"}).to_string();
            let webhook = plain(&app, Method::POST, "/webhooks", &headers, &new).await.expect(201).json();
            assert_eq!(webhook["updated_by"], name);
            for action in ["session.created", "webhook.created"] {
                let entry = &app.items(&format!("/audit-log?action={action}")).await[0];
                assert_eq!(entry["actor"], json!({"kind": "portal_link", "id": null, "name": name}), "{action}");
            }
        }
        let made = app.items("/audit-log?action=portal_link.created").await;
        let told: Vec<_> = made.iter().map(|entry| entry["after"].as_str()).collect();
        assert_eq!(told, [None, Some(r#"{"visitor":"maria@customer.example"}"#)]);
    }
}

#[tokio::test]
async fn a_portal_link_that_nobody_opened_expires() {
    let app = TestApp::start().await;
    let link = app.make("/portal-links", &json!({"role": "editor", "expires_in": 60})).await;
    let (_, token) = link["url"].as_str().unwrap().split_once('#').unwrap();
    app.clock.advance_seconds(60);
    let body = json!({"token": token}).to_string();
    assert_eq!(
        plain(&app, Method::POST, "/session/portal-link", &[], &body).await.expect(410).problem(),
        "link_invalid"
    );
}

#[tokio::test]
async fn whoever_a_portal_link_let_in_publishes_nothing_and_keeps_no_event_types() {
    let app = TestApp::start().await;
    let link = app.make("/portal-links", &json!({"role": "editor"})).await;
    let (_, token) = link["url"].as_str().unwrap().split_once('#').unwrap();
    let body = json!({"token": token}).to_string();
    let visitor = cookie(&plain(&app, Method::POST, "/session/portal-link", &[], &body).await.expect(201));
    let headers = [("cookie", visitor.as_str()), SAME_ORIGIN];
    let forged = event("A", "B", "1").to_string();
    let refused = plain(&app, Method::POST, "/events", &headers, &forged).await.expect(403);
    assert_eq!(refused.problem(), "forbidden_role");
    assert!(refused.text.contains("not of a portal link"), "{}", refused.text);
    let known = json!({"source": "A", "type": "B"});
    app.make("/event-types", &known).await;
    for (method, path) in
        [(Method::POST, "/event-types"), (Method::PUT, "/event-types/A.B"), (Method::DELETE, "/event-types/A.B")]
    {
        let refused = plain(&app, method, path, &headers, &known.to_string()).await.expect(403);
        assert_eq!(refused.problem(), "forbidden_role");
        assert!(refused.text.contains("not of a portal link"), "{}", refused.text);
    }
    let new = json!({"url": "https://example.com/", "secret": "dummysecret"}).to_string();
    plain(&app, Method::POST, "/webhooks", &headers, &new).await.expect(201);
}
