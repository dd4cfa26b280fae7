//! Texts that a database could stumble over, in every place that takes one, on both databases.

use super::start;
use crate::{
    database::{Backend, TestDatabase, on_both},
    harness::{START, TestApp, event},
    receiver::Receiver,
};
use reqwest::Method;
use serde_json::{Value, json};

/// As they stand in an address: NUL, other control characters, what is no UTF-8, what looks like SQL, and what is long.
const TEXTS: [&str; 9] = ["%00", "a%00b", "a.%00", "%01", "%1b%5b2J", "%7f", "%ff.%fe", "'%3b--%25_%5c", "%ed%a0%80"];

/// Fails if the server says that something failed on its side.
#[track_caller]
fn no_fault(answer: &crate::harness::Answered, what: &str) {
    assert!(answer.status.as_u16() < 500, "{what}: {} {}", answer.status, answer.text);
}

on_both! {
    async fn no_text_in_an_address_is_a_fault_of_ours(backend) {
        let database = TestDatabase::new(backend);
        let app = start(&database).await;
        let receiver = Receiver::start().await;
        let webhook = app.webhook(&receiver).await;
        app.publish("A", "B", "1").await;
        let document = serde_json::to_value(hookwright::openapi::document()).unwrap();
        let mut asked = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            let path = path.strip_prefix("/api/v1").unwrap();
            for (method, operation) in item.as_object().unwrap() {
                let method: Method = method.to_uppercase().parse().unwrap();
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                for text in TEXTS {
                    let mut addresses = Vec::new();
                    if path.contains('{') {
                        addresses.push(path.replace("{id}", text).replace("{name}", text));
                    }
                    let queries = parameters.iter().filter(|parameter| parameter["in"] == "query");
                    addresses.extend(queries.map(|parameter| {
                        format!("{}?{}={text}", path.replace("{id}", &webhook), parameter["name"].as_str().unwrap())
                    }));
                    for address in addresses {
                        let answer = app.send_json(method.clone(), &address, &json!({"source": "A", "type": "B"})).await;
                        no_fault(&answer, &format!("{method} {address}"));
                        asked += 1;
                    }
                }
            }
        }
        assert!(asked > 400, "{asked}");
        for text in TEXTS {
            app.delete(&format!("/event-types/{text}")).await.expect(404);
        }
        for tenant in ["%00", "\u{1}", "x"] {
            let Ok(value) = reqwest::header::HeaderValue::from_bytes(tenant.as_bytes()) else { continue };
            no_fault(&app.send(app.request(Method::GET, "/webhooks").header("hookwright-tenant", value)).await, tenant);
        }
    }
}

on_both! {
    async fn no_text_in_a_body_is_a_fault_of_ours(backend) {
        let database = TestDatabase::new(backend);
        let app = start(&database).await;
        let receiver = Receiver::start().await;
        let id = app.webhook(&receiver).await;
        let window = json!({"from": START, "to": START.plus_seconds(1), "event_type": "A.B", "dry_run": true});
        let webhook = json!({
            "url": receiver.url(), "secret": "dummysecret", "description": "text",
            "authentication": {"type": "basic", "username": "ana", "password": "secret"},
            "events": {"mode": "selected", "types": ["A.B"]},
        });
        let key = json!({"authentication": {"type": "api_key", "header": "X-API-Key", "value": "secret"}});
        let catalogue = json!({"source": "A", "type": "B", "description": "text", "example": "{}", "schema": "{}"});
        let operator = json!({"email": "ana@example.com", "password": "ten characters", "role": "viewer"});
        for (method, path, body) in [
            (Method::POST, "/events", event("A", "B", "1")),
            (Method::POST, "/webhooks", webhook),
            (Method::PATCH, &format!("/webhooks/{id}"), key),
            (Method::POST, &format!("/webhooks/{id}/rotate-secret"), json!({"secret": "dummysecret"})),
            (Method::POST, &format!("/webhooks/{id}/test"), json!({"event_type": "A.B"})),
            (Method::POST, &format!("/webhooks/{id}/resend-failed"), window.clone()),
            (Method::POST, &format!("/webhooks/{id}/send-missed"), window),
            (Method::POST, "/webhooks/preflight", json!({"url": "https://example.invalid/"})),
            (Method::POST, "/event-types", catalogue),
            (Method::POST, "/session", json!({"email": "ana@example.com", "password": "ten characters"})),
            (Method::POST, "/session/portal-link", json!({"token": "token"})),
            (Method::POST, "/set-up", json!({"token": "t", "email": "ana@example.com", "password": "ten characters"})),
            (Method::POST, "/operators", operator),
            (Method::POST, "/api-keys", json!({"name": "key", "role": "viewer"})),
            (Method::POST, "/portal-links", json!({"role": "viewer", "expires_in": 60})),
        ] {
            for (pointer, _) in texts(&body, String::new()) {
                for text in ["\0", "a\0b", "a.\0", "a\u{1}b", "a\u{1b}[2Jb", "a@\0", "{\"a\": \"\0\"}", "a\u{2028}b"] {
                    let mut changed = body.clone();
                    *changed.pointer_mut(&pointer).unwrap() = json!(text);
                    let answer = app.send_json(method.clone(), path, &changed).await;
                    no_fault(&answer, &format!("{method} {path} {changed}"));
                }
            }
        }
        let platform = app.platform().await;
        app.call(&platform, Method::POST, "/tenants", Some(&json!({"name": "a\0b"}))).await.expect(422);
    }
}

on_both! {
    async fn a_text_is_found_also_where_its_publisher_has_escaped_it(backend) {
        let database = TestDatabase::new(backend);
        let app = start(&database).await;
        let receiver = Receiver::start().await;
        app.webhook(&receiver).await;
        let lower = r"50% a\u00e7\u00e3o \ud83d\ude00";
        let upper = r"50% a\u00E7\u00E3o \uD83D\uDE00";
        for (id, written) in [("1", "50% ação 😀"), ("2", lower), ("3", upper)] {
            let body = event("A", "B", id).to_string().replace("{\"n\":1}", &format!("\"{written}\""));
            app.publish_bytes(body).await.expect(202);
        }
        // As PHP writes it, and what every writer must escape.
        for (id, written) in [("4", r#"https:\/\/shop.example\/caf\u00e9"#), ("5", r#"he said \"50%\" in C:\\x"#)] {
            let body = event("A", "B", id).to_string().replace("{\"n\":1}", &format!("\"{written}\""));
            app.publish_bytes(body).await.expect(202);
        }
        for (text, expected) in [
            ("50%25 ação 😀", 3),
            ("AçãO", 3),
            ("ação.", 0),
            ("shop.example/café", 1),
            ("said \"50%25\" in C:\\x", 1),
        ] {
            for list in ["/events", "/deliveries"] {
                assert_eq!(app.items(&format!("{list}?q={text}")).await.len(), expected, "{list} {text}");
            }
        }
    }
}

/// The pointers to the texts in a value.
fn texts(value: &Value, at: String) -> Vec<(String, String)> {
    match value {
        Value::String(text) => vec![(at, text.clone())],
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(n, item)| texts(item, format!("{at}/{n}"))).collect()
        }
        Value::Object(members) => {
            members.iter().flat_map(|(name, member)| texts(member, format!("{at}/{name}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// Makes another node be faster: whoever looked whether the name is free finds out at the commit that it is not.
fn another_is_faster(database: &TestDatabase, table: &str) {
    database.run(&format!(
        "CREATE FUNCTION faster() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE unique_violation; END $$;
        CREATE TRIGGER faster BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION faster()"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_another_node_takes_meanwhile_is_taken() {
    if crate::database::without_postgres() {
        return;
    }
    let operator = json!({"email": "ana@example.com", "password": "ten characters", "role": "viewer"});
    for (table, path, body, code) in [
        ("event_types", "/event-types", json!({"source": "A", "type": "B"}), "event_type_exists"),
        ("operators", "/operators", operator, "email_taken"),
        ("tenants", "/tenants", json!({"name": "other"}), "tenant_exists"),
    ] {
        let database = TestDatabase::new(Backend::Postgres);
        let app: TestApp = start(&database).await;
        let platform = app.platform().await;
        another_is_faster(&database, table);
        assert_eq!(app.call(&platform, Method::POST, path, Some(&body)).await.expect(409).problem(), code);
    }
}
